import { safeText } from '../../safe-text.ts';
import type { EntryChange } from './entry.ts';
import { sameUser } from './entry.ts';
import type { TracedDatagram } from './feeds/trace.ts';

// The lines of the collector for Windows in its log of logon events, so that what reads those reads ours
// (docs/protocol/fsso.md, Log lines). Names are made safe; a blank in one stays, as there.

const unresolved = '0.0.0.0';

/** One line for a datagram of an agent. */
export function receivedLine(datagram: TracedDatagram): string {
  const { agent, bytes, time, workstation, domain, user, ip, otherIp } = datagram;
  const data = `${workstation}/${domain}/${user}`;
  const addresses = otherIp === null ? (ip ?? unresolved) : `${ip ?? unresolved}:${otherIp}`;
  return `[RECV_EVENT_FROM_DC] packet_len:${bytes} dcagent_ip:${agent} time:${time} data_len:${Buffer.byteLength(data)} data:${safeText(data)} ip:${addresses}`;
}

/** The lines for a change of the table: none for what FortiGates are not told of. */
export function changeLines(change: EntryChange): string[] {
  if (change.kind === 'status') return [];
  const { ip, otherIp, workstation, domain, user } = change.entry;
  const [place, realm, name] = [safeText(workstation), safeText(domain), safeText(user)];
  const isOn = change.kind === 'logon';
  const lines = [
    `[UPDATE_LOGON_LIST] action:${actionOf(change)} workstation:${place} ip:${ip}:${otherIp ?? unresolved} user:${realm}\\${name}`,
    `[LOGON_ITEM] logon:${isOn ? 1 : 0} ip:${ip} workstation:${place} domain:${realm} user:${name}`,
  ];
  if (change.kind === 'logoff' && change.why === 'not-logged-on')
    lines.unshift(`[WORKSTATION_CHECK] user:${realm}\\${name} is no longer logged on to ${place} (${ip})`);
  return lines;
}

function actionOf(change: Exclude<EntryChange, { kind: 'status' }>): string {
  if (change.kind === 'logoff') return 'remove_entry';
  return change.previous !== null && sameUser(change.previous, change.entry)
    ? 'update_entry'
    : 'add_new_entry';
}

/** One line for an event that a FortiGate is sent. */
export function sentLine(identity: string, bytes: number): string {
  return `[SEND_EVENT_TO_FGT] packet_len:${bytes} FortiGate_SN:${safeText(identity)}`;
}

/** `MM/DD/YYYY HH:MM:SS` in UTC, as the lines begin. */
export function lineTime(ms: number): string {
  const [year, month, day, time] = new Date(ms).toISOString().split(/[-T.]/);
  return `${month}/${day}/${year} ${time}`;
}

/** Any other event of the log as one line: its words, then its fields. */
export function plainLine({ level, msg, ...fields }: { level: string; msg: string }): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}:${safeText(String(value))}`);
  return `[${level.toUpperCase()}] ${msg}${rest.join('')}`;
}
