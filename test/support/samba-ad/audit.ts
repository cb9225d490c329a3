import type { WrittenEvent } from './windows.ts';

/** A line of Samba's auth_json_audit. */
export interface AuditLine {
  readonly timestamp: string;
  readonly type: string;
  readonly Authentication?: {
    readonly status: string;
    readonly serviceDescription: string;
    readonly clientDomain: string | null;
    readonly clientAccount: string | null;
    readonly becameDomain: string | null;
    readonly becameAccount: string | null;
    readonly becameSid: string | null;
    readonly mappedAccount: string | null;
    readonly remoteAddress: string | null;
    readonly workstation: string | null;
    readonly logonId: string | null;
  };
}

const kerberosCodes: Readonly<Record<string, string>> = {
  NT_STATUS_NO_SUCH_USER: '0x6',
  NT_STATUS_ACCOUNT_DISABLED: '0x12',
};
const ntlmCodes: Readonly<Record<string, string>> = {
  NT_STATUS_OK: '0x0',
  NT_STATUS_NO_SUCH_USER: '0xc0000064',
  NT_STATUS_ACCOUNT_DISABLED: '0xc0000072',
};

/** The events that Windows would have written of a logon that Samba saw: 4768 or 4771; 4776, and 4624 where a session came of it. */
export function eventsOfAudit(line: AuditLine): WrittenEvent[] {
  const seen = line.Authentication;
  if (seen === undefined) return [];
  const isFailure = seen.status !== 'NT_STATUS_OK';
  const at = Math.floor(Date.parse(line.timestamp.replace(/(\d\d)(\d\d)$/, '$1:$2')) / 1000);
  const user = seen.becameAccount ?? seen.mappedAccount ?? seen.clientAccount ?? '-';
  const domain = seen.becameDomain ?? seen.clientDomain ?? '-';
  const sid = seen.becameSid ?? 'S-1-0-0';
  const [, ip = '-', port = '0'] = /^ipv[46]:(.*):(\d+)$/.exec(seen.remoteAddress ?? '') ?? [];
  const mapped = ip.includes(':') ? ip : `::ffff:${ip}`;
  if (seen.serviceDescription === 'Kerberos KDC') {
    const realm = seen.clientAccount?.split('@')[1] ?? 'CORP.EXAMPLE';
    const code = isFailure ? (kerberosCodes[seen.status] ?? '0x18') : '0x0';
    const krbtgt = `${sid.slice(0, sid.lastIndexOf('-'))}-502`;
    const strings = isFailure
      ? [user, sid, `krbtgt/${realm}`, '0x40810010', code, '2', mapped, port, '', '', '']
      : [user, realm, sid, 'krbtgt', krbtgt, '0x40810010', code, '0x12', '2', mapped, port, '', '', ''];
    return [{ id: isFailure ? 4771 : 4768, strings, at, isFailure }];
  }
  if (!['SMB2', 'SMB', 'NETLOGON', 'LDAP', 'DCE/RPC', 'winbind'].includes(seen.serviceDescription)) return [];
  const workstation = seen.workstation ?? '';
  const code = ntlmCodes[seen.status] ?? '0xc000006a';
  const checked: WrittenEvent = {
    id: 4776,
    strings: ['MICROSOFT_AUTHENTICATION_PACKAGE_V1_0', user, workstation, code],
    at,
    isFailure,
  };
  if (isFailure || !seen.serviceDescription.startsWith('SMB')) return [checked];
  const none = '{00000000-0000-0000-0000-000000000000}';
  const id = `0x${seen.logonId ?? '0'}`;
  const strings = [
    ...['S-1-0-0', '-', '-', '0x0', sid, user, domain, id, '3', 'NtLmSsp ', 'NTLM', workstation || '-', none],
    ...['-', 'NTLM V2', '128', '0x0', '-', ip, port],
  ];
  return [checked, { id: 4624, strings, at }];
}
