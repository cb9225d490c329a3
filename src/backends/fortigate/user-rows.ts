import type { Problem } from '../../problem.ts';
import type { CollectorRow, EndpointRow, LogonRow } from '../../state/changes.ts';
import type { FortigateEndpoint } from './endpoint-reading.ts';
import { deauthRequest, requestText } from './identity.ts';
import type { FortigateFssoEntry, FortigateUser } from './identity-reading.ts';

// What a FortiGate tells, as rows of the tables that our own connectors fill too. In each `connector` is the FortiGate and
// the VDOM.

/** `FORTIGATE/VDOM`, in place of the name of a connector. */
function placeOf(fortigate: string, vdom: string | null): string {
  return vdom === null ? fortigate : `${fortigate}/${vdom}`;
}

export function userRowId(fortigate: string, { vdom, ip, id, user }: FortigateUser): string {
  return `${placeOf(fortigate, vdom)}|${ip}|${id ?? user}`;
}

/** Seconds by which the beginning of a logon may seem to move, because a reply takes its time. */
const jitterMs = 5_000;

/** `before` is the row of the last look; `now` in milliseconds since the epoch. */
export function logonRow(
  fortigate: string,
  user: FortigateUser,
  before: LogonRow | undefined,
  now: number,
): LogonRow {
  const began =
    user.durationSeconds === null ? (before?.logonTime ?? now) : now - user.durationSeconds * 1000;
  const request = deauthRequest(user);
  return {
    id: userRowId(fortigate, user),
    connector: placeOf(fortigate, user.vdom),
    server: user.server ?? user.method ?? '',
    ip: user.ip,
    session: 0,
    user: user.user,
    domain: '',
    workstation: '',
    groups: user.groups,
    logonTime: before && Math.abs(before.logonTime - began) < jitterMs ? before.logonTime : began,
    receivedAt: before?.receivedAt ?? now,
    portRanges: [],
    stale: false,
    expiresAt: null,
    reported: {
      fortigate,
      vdom: user.vdom,
      method: user.method,
      policyId: user.policyId,
      removal: request === null ? null : requestText(request),
    },
  };
}

export function collectorRow(
  fortigate: string,
  entry: FortigateFssoEntry,
  { position, logons, now }: { position: number; logons: number; now: number },
): CollectorRow {
  const connector = placeOf(fortigate, entry.vdom);
  const connected = entry.status === 'connected';
  const state = connected ? 'online' : 'lost';
  return {
    id: `${connector}|${entry.name}`,
    connector,
    server: entry.name,
    position,
    active: connected,
    state,
    version: null,
    since: now,
    lastHeard: null,
    nextTryAt: null,
    logons,
    events: 0,
    gaps: 0,
    unknown: 0,
    problem: connected ? null : notConnected(fortigate, entry),
    reported: { fortigate, activeServer: entry.activeServer, status: entry.status },
  };
}

function notConnected(fortigate: string, { name, vdom, status }: FortigateFssoEntry): Problem {
  return {
    stage: 'connection',
    code: null,
    message: `${fortigate} says of its FSSO entry ${name}${vdom === null ? '' : ` in VDOM ${vdom}`}: ${status ?? 'no status'}`,
    cause: 'The FortiGate has no collector of this entry, so that it learns of no logon.',
    fix: [
      'Check there: diagnose debug authd fsso server-status',
      'Check that the FortiGate reaches the collector on its port, and that their passwords are the same.',
    ],
  };
}

export function endpointRow(fortigate: string, endpoint: FortigateEndpoint, now: number): EndpointRow {
  const connector = placeOf(fortigate, endpoint.vdom);
  const { uid, host, user, os, ip, mac, version, emsSerial, outOfSync, online, registered, onNet } = endpoint;
  return {
    id: `${connector}|${uid ?? mac ?? ip}`,
    connector,
    uid: uid ?? '',
    host: host ?? '',
    user: user ?? '',
    os: os ?? '',
    ip: ip ?? '',
    mac: mac ?? '',
    publicIp: '',
    clientCertificate: '',
    online,
    registered,
    onNet,
    quarantined: endpoint.quarantined,
    version: version ?? '',
    tags: endpoint.tags,
    routes: [],
    updatedAt: endpoint.seenAt ?? now,
    reported: { fortigate, emsSerial, interface: endpoint.interface, outOfSync },
  };
}
