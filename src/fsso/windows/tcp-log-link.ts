import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import type { ControllerLink, LogReader } from './reading.ts';
import type { TcpLog } from './tcp-log.ts';

/** A machine whose event log is read over TCP; what time it is there is asked over SMB, where that is open too. */
export class TcpLogLink implements ControllerLink {
  readonly sessions = null;
  readonly log: LogReader;
  readonly domain: NtlmDomain;
  readonly #tcp: TcpLog;
  readonly #server: ControllerLink | null;

  /** @param server over SMB; null: nobody tells the time */
  constructor(tcp: TcpLog, server: ControllerLink | null) {
    this.#tcp = tcp;
    this.#server = server;
    this.log = tcp.log;
    this.domain = tcp.domain;
  }

  get means(): string {
    return this.#tcp.means;
  }

  get isClosed(): boolean {
    return this.#tcp.isClosed;
  }

  async time(signal: AbortSignal): Promise<number | null> {
    return this.#server === null || this.#server.isClosed ? null : this.#server.time(signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.#tcp.close(), this.#server?.close()]);
  }
}
