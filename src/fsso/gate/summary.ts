import { safeText } from '../../safe-text.ts';
import { splitGroups } from '../wire/groups.ts';
import type { ListedLogon } from './fortios.ts';

/** What one collector of one connector reported, in numbers. */
interface Totals {
  readonly connector: string;
  readonly server: string;
  readonly logons: number;
  readonly users: number;
  readonly workstations: number;
  /** Logons that are sessions of terminal servers. */
  readonly sessions: number;
  readonly groups: number;
}

/** Totals by connector and collector; two spellings of a name that differ in case only count once. */
function totalsOf(logons: readonly ListedLogon[]): Totals[] {
  const grouped = Map.groupBy(logons, ({ connector, logon }) => JSON.stringify([connector, logon.server]));
  return [...grouped.values()].map((each) => {
    const records = each.map(({ logon }) => logon.record);
    const count = (texts: Iterable<string>) => new Set([...texts].map((text) => text.toLowerCase())).size;
    return {
      connector: each[0]?.connector ?? '',
      server: each[0]?.logon.server ?? '',
      logons: each.length,
      users: count(records.map(({ domain, user }) => `${domain}\\${user}`)),
      workstations: count(records.map(({ workstation }) => workstation.replace(/!.*$/, ''))),
      sessions: records.filter(({ session }) => session !== 0).length,
      groups: count(records.flatMap(({ groups }) => splitGroups(groups))),
    };
  });
}

/** `diagnose debug authd fsso summary`: the layout is [assumed], no sample is public (docs/protocol/fsso.md, Outputs). */
export function summaryText(logons: readonly ListedLogon[]): string {
  return [
    '----FSSO summary----',
    ...totalsOf(logons).map(
      ({ connector, server, ...numbers }) =>
        `${safeText(connector)} (${safeText(server)}): logons: ${numbers.logons}, users: ${numbers.users}, ` +
        `workstations: ${numbers.workstations}, terminal-server sessions: ${numbers.sessions}, groups: ${numbers.groups}`,
    ),
    `Total number of logons: ${logons.length}`,
    '----end of FSSO summary----',
    '',
  ].join('\n');
}

/** The document of `fsso summary --json` (docs/cli.md). */
export function summaryDocument(logons: readonly ListedLogon[]) {
  return { connectors: totalsOf(logons), total: logons.length };
}
