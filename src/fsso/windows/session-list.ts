import type { RpcClient } from '../rpc/client.ts';
import { netStatuses, wishedBytes } from '../rpc/interfaces/net-enum.ts';
import {
  decodeSessionAnswer,
  encodeSessionQuestion,
  type SessionAnswer,
  sessionEnum,
} from '../rpc/interfaces/srvsvc.ts';
import type { FileSession, SessionReader } from './reading.ts';
import type { StatusPlace } from './statuses.ts';
import { refusedWith, rpcFailure } from './windows-failure.ts';

/**
 * Levels in the order in which they are tried: 10 has all that is needed and asks for the fewest rights, 1 is what is left with
 * Samba (docs/protocol/windows.md, Interfaces).
 */
const levels = [10, 502, 1] as const;
/** Sessions of one machine, at most. */
export const mostSessions = 200_000;

/** Lists the sessions at a machine (MS-SRVS 3.1.4.5), at the first level that it knows. */
export class SessionList implements SessionReader {
  readonly #client: RpcClient;
  readonly #place: StatusPlace;
  #level = 0;

  /** @param client bound to srvsvc */
  constructor(client: RpcClient, place: Omit<StatusPlace, 'task'>) {
    this.#client = client;
    this.#place = { ...place, task: 'sessions' };
  }

  /** The level that is asked for, as it is known by now. */
  get level(): number {
    return levels[this.#level] ?? 1;
  }

  /** Rejects with WindowsFailure, and with what carries the call. */
  async sessions(signal: AbortSignal): Promise<readonly FileSession[]> {
    const found: FileSession[] = [];
    let resume = 0;
    for (;;) {
      const answer = await this.#ask(resume, signal);
      const { status } = answer;
      if (status === netStatuses.badLevel && this.#level < levels.length - 1 && resume === 0) {
        this.#level += 1;
        continue;
      }
      if (status !== netStatuses.done && status !== netStatuses.moreData)
        throw refusedWith('win32', status, this.#place);
      for (const session of answer.sessions) found.push(session);
      const isMore = status === netStatuses.moreData && answer.sessions.length > 0;
      if (!isMore || answer.resume === resume || found.length >= mostSessions) return found;
      resume = answer.resume;
    }
  }

  async #ask(resume: number, signal: AbortSignal): Promise<SessionAnswer> {
    try {
      const question = { server: `\\\\${this.#place.host}`, level: this.level, most: wishedBytes, resume };
      return decodeSessionAnswer(
        await this.#client.call(sessionEnum, encodeSessionQuestion(question), signal),
      );
    } catch (error) {
      throw rpcFailure(error, this.#place);
    }
  }
}
