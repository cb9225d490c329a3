import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { bindRpc, type RpcClient, type RpcInterface } from '../rpc/client.ts';
import { decodeTimeAnswer, encodeTimeQuestion, remoteTime } from '../rpc/interfaces/remote-time.ts';
import { srvsvc } from '../rpc/interfaces/srvsvc.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
import type { RpcSecurity } from '../rpc/security.ts';
import { newestLog } from './newest-log.ts';
import type { ControllerLink, LogReader, PollMode, SessionReader } from './reading.ts';
import { SessionList } from './session-list.ts';
import type { StatusPlace } from './statuses.ts';
import { rpcFailure } from './windows-failure.ts';

/** What is needed of an SMB session. */
export interface PipeSession {
  /** In a few words, such as `SMB 3.1.1, signed`. */
  readonly means: string;
  readonly domain: NtlmDomain;
  readonly isClosed: boolean;
  /** The login of one binding, sealed, as who logged in to the session; absent: bindings have none. */
  readonly logIn?: () => RpcSecurity;
  openPipe(name: string, signal?: AbortSignal): Promise<RpcPipe>;
  close(): Promise<void>;
}

export interface SmbControllerOptions {
  readonly place: Omit<StatusPlace, 'task'>;
  readonly mode: Exclude<PollMode, 'wmi'>;
  /** Name of the event log, where one is read. */
  readonly log: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Polls a machine over named pipes of one SMB session. */
export class SmbController implements ControllerLink {
  readonly sessions: SessionReader | null;
  readonly log: LogReader | null;
  /** Set by whoever tried a better way before. */
  passedOver: Problem | null = null;
  readonly #session: PipeSession;
  readonly #server: RpcClient | null;
  readonly #reads: () => string;
  readonly #host: string;

  private constructor(
    session: PipeSession,
    server: RpcClient | null,
    readers: Pick<SmbController, 'sessions' | 'log'>,
    reads: () => string,
    host: string,
  ) {
    this.#session = session;
    this.#server = server;
    this.sessions = readers.sessions;
    this.log = readers.log;
    this.#reads = reads;
    this.#host = host;
  }

  /** Opens what the mode needs. The session belongs to it from then on, and is closed when this rejects. */
  static async open(session: PipeSession, options: SmbControllerOptions): Promise<SmbController> {
    const { mode, place, log, signal } = options;
    try {
      if (mode === 'netapi') {
        const server = await bound(session, srvsvc, { ...place, task: 'sessions' }, signal);
        const sessions = new SessionList(server, place);
        const reads = () => `NetrSessionEnum level ${sessions.level}`;
        return new SmbController(session, server, { sessions, log: null }, reads, place.host);
      }
      const opened = await newestLog(
        (name) => session.openPipe(name, signal),
        log,
        place,
        signal,
        session.logIn,
      );
      // Only what time it is there is asked of this one, so a machine that does not serve it is polled all the same.
      const server = await bound(session, srvsvc, { ...place, task: 'sessions' }, signal).catch(() => null);
      const readers = { sessions: null, log: opened.log };
      return new SmbController(session, server, readers, () => opened.protocol, place.host);
    } catch (error) {
      await session.close().catch(() => {});
      throw error;
    }
  }

  get means(): string {
    return `${this.#session.means}, ${this.#reads()}`;
  }

  get domain(): NtlmDomain {
    return this.#session.domain;
  }

  get isClosed(): boolean {
    return this.#session.isClosed;
  }

  async time(signal: AbortSignal): Promise<number | null> {
    try {
      const stub = encodeTimeQuestion(`\\\\${this.#host}`);
      const answer = await this.#server?.call(remoteTime, stub, signal);
      return answer === undefined ? null : decodeTimeAnswer(answer).time;
    } catch {
      // Not every server tells; times are then taken as they are.
      return null;
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

async function bound(
  session: PipeSession,
  service: RpcInterface,
  place: StatusPlace,
  signal: AbortSignal,
): Promise<RpcClient> {
  try {
    return await bindRpc(await session.openPipe(service.pipe, signal), service, { signal });
  } catch (error) {
    throw rpcFailure(error, place);
  }
}
