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
  | 'ntlm-v1'
  | 'anonymous'
  | 'malformed'
  | 'changed-on-the-way'
  | 'busy'
  | 'unknown';

interface VerdictRow {
  readonly kind: VerdictKind;
  /** The name of the status in MS-ERREF 2.3.1. */
  readonly name: string;
}

/** By NTSTATUS (MS-ERREF 2.3.1). */
const byStatus: Readonly<Record<number, VerdictRow>> = {
  0: { kind: 'ok', name: 'STATUS_SUCCESS' },
  3221225566: { kind: 'no-logon-servers', name: 'STATUS_NO_LOGON_SERVERS' },
  3221225572: { kind: 'no-such-user', name: 'STATUS_NO_SUCH_USER' },
  3221225578: { kind: 'wrong-password', name: 'STATUS_WRONG_PASSWORD' },
  3221225581: { kind: 'logon-failure', name: 'STATUS_LOGON_FAILURE' },
  3221225582: { kind: 'not-allowed', name: 'STATUS_ACCOUNT_RESTRICTION' },
  3221225583: { kind: 'wrong-hours', name: 'STATUS_INVALID_LOGON_HOURS' },
  3221225584: { kind: 'wrong-workstation', name: 'STATUS_INVALID_WORKSTATION' },
  3221225585: { kind: 'password-expired', name: 'STATUS_PASSWORD_EXPIRED' },
  3221225586: { kind: 'disabled', name: 'STATUS_ACCOUNT_DISABLED' },
  3221225695: { kind: 'no-trust', name: 'STATUS_NO_SUCH_DOMAIN' },
  3221225819: { kind: 'not-allowed', name: 'STATUS_LOGON_TYPE_NOT_GRANTED' },
  3221225866: { kind: 'no-trust', name: 'STATUS_NO_TRUST_LSA_SECRET' },
  3221225867: { kind: 'no-trust', name: 'STATUS_NO_TRUST_SAM_ACCOUNT' },
  3221225868: { kind: 'no-trust', name: 'STATUS_TRUSTED_DOMAIN_FAILURE' },
  3221225869: { kind: 'no-trust', name: 'STATUS_TRUSTED_RELATIONSHIP_FAILURE' },
  3221225874: { kind: 'no-logon-servers', name: 'STATUS_NETLOGON_NOT_STARTED' },
  3221225875: { kind: 'account-expired', name: 'STATUS_ACCOUNT_EXPIRED' },
  3221225880: { kind: 'not-a-user', name: 'STATUS_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT' },
  3221225881: { kind: 'not-a-user', name: 'STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT' },
  3221225882: { kind: 'not-a-user', name: 'STATUS_NOLOGON_SERVER_TRUST_ACCOUNT' },
  3221226020: { kind: 'must-change-password', name: 'STATUS_PASSWORD_MUST_CHANGE' },
  3221226036: { kind: 'locked', name: 'STATUS_ACCOUNT_LOCKED_OUT' },
  3221226515: { kind: 'not-allowed', name: 'STATUS_AUTHENTICATION_FIREWALL_FAILED' },
  3221226520: { kind: 'ntlm-blocked', name: 'STATUS_NTLM_BLOCKED' },
};

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
  busy: {
    cause: 'too many answers wait for a verdict',
    fix: 'look at the domain controllers, and at who asks',
  },
  unknown: { cause: 'the domain controller refused for a reason that is not known here', fix: '' },
};

/** The kind of a status, and the status's name, or its number where it has none here. */
export function verdictOf(status: number): VerdictRow {
  return (
    byStatus[status >>> 0] ?? {
      kind: 'unknown',
      name: `0x${(status >>> 0).toString(16).padStart(8, '0')}`,
    }
  );
}
