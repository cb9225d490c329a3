import { statusMeaning } from '../statuses.ts';

/** What came of an NTLM answer (docs/protocol/windows.md, NTLM service). */
export type VerdictKind =
  | 'ok'
  | 'guest'
  | 'wrong-password'
  | 'no-such-user'
  | 'logon-failure'
  | 'disabled'
  | 'password-expired'
  | 'must-change-password'
  | 'account-expired'
  | 'locked'
  | 'wrong-hours'
  | 'wrong-workstation'
  | 'not-allowed'
  | 'not-a-user'
  | 'ntlm-blocked'
  | 'no-trust'
  | 'no-logon-servers'
  | 'no-collector'
  | 'ntlm-v1'
  | 'anonymous'
  | 'malformed'
  | 'changed-on-the-way'
  | 'relayed'
  | 'too-late'
  | 'ask-again'
  | 'busy'
  | 'unknown';

/** What a status of NetrLogonSamLogonEx says of the client's account; names of statuses are in `../statuses.ts`. */
const byStatus: ReadonlyMap<number, VerdictKind> = new Map([
  [0x00000000, 'ok'],
  [0xc000005e, 'no-logon-servers'],
  [0xc0000064, 'no-such-user'],
  [0xc000006a, 'wrong-password'],
  [0xc000006d, 'logon-failure'],
  [0xc000006e, 'not-allowed'],
  [0xc000006f, 'wrong-hours'],
  [0xc0000070, 'wrong-workstation'],
  [0xc0000071, 'password-expired'],
  [0xc0000072, 'disabled'],
  [0xc00000df, 'no-trust'],
  [0xc000015b, 'not-allowed'],
  [0xc000018a, 'no-trust'],
  [0xc000018b, 'no-trust'],
  [0xc000018c, 'no-trust'],
  [0xc000018d, 'no-trust'],
  [0xc0000192, 'no-logon-servers'],
  [0xc0000193, 'account-expired'],
  [0xc0000198, 'not-a-user'],
  [0xc0000199, 'not-a-user'],
  [0xc000019a, 'not-a-user'],
  [0xc0000224, 'must-change-password'],
  [0xc0000234, 'locked'],
  [0xc0000413, 'not-allowed'],
  [0xc0000418, 'ntlm-blocked'],
]);

/** What each means, in one sentence, and what an admin does about it; empty where nothing is wrong. */
export const verdictWords: Readonly<Record<VerdictKind, { readonly cause: string; readonly fix: string }>> = {
  ok: { cause: 'the domain controller found the answer right', fix: '' },
  guest: { cause: 'the answer was not right, and guests are let in', fix: '' },
  'wrong-password': { cause: 'the password is wrong', fix: 'type the password again' },
  'no-such-user': {
    cause: 'the domain has no such user',
    fix: 'check name and domain; an untrusted domain needs an entry of its own under collector.ntlm.domains',
  },
  'logon-failure': {
    cause: 'name or password is wrong; the domain controller does not say which',
    fix: 'type name, domain and password again',
  },
  disabled: { cause: 'the account is disabled', fix: 'enable it in the directory' },
  'password-expired': { cause: 'the password has expired', fix: 'change the password at a workstation' },
  'must-change-password': {
    cause: 'the password has to be changed before the next logon',
    fix: 'change it at a workstation, which a browser cannot do',
  },
  'account-expired': { cause: 'the account has expired', fix: 'extend the account in the directory' },
  locked: {
    cause: 'the account is locked after too many wrong passwords',
    fix: 'unlock it, and look for what still sends an old password',
  },
  'wrong-hours': { cause: 'the account may not be used at this hour', fix: 'widen the logon hours' },
  'wrong-workstation': {
    cause: 'the account may not be used from this workstation',
    fix: 'add the workstation to those that the user may log on to',
  },
  'not-allowed': {
    cause: 'a rule of the domain forbids this logon',
    fix: 'look at logon rights, authentication policies and selective authentication',
  },
  'not-a-user': { cause: 'it is the account of a machine or of a trust', fix: 'log on as a user' },
  'ntlm-blocked': {
    cause: 'the domain does not take NTLM from this account',
    fix: 'exempt the domain, or take the user out of Protected Users',
  },
  'no-trust': {
    cause: "the domain controller has no working trust with the user's domain",
    fix: 'mend the trust, or enter the domain with a controller of its own under collector.ntlm.domains',
  },
  'no-logon-servers': {
    cause: 'no domain controller that could check the answer was reached',
    fix: 'look at the domain controllers of this domain: fabrictop doctor ad',
  },
  'no-collector': {
    cause: 'no collector that could check the answer was reached',
    fix: 'look at the way from the gate to the collector, and at the logs of both',
  },
  'ntlm-v1': {
    cause: 'the client speaks NTLM of the first version, which anyone who listens can break',
    fix: 'set LmCompatibilityLevel to 3 or more on the client',
  },
  anonymous: { cause: 'the client named nobody', fix: 'log on as a user' },
  malformed: { cause: 'what the client sent is no NTLM', fix: 'look at what stands between client and gate' },
  'changed-on-the-way': {
    cause: 'the messages that the client saw are not those that we sent',
    fix: 'look for a proxy between client and gate',
  },
  'too-late': {
    cause: 'the answer came too late, or to no challenge',
    fix: 'log on again; look for what makes the way to the client slow',
  },
  relayed: {
    cause: 'the answer is meant for another TLS connection than that with us',
    fix: 'look for who opens TLS between client and gate: it may pass on answers that are not its own',
  },
  'ask-again': {
    cause:
      'the challenge was in the name of another domain, and the domain controller takes no answer to such a one',
    fix: 'log on once more: the next challenge is in the name of this domain',
  },
  busy: {
    cause: 'too many answers wait for a verdict',
    fix: 'look at the domain controllers, and at who asks',
  },
  unknown: { cause: 'the domain controller refused for a reason that is not known here', fix: '' },
};

/** The kind of a status, and the status's name, or its number where it has none. */
export function verdictOf(status: number): { readonly kind: VerdictKind; readonly name: string } {
  const code = status >>> 0;
  const name = statusMeaning('nt', code)?.name ?? `0x${code.toString(16).padStart(8, '0')}`;
  return { kind: byStatus.get(code) ?? 'unknown', name: code === 0 ? 'STATUS_SUCCESS' : name };
}
