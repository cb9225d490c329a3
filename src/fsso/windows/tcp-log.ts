import type { Clock } from '../../clock.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import type { NtlmCredentials } from '../ntlm/client.ts';
import { bindRpc, type RpcBindOptions, type RpcClient } from '../rpc/client.ts';
import { RpcBindRefused, RpcFault } from '../rpc/errors.ts';
import { even6 } from '../rpc/interfaces/even6.ts';
import { mappedPort } from '../rpc/mapped-port.ts';
import { NtlmBinding } from '../rpc/ntlm-security.ts';
import { openTcpPipe, type TcpPipe } from '../rpc/tcp-pipe.ts';
import { Even6Log } from './even6-log.ts';
import type { LogReader } from './reading.ts';
import { failureOnTheWay, type TcpLogPlace, type TcpLogStage, tcpLogFailure } from './tcp-log-failure.ts';
import { WindowsFailure } from './windows-failure.ts';

export interface TcpLogOptions {
  readonly host: string;
  /** Where it is; the host name is resolved where this is absent. */
  readonly address?: string | readonly string[];
  /** What failures call the machine. */
  readonly name: string;
  /** TCP port of the endpoint mapper. */
  readonly mapperPort: number;
  readonly credentials: NtlmCredentials;
  /** `DOMAIN\user`. */
  readonly account: string;
  /** Name of the log. */
  readonly log: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** As of `SmbOptions`. */
  readonly loginTurn?: () => Promise<(failure: unknown) => void>;
}

/** An event log behind a connection of its own. */
export interface TcpLog {
  readonly log: LogReader;
  /** The domain that the machine belongs to, as the login tells. */
  readonly domain: NtlmDomain;
  /** In a few words. */
  readonly means: string;
  readonly isClosed: boolean;
  close(): Promise<void>;
}

/** So short, because another way follows where a firewall drops what goes to the ports of RPC [assumed]. */
const connectMs = 2000;
/** The machine looks for events for a second at a time [assumed]. */
const answerMs = 10_000;
const noTurn = async () => () => {};
const unknownLogin = 8;
const accessDenied = 5;

type Way = 'spnego' | 'ntlm';

/**
 * The event log of a machine over TCP, as Windows serves it: the endpoint mapper tells the port, and the binding is sealed by a login
 * of its own (MS-EVEN6 2.1).
 * @throws TcpLogFailure, WindowsFailure for a first call that is refused, or the reason of the signal
 */
export async function openTcpLog(options: TcpLogOptions): Promise<TcpLog> {
  const { mapperPort, loginTurn = noTurn } = options;
  const port = await onTheWay('mapper', mapperPort, options, (place) => askedPort(options, place));
  const decided = await loginTurn();
  try {
    const opened = await onTheWay('services', port, options, () => boundLog(options, port));
    decided(null);
    return opened;
  } catch (failure) {
    decided(failure);
    throw failure;
  }
}

/** What fails while `run` goes one part of the way becomes a failure that people read. */
async function onTheWay<Result>(
  stage: TcpLogStage,
  port: number,
  { name, account, signal }: TcpLogOptions,
  run: (place: TcpLogPlace) => Promise<Result>,
): Promise<Result> {
  const place = { host: name, port, account };
  try {
    return await run(place);
  } catch (error) {
    signal.throwIfAborted();
    throw failureOnTheWay(error, stage, place);
  }
}

function open({ host, address, clock, signal }: TcpLogOptions, port: number): Promise<TcpPipe> {
  return openTcpPipe({
    ...{ host, port, clock, limitMs: connectMs, answerMs, signal },
    ...(address !== undefined && { address }),
  });
}

function sealed({ credentials, clock, host, signal }: TcpLogOptions, way: Way) {
  return { signal, security: new NtlmBinding(credentials, { clock, host, way, level: 'privacy' }) };
}

async function askedPort(options: TcpLogOptions, place: TcpLogPlace): Promise<number> {
  const ask = async (binding: RpcBindOptions) => mappedPort(await open(options, place.port), even6, binding);
  const { signal } = options;
  // A policy may want a login here too.
  const found = await ask({ signal }).catch((error: unknown) =>
    error instanceof RpcFault && error.status === accessDenied
      ? ask(sealed(options, 'ntlm'))
      : Promise.reject(error),
  );
  if (found === null) throw tcpLogFailure('not-served', 'mapper', place);
  return found;
}

async function boundLog(options: TcpLogOptions, port: number): Promise<TcpLog> {
  const { name, account, log, signal } = options;
  const bound = async (way: Way) => {
    const pipe = await open(options, port);
    const binding = sealed(options, way);
    const rpc = await bindRpc(pipe, even6, binding);
    return { way, pipe, rpc, domain: binding.security.domain };
  };
  // Windows has to take SPNEGO (MS-EVEN6 2.1.1); NTLM alone is what others have read it with.
  const { way, pipe, rpc, domain } = await bound('spnego').catch((error: unknown) =>
    isUnknownLogin(error) ? bound('ntlm') : Promise.reject(error),
  );
  const reader = new Even6Log(rpc, log, { host: name, account });
  await answers(reader, rpc, way, signal);
  return {
    log: reader,
    domain,
    means: `TCP ${port}, sealed by NTLM, MS-EVEN6`,
    get isClosed() {
      return !rpc.isOpen || pipe.isOver;
    },
    close: () => rpc.close(),
  };
}

const isUnknownLogin = (error: unknown) =>
  error instanceof RpcBindRefused && error.kind === 'nak' && error.reason === unknownLogin;

/** What the log says of the account is for its reader to find; but a login by NTLM alone shows with the first call whether it was good. */
async function answers(reader: LogReader, rpc: RpcClient, way: Way, signal: AbortSignal): Promise<void> {
  try {
    await reader.extent(signal);
  } catch (error) {
    const status = error instanceof WindowsFailure ? error.status : null;
    if (status !== null && status.space !== 'rpc') return;
    await rpc.close();
    throw status !== null && way === 'ntlm' ? new RpcFault(status.code) : error;
  }
}
