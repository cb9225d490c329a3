import { isIPv4 } from 'node:net';
import { safeText } from '../../safe-text.ts';
import { splitGroups } from '../wire/groups.ts';
import type { PortRange } from '../wire/messages.ts';
import { ports } from '../wire/profile.ts';
import { serverName } from './link.ts';
import type { Logon } from './logon-table.ts';

/** A logon and the connector that it came by. */
export interface ListedLogon {
  readonly connector: string;
  readonly logon: Logon;
}

/** One configured collector as `server-status` shows it. */
export interface ServerStatus {
  readonly connector: string;
  readonly host: string;
  readonly port: number;
  readonly isConnected: boolean;
  /** The connector would take its logons from this one. */
  readonly active: boolean;
  /** Banner of its hello, as received. */
  readonly version: string | null;
  /** Where it failed; null when it did not. */
  readonly stage: string | null;
  readonly error: string | null;
}

/** By address, then session, then connector, so that two runs can be compared. */
export function sortLogons(logons: Iterable<ListedLogon>): ListedLogon[] {
  return [...logons]
    .map((listed) => ({ listed, place: numberOf(listed.logon.record.ip) }))
    .sort(
      (one, other) =>
        one.place - other.place ||
        one.listed.logon.record.session - other.listed.logon.record.session ||
        (one.listed.connector < other.listed.connector ? -1 : 1),
    )
    .map(({ listed }) => listed);
}

/**
 * `diagnose debug authd fsso list` (docs/protocol/fsso.md, Outputs). `filtered` counts the logons that a filter left
 * out. MemberOf is left out because no FortiGate groups are known here, as older releases do.
 */
export function listText(logons: readonly ListedLogon[], filtered: number): string {
  return [
    '----FSSO logons----',
    ...logons.map(({ logon }) => listRow(logon)),
    `Total number of logons listed: ${logons.length}, filtered: ${filtered}`,
    '----end of FSSO logons----',
    '',
  ].join('\n');
}

function listRow({ record }: Logon): string {
  const columns = [
    `IP: ${safeText(record.ip)}`,
    `User: ${safeText(record.user)}`,
    `Groups: ${safeText(record.groups)}`,
    `Workstation: ${safeText(record.workstation)}`,
  ];
  const terminal =
    record.session === 0 && record.portRanges.length === 0
      ? ''
      : ` Session: ${record.session} Ports: ${record.portRanges.map(rangeText).join(',')}`;
  return `${columns.join('  ')}${terminal}`.trimEnd();
}

function rangeText([first, last]: PortRange): string {
  return `${first}-${last}`;
}

const statusColumns = [
  { title: 'Server Name', width: 37 },
  { title: 'Connection Status', width: 22 },
  { title: 'Version', width: 22 },
  { title: 'Address', width: 0 },
] as const;

/**
 * `diagnose debug authd fsso server-status` (docs/protocol/fsso.md, Outputs), with a row for every configured collector.
 * The port follows the address where it is not 8000.
 */
export function serverStatusText(servers: readonly ServerStatus[]): string {
  const row = (cells: readonly string[]) =>
    statusColumns
      .map(({ width }, index) => {
        const cell = cells[index] ?? '';
        // A text that fills its column still has to end before the next one begins.
        return cell.length < width || width === 0 ? cell.padEnd(width) : `${cell} `;
      })
      .join('')
      .trimEnd();
  return [
    row(statusColumns.map(({ title }) => title)),
    row(statusColumns.map(({ title }) => '-'.repeat(title.length))),
    ...servers.map(({ connector, host, port, isConnected, version }) =>
      row([
        safeText(connector),
        isConnected ? 'connected' : 'disconnected',
        safeText(version ?? ''),
        safeText(port === ports.fortigate ? host : serverName(host, port)),
      ]),
    ),
    '',
  ].join('\n');
}

/** The document of `fsso list --json` (docs/cli.md). */
export function listDocument(logons: readonly ListedLogon[]) {
  return {
    logons: logons.map(({ connector, logon: { record, server } }) => ({
      ip: record.ip,
      session: record.session === 0 ? null : record.session,
      user: record.user,
      domain: record.domain,
      workstation: record.workstation,
      groups: splitGroups(record.groups),
      logonTime: record.logonTime === 0 ? null : new Date(record.logonTime * 1000).toISOString(),
      portRanges: record.portRanges,
      connector,
      server,
    })),
    total: logons.length,
  };
}

/** The document of `fsso server-status --json` (docs/cli.md). */
export function serverStatusDocument(servers: readonly ServerStatus[]) {
  return {
    servers: servers.map(({ connector, host, port, isConnected, version, active, stage, error }) => ({
      connector,
      server: serverName(host, port),
      status: isConnected ? 'connected' : 'disconnected',
      version,
      active,
      stage,
      error,
    })),
  };
}

function numberOf(ip: string): number {
  if (!isIPv4(ip)) return Number.MAX_SAFE_INTEGER;
  return ip.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}
