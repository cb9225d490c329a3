import { safeText } from '../../safe-text.ts';
import { splitGroups } from '../wire/groups.ts';
import type { ListedLogon } from './fortios.ts';

/** What FortiOS calls the two kinds of FSSO users (docs/protocol/fsso.md, Outputs). */
const types = { plain: 'fsso', terminal: 'fsso_citrix' } as const;

/** Whole seconds since the logon, by the clock of the collector; null where it told no time. */
function durationOf({ logon }: ListedLogon, now: number): number | null {
  const { logonTime } = logon.record;
  return logonTime === 0 ? null : Math.max(0, Math.floor(now / 1000) - logonTime);
}

/**
 * `diagnose firewall auth list` (docs/protocol/fsso.md, Outputs). What only a firewall knows (idle time, traffic, numbers
 * of users and groups) is left out. `now` is milliseconds since the epoch.
 */
export function authListText(logons: readonly ListedLogon[], filtered: number, now: number): string {
  return [
    '',
    ...logons.flatMap((listed) => blockOf(listed, now)),
    `----- ${logons.length} listed, ${filtered} filtered ------`,
    '',
  ].join('\n');
}

function blockOf(listed: ListedLogon, now: number): string[] {
  const { record } = listed.logon;
  const duration = durationOf(listed, now);
  const isTerminal = record.session !== 0;
  const facts = [
    `type: ${isTerminal ? types.terminal : types.plain}`,
    ...(isTerminal ? [`id: ${record.session}`] : []),
    ...(duration === null ? [] : [`duration: ${duration}`]),
  ];
  const groups = splitGroups(record.groups);
  return [
    `${safeText(record.ip)}, ${safeText(record.user)}`,
    `\t${facts.join(', ')}`,
    `\tserver: ${safeText(listed.connector)}`,
    ...(record.portRanges.length === 0
      ? []
      : [`\tport_range: ${record.portRanges.map(([first, last]) => `(${first}-${last})`).join(' ')}`]),
    ...(groups.length === 0 ? [] : [`\tgroup_name: ${safeText(groups.join(' '))}`]),
  ];
}

/** The document of `fsso auth-list --json` (docs/cli.md). */
export function authListDocument(logons: readonly ListedLogon[], filtered: number, now: number) {
  return {
    users: logons.map((listed) => {
      const { record } = listed.logon;
      return {
        ip: record.ip,
        user: record.user,
        type: record.session === 0 ? types.plain : types.terminal,
        session: record.session === 0 ? null : record.session,
        duration: durationOf(listed, now),
        server: listed.connector,
        groups: splitGroups(record.groups),
        portRanges: record.portRanges,
      };
    }),
    listed: logons.length,
    filtered,
  };
}
