import { safeText } from '../../../safe-text.ts';
import type { PortRange } from '../../wire/messages.ts';
import { type AssignedSession, accountText } from './assignment.ts';
import { mergedRanges } from './pool.ts';

export const steeringTable = 'fabrictop_ts';

/**
 * Rules for `nft -f` that let the connections of each session's user leave from the session's ports, in place of an
 * earlier version of the same rules (docs/protocol/fsso.md, Ports of terminal servers). Sessions without a user of this
 * machine are only named. We print them and never apply them.
 * @param ip the address of this machine that collectors are told
 */
export function nftablesRules(sessions: readonly AssignedSession[], ip: string): string {
  const users = new Map<number, { names: string[]; ports: PortRange[] }>();
  const rules: string[] = [];
  for (const session of sessions) {
    const name = safeText(`session ${session.session}, ${accountText(session)}`).replaceAll('\\', '\\\\');
    if (session.uid === null) {
      rules.push(`    # ${name}: no user of this machine, so there is nothing to match its connections by`);
      continue;
    }
    const user = users.get(session.uid) ?? { names: [], ports: [] };
    users.set(session.uid, user);
    user.names.push(name);
    user.ports.push(...session.ports);
  }
  for (const [uid, { names, ports }] of users) rules.push(...rulesOf(uid, names, mergedRanges(ports), ip));
  return `${[
    `# Connections of users leave from the ports that collectors know as theirs. Load with: nft -f FILE`,
    `table ip ${steeringTable}`,
    `delete table ip ${steeringTable}`,
    `table ip ${steeringTable} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    '    oifname "lo" return',
    ...rules,
    '  }',
    '}',
  ].join('\n')}\n`;
}

/** One target has one range only, so several ranges take turns. */
function rulesOf(uid: number, names: string[], ports: readonly PortRange[], ip: string): string[] {
  return [
    `    # ${names.join('; ')}`,
    ...ports.map(([first, last], index) => {
      const left = ports.length - index;
      const turn = left > 1 ? ` numgen inc mod ${left} 0` : '';
      return `    meta skuid ${uid} meta l4proto { tcp, udp }${turn} counter snat to ${ip}:${first}-${last}`;
    }),
  ];
}
