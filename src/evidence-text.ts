import type { EventEvidence, LogonEvidence } from './logon-evidence.ts';

/** What the events are that logons are read from (docs/protocol/windows.md, Polling). */
const eventNames: Readonly<Record<number, string>> = {
  672: 'Kerberos ticket',
  4768: 'Kerberos ticket',
  673: 'service ticket',
  4769: 'service ticket',
  4770: 'ticket renewed',
  680: 'NTLM check',
  4776: 'NTLM check',
  528: 'logon',
  540: 'network logon',
  4624: 'logon',
};

const logonTypeNames: Readonly<Record<number, string>> = {
  2: 'console',
  3: 'network',
  7: 'unlock',
  8: 'network, password in clear text',
  10: 'remote desktop',
  11: 'cached',
};

/**
 * What a logon was read from, in a line: event, record, log and way, or a session.
 * @param agent the domain controller that was asked, or whose event was forwarded
 */
export function evidenceText(evidence: LogonEvidence, agent: string): string {
  if (evidence.kind === 'session') return `a session in the list of ${agent} (NetAPI)`;
  const { id, record, log, by, logonType } = evidence;
  const type = logonType === null ? undefined : `type ${logonType}${typeName(logonType)}`;
  const known = [eventNames[id], type].filter((part) => part !== undefined).join(', ');
  return [
    known === '' ? `event ${id}` : `event ${id} (${known})`,
    ...(record === null ? [] : [`record ${record}`]),
    ...(log === null ? [] : [`log ${log}`]),
    reading(by, agent),
  ].join(', ');
}

function reading(by: EventEvidence['by'], agent: string): string {
  if (by === 'forwarded') return `forwarded from ${agent}`;
  return by === 'wmi' ? `read by WMI at ${agent}` : `read at ${agent}`;
}

function typeName(type: number): string {
  return logonTypeNames[type] === undefined ? '' : `: ${logonTypeNames[type]}`;
}
