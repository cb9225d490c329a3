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

/** What a KDC answers, as Windows writes it: a ticket that was refused is a 4768 too, only a failed proof of the password a 4771. */
const kerberosCodes: Readonly<Record<string, { readonly id: 4768 | 4771; readonly code: string }>> = {
  NT_STATUS_OK: { id: 4768, code: '0x0' },
  NT_STATUS_NO_SUCH_USER: { id: 4768, code: '0x6' },
  NT_STATUS_ACCOUNT_DISABLED: { id: 4768, code: '0x12' },
  NT_STATUS_ACCOUNT_EXPIRED: { id: 4768, code: '0x12' },
  NT_STATUS_ACCOUNT_LOCKED_OUT: { id: 4768, code: '0x12' },
  NT_STATUS_INVALID_LOGON_HOURS: { id: 4768, code: '0x12' },
  NT_STATUS_PASSWORD_MUST_CHANGE: { id: 4771, code: '0x17' },
};
const wrongPassword = { id: 4771, code: '0x18' } as const;
const ntlmCodes: Readonly<Record<string, string>> = {
  NT_STATUS_OK: '0x0',
  NT_STATUS_NO_SUCH_USER: '0xc0000064',
  NT_STATUS_ACCOUNT_DISABLED: '0xc0000072',
  NT_STATUS_ACCOUNT_EXPIRED: '0xc0000193',
  NT_STATUS_ACCOUNT_LOCKED_OUT: '0xc0000234',
  NT_STATUS_INVALID_LOGON_HOURS: '0xc000006f',
  NT_STATUS_INVALID_WORKSTATION: '0xc0000070',
  NT_STATUS_PASSWORD_MUST_CHANGE: '0xc0000224',
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
    const { id, code } = kerberosCodes[seen.status] ?? wrongPassword;
    const krbtgt = `${sid.slice(0, sid.lastIndexOf('-'))}-502`;
    if (id === 4771) {
      const strings = [user, sid, `krbtgt/${realm}`, '0x40810010', code, '2', mapped, port, '', '', ''];
      return [{ id, strings, at, isFailure }];
    }
    const ticket = isFailure
      ? [`krbtgt/${realm}`, 'S-1-0-0', '0x40810010', code, '0xffffffff', '-']
      : ['krbtgt', krbtgt, '0x40810010', code, '0x12', '2'];
    return [{ id, strings: [user, realm, sid, ...ticket, mapped, port, '', '', ''], at, isFailure }];
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
