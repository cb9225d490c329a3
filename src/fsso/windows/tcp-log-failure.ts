import type { Problem } from '../../problem.ts';
import { at, type ProblemRow, problemFrom, type ServerPlace, type Text } from '../network/problem-row.ts';
import { tcpFault, tcpRows } from '../network/tcp-rows.ts';
import { NtlmError } from '../ntlm/ntlm-error.ts';
import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from '../rpc/errors.ts';
import { TcpPipeFailure } from '../rpc/tcp-pipe.ts';

/** How far the way to the event log over TCP went before it ended. */
export type TcpLogStage = 'mapper' | 'services';

/** Where the way ended, and as whom it was gone. */
export interface TcpLogPlace extends ServerPlace {
  /** `DOMAIN\user`. */
  readonly account: string;
}

/** The scope says whether the account was refused: trying again counts towards its lockout. */
type Row = ProblemRow<TcpLogPlace, 'server' | 'login'>;

const open: Text<TcpLogPlace> = ({ host }) =>
  `allow TCP 135 and 49152 to 65535 from this machine to ${host} (rules "Remote Event Log Management")`;
const isUp: Text<TcpLogPlace> = ({ host }) => `check that ${host} is up, and its service Windows Event Log`;

/** Stage, text, cause and fix of each way in which the event log cannot be had over TCP (docs/protocol/windows.md, Event log). */
const rows = {
  ...tcpRows<TcpLogPlace>({
    machine: 'domain controller',
    isUp,
    stopped: 'A firewall refuses the connection, or the service behind the port is stopped.',
    start: [open],
    allow: open,
    ended: [open],
  }),
  'not-served': {
    stage: 'rpc',
    scope: 'server',
    message: ({ host }) => `${host} does not serve its event log over TCP`,
    cause:
      'The machine is no Windows or older than Windows Server 2008, or its service Windows Event Log is stopped.',
    fix: [({ host }) => `start the service Windows Event Log on ${host}, where it is Windows`],
  },
  'mapper-denied': {
    stage: 'rpc',
    scope: 'server',
    message: ({ host }, status) => `${host} does not tell at which port its event log is (${status})`,
    cause: 'A policy (Restrict Unauthenticated RPC clients) keeps the endpoint mapper from answering.',
    fix: ['let the account ask the endpoint mapper of the machine'],
  },
  'login-refused': {
    stage: 'authentication',
    scope: 'login',
    message: ({ host, account }, status) => `${host} refused the login of ${account} over RPC (${status})`,
    cause:
      'The name or the password is wrong, the account is disabled or locked, or NTLM is forbidden for it. RPC does not say which.',
    fix: ['check name and password in the configuration', 'log in over SMB (TCP 445), which says why'],
  },
  tampered: {
    stage: 'rpc',
    scope: 'server',
    message: (place, detail) => `${at(place)} was not believed: ${detail}`,
    cause: 'Somebody in between changed or made up what it said.',
    fix: ['record the connection with tshark, and look for devices in between that inspect RPC'],
  },
  nonsense: {
    stage: 'rpc',
    scope: 'server',
    message: (place, detail) => `${at(place)} does not speak DCE/RPC as it should: ${detail}`,
    cause: 'This is another service, a broken one, or something in between changes what it says.',
    fix: ['record the connection with tshark'],
  },
} satisfies Readonly<Record<string, Row>>;

/** STATUS_LOGON_FAILURE: what a refused login would have been called elsewhere, so that it is not tried again at once. */
const logonFailure = 0xc000006d;

/** The event log of a machine cannot be had over TCP. Texts in it are safe to show. */
export class TcpLogFailure extends Error {
  override readonly name = 'TcpLogFailure';
  readonly problem: Problem;
  readonly stage: TcpLogStage;
  /** NTSTATUS of a login that was refused; null for all else. */
  readonly status: number | null;

  constructor(problem: Problem, stage: TcpLogStage, status: number | null = null) {
    super(problem.message);
    this.problem = problem;
    this.stage = stage;
    this.status = status;
  }
}

export function tcpLogFailure(
  name: keyof typeof rows,
  stage: TcpLogStage,
  place: TcpLogPlace,
  detail = '',
  code: string | null = null,
): TcpLogFailure {
  const row: Row = rows[name];
  return new TcpLogFailure(
    problemFrom(row, place, code ?? name, detail),
    stage,
    row.scope === 'login' ? logonFailure : null,
  );
}

/** What connection, binding or login threw, as people read it; what is none of theirs comes back as it is. */
export function failureOnTheWay(error: unknown, stage: TcpLogStage, place: TcpLogPlace): unknown {
  const failed = (name: keyof typeof rows, detail: string, code: string | null = null) =>
    tcpLogFailure(name, stage, place, detail, code);
  if (error instanceof TcpPipeFailure) {
    const failure = failed(error.fault ?? tcpFault(error.code), error.code, error.code);
    return new TcpLogFailure({ ...failure.problem, message: error.message }, stage);
  }
  const hex = (code: number) => `0x${code.toString(16).padStart(8, '0')}`;
  if (error instanceof RpcFault)
    return failed(stage === 'mapper' ? 'mapper-denied' : 'login-refused', hex(error.status));
  if (error instanceof RpcBindRefused)
    return error.kind === 'rejected'
      ? failed('not-served', error.message)
      : failed('login-refused', error.kind === 'login' ? hex(error.reason) : error.message);
  if (error instanceof NtlmError)
    return failed(error.reason === 'wrong-signature' ? 'tampered' : 'nonsense', error.message, error.reason);
  if (error instanceof RpcDecodeError) return failed('nonsense', error.message, error.reason);
  if (error instanceof RpcClosed) return failed('closed', '');
  return error;
}
