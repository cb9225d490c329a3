import { at, type ProblemRow, problemFrom, type Text } from '../network/problem-row.ts';
import { tcpFault, tcpRows } from '../network/tcp-rows.ts';
import { NtlmError } from '../ntlm/ntlm-error.ts';
import { statusProblem } from '../windows/status-problem.ts';
import type { WindowsTask } from '../windows/statuses.ts';
import { SmbDecodeError } from './errors.ts';
import { SmbFailure, type SmbScope } from './failure.ts';

/** Who is asked, and as whom. */
export interface SmbPlace {
  readonly host: string;
  readonly port: number;
  /** `DOMAIN\user`. */
  readonly account: string;
}

type Row = ProblemRow<SmbPlace, SmbScope>;

const isUp: Text<SmbPlace> = (place) => `check that ${place.host} is up and serves SMB on port ${place.port}`;
const capture = 'record the connection with tshark, and look for devices in between that inspect SMB';

/** Stage, text, cause and fix of each way in which SMB fails without a status (docs/protocol/windows.md, SMB). */
const rows = {
  ...tcpRows<SmbPlace>({
    machine: 'machine',
    isUp,
    stopped: 'The service Server (LanmanServer) is stopped, or a firewall refuses the connection.',
    start: [({ port }) => `allow TCP ${port} from this machine (rule "File and Printer Sharing (SMB-In)")`],
    ended: ['a server that has SMB 1 only ends the connection like this: enable SMB 2 there'],
  }),
  'answer-timeout': {
    stage: 'smb',
    scope: 'server',
    message: (place, seconds) => `${at(place)} did not answer within ${seconds} s`,
    cause: 'It hangs or is overloaded, or the network loses packets.',
    fix: [isUp, 'poll it less often'],
  },
  'pending-timeout': {
    stage: 'smb',
    scope: 'question',
    message: (place, seconds) =>
      `${at(place)} had an answer pending, and did not give it within ${seconds} s`,
    cause: 'The service behind the pipe hangs or is overloaded.',
    fix: [({ host }) => `look at the load of ${host}`],
  },
  nonsense: {
    stage: 'smb',
    scope: 'server',
    message: (place, detail) => `${at(place)} sent something that is no SMB: ${detail}`,
    cause: 'This is another service, a broken one, or something in between changes what it says.',
    fix: [({ port }) => `check that SMB is what listens on port ${port}`, capture],
  },
  tampered: {
    stage: 'smb',
    scope: 'server',
    message: (place, detail) => `${at(place)} was not believed: ${detail}`,
    cause: 'Somebody in between changed or made up what it said.',
    fix: [capture],
  },
  downgraded: {
    stage: 'smb',
    scope: 'server',
    message: (place) => `what was agreed on with ${at(place)} is not what it says now`,
    cause:
      'Somebody in between weakened the negotiation of dialect and protection; or the server stopped at that moment.',
    fix: [capture],
  },
  'no-dialect': {
    stage: 'smb',
    scope: 'server',
    message: (place, detail) => `${at(place)} takes none of our dialects (${detail})`,
    cause: 'It speaks SMB 1 only, or its newest dialects only and we were told to leave them out.',
    fix: ['enable SMB 2 or 3 there (Set-SmbServerConfiguration -EnableSMB2Protocol $true)'],
  },
  'no-encryption': {
    stage: 'smb',
    scope: 'server',
    message: (place, dialect) => `${at(place)} does not encrypt (dialect ${dialect})`,
    cause: 'Encryption is required here, and the machine has it switched off or is too old for it.',
    fix: ['enable SMB 3 there', 'or do not require encryption: sessions are signed either way'],
  },
  guest: {
    stage: 'authentication',
    scope: 'login',
    message: (place) => `${at(place)} took ${place.account} for a guest`,
    cause: 'The machine does not know the account and lets strangers in as guests, which cannot be signed.',
    fix: ['check name and domain of the account', 'disable the guest account there'],
  },
  'login-failed': {
    stage: 'authentication',
    scope: 'login',
    message: (place, detail) => `the login at ${at(place)} was not completed: ${detail}`,
    cause:
      'The machine wants another kind of login than NTLM of the second version, or changes it on its way.',
    fix: [
      'allow NTLMv2 for this account at this machine',
      'accounts in Protected Users may use Kerberos only: use another',
    ],
  },
  'session-ended': {
    stage: 'smb',
    scope: 'server',
    message: (place) => `${at(place)} ended the session`,
    cause: 'Its time was over, or an administrator closed it.',
    fix: ['none: a new session is opened by itself'],
  },
  'no-credit': {
    stage: 'smb',
    scope: 'server',
    message: (place) => `${at(place)} lets us send nothing more`,
    cause: 'It granted no credits with its last answers, because it is overloaded or broken.',
    fix: [isUp],
  },
  busy: {
    stage: 'smb',
    scope: 'question',
    message: (place, count) => `${count} requests wait for ${at(place)}, which takes no more`,
    cause: 'It answers more slowly than it is asked.',
    fix: ['poll it less often'],
  },
  'short-write': {
    stage: 'smb',
    scope: 'question',
    message: (place, detail) => `${at(place)} took a part of a request only: ${detail}`,
    cause: 'The service behind the pipe is broken or overloaded.',
    fix: [isUp],
  },
} satisfies Readonly<Record<string, Row>>;

export type SmbProblemName = keyof typeof rows;

export function smbFailure(
  name: SmbProblemName,
  place: SmbPlace,
  detail = '',
  code: string | null = null,
): SmbFailure {
  const row: Row = rows[name];
  return new SmbFailure(problemFrom(row, place, code ?? name, detail), row.scope);
}

/** What ended a TCP connection, from the code of the system. */
export function connectionFailure(code: string, place: SmbPlace): SmbFailure {
  return smbFailure(tcpFault(code), place, code, code);
}

/** A request that was answered with an NTSTATUS. */
export function statusFailure(status: number, place: SmbPlace, task: WindowsTask): SmbFailure {
  const { host, account } = place;
  return new SmbFailure(
    statusProblem('nt', status, { host, account, task }),
    task === 'login' ? 'login' : 'question',
    status,
  );
}

/** Bytes of the machine that were refused. */
export function decodeFailure(error: unknown, place: SmbPlace): SmbFailure {
  if (error instanceof SmbFailure) return error;
  if (error instanceof NtlmError)
    return smbFailure(
      error.reason === 'wrong-signature' ? 'tampered' : 'login-failed',
      place,
      error.message,
      error.reason,
    );
  if (!(error instanceof SmbDecodeError)) throw error;
  const isTampered = error.reason === 'wrong-signature' || error.reason === 'wrong-cipher';
  return smbFailure(isTampered ? 'tampered' : 'nonsense', place, error.message, error.reason);
}
