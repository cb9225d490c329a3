import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import {
  decodeLookupReply,
  encodeLookupRequest,
  lookupSidsCall,
  lsarpc,
  type NamedSid,
  noneMapped,
  someNotMapped,
} from '../../rpc/interfaces/lsarpc.ts';
import {
  decodeSamLogonReply,
  encodeSamLogonRequest,
  type NetworkLogon,
  netlogonCalls,
  type SamLogonReply,
} from '../../rpc/interfaces/netlogon.ts';
import { type ChannelFailure, channelFailure, namesRefused, tooSlow } from './channel-failure.ts';
import {
  agreeOnKey,
  bindChannel,
  type ChannelBinding,
  type ChannelTarget,
  computerName,
  findPort,
  type MachineAccount,
} from './open-channel.ts';

export interface SecureChannelOptions extends ChannelTarget {
  readonly account: MachineAccount;
  /** For one verdict, connecting and waiting for a place included. */
  readonly timeoutMs: number;
  /** Verdicts that are asked for at once, each on a connection of its own. */
  readonly parallel: number;
}

/** What is known of a channel. Times are milliseconds since the epoch. */
export interface ChannelHealth {
  readonly host: string;
  readonly domain: string;
  readonly connections: number;
  readonly waiting: number;
  /** Right and wrong ones, since the start. */
  readonly verdicts: number;
  /** How long the last one took, in milliseconds. */
  readonly lastMs: number | null;
  readonly lastVerdict: number | null;
  /** Why it does not work; null while it does, or was not tried. */
  readonly problem: Problem | null;
  /** Nothing is tried before; null: the next question is. */
  readonly nextTry: number | null;
}

interface Agreed {
  readonly port: number;
  readonly key: Buffer;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * One domain controller's secure channel (docs/protocol/windows.md, Secure channel): made when the first question comes, and made
 * anew when it is lost. A question is never asked twice where the domain controller may have heard it: a wrong password counts.
 */
export class SecureChannel {
  readonly #options: SecureChannelOptions;
  readonly #clock: Clock;
  readonly #idle: ChannelBinding[] = [];
  readonly #waiting: (() => void)[] = [];
  #agreed: Promise<Agreed> | null = null;
  #taken = 0;
  #isClosed = false;
  #pauseMs = 0;
  #nextTry: number | null = null;
  #failure: ChannelFailure | null = null;
  #verdicts = 0;
  #lastMs: number | null = null;
  #lastVerdict: number | null = null;

  constructor(options: SecureChannelOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  get health(): ChannelHealth {
    return {
      host: this.#options.host,
      domain: this.#options.account.domain,
      connections: this.#idle.filter(({ pipe }) => !pipe.isOver).length + this.#taken,
      waiting: this.#waiting.length,
      verdicts: this.#verdicts,
      lastMs: this.#lastMs,
      lastVerdict: this.#lastVerdict,
      problem: this.#failure?.problem ?? null,
      nextTry: this.#nextTry,
    };
  }

  /** True while a failure is so fresh that nothing is tried. */
  get isResting(): boolean {
    return this.#nextTry !== null && this.#clock.now() < this.#nextTry;
  }

  /** What the domain controller says of this answer. @throws ChannelFailure where it says nothing */
  async verify(logon: NetworkLogon): Promise<SamLogonReply> {
    if (this.isResting && this.#failure) throw this.#failure;
    const { host, timeoutMs } = this.#options;
    const limit = new AbortController();
    const timer = this.#clock.after(timeoutMs, () => limit.abort(tooSlow(host, timeoutMs)));
    const begun = this.#clock.now();
    try {
      const reply = await this.#ask(logon, limit.signal);
      this.#verdicts += 1;
      this.#lastVerdict = this.#clock.now();
      this.#lastMs = this.#lastVerdict - begun;
      this.#failure = null;
      this.#nextTry = null;
      this.#pauseMs = 0;
      return reply;
    } catch (error) {
      throw this.#failed(channelFailure(host, error), begun);
    } finally {
      timer.cancel();
    }
  }

  async #ask(logon: NetworkLogon, signal: AbortSignal): Promise<SamLogonReply> {
    await this.#place(signal);
    try {
      return await this.#askOnce(logon, signal);
    } catch (error) {
      // The domain controller has told that it did not take the channel, so it has not looked at the question either.
      if (!channelFailure(this.#options.host, error).isStale || signal.aborted) throw error;
      this.#forget();
      return await this.#askOnce(logon, signal);
    } finally {
      this.#taken -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #askOnce(logon: NetworkLogon, signal: AbortSignal): Promise<SamLogonReply> {
    const binding = await this.#binding(signal);
    const request = encodeSamLogonRequest(computerName(this.#options.account), logon);
    const reply = await binding.rpc
      .call(netlogonCalls.samLogonEx, request, signal)
      .then(decodeSamLogonReply)
      .catch((error: unknown) => {
        throw channelFailure(this.#options.host, error).asked();
      });
    if (this.#isClosed) await binding.rpc.close();
    else this.#idle.push(binding);
    return reply;
  }

  /** Waits until fewer than `parallel` questions are on their way. */
  async #place(signal: AbortSignal): Promise<void> {
    while (this.#taken >= this.#options.parallel) {
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        const giveUp = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(wake), 1);
          reject(signal.reason);
        };
        this.#waiting.push(wake);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    }
    this.#taken += 1;
  }

  async #binding(signal: AbortSignal): Promise<ChannelBinding> {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (!kept.pipe.isOver && kept.rpc.isOpen) return kept;
      await kept.rpc.close();
    }
    const { account } = this.#options;
    this.#agreed ??= this.#agree(signal);
    const { port, key } = await this.#agreed;
    return bindChannel(this.#options, port, account, key, signal);
  }

  /** One agreement serves all connections: a later one would put it out of use. */
  async #agree(signal: AbortSignal): Promise<Agreed> {
    try {
      const port = await findPort(this.#options, signal);
      return { port, key: await agreeOnKey(this.#options, port, this.#options.account, signal) };
    } catch (error) {
      this.#agreed = null;
      throw error;
    }
  }

  #forget(): void {
    this.#agreed = null;
    for (const binding of this.#idle.splice(0)) void binding.rpc.close();
  }

  #failed(failure: ChannelFailure, begun: number): ChannelFailure {
    // Others were answered meanwhile: it is this question that was too hard, as in a trusted domain far away.
    if (this.#lastVerdict !== null && this.#lastVerdict > begun) return failure;
    this.#failure = failure;
    // Its port may be another one by now, and its memory empty.
    this.#forget();
    this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
    this.#nextTry = this.#clock.now() + this.#pauseMs;
    return failure;
  }

  /**
   * The names of these SIDs, in their order, asked for on a connection of its own. @throws ChannelFailure
   */
  async namesOf(sids: readonly string[]): Promise<readonly (NamedSid | null)[]> {
    const { host, account, timeoutMs } = this.#options;
    const limit = new AbortController();
    const timer = this.#clock.after(timeoutMs, () => limit.abort(tooSlow(host, timeoutMs)));
    try {
      this.#agreed ??= this.#agree(limit.signal);
      const { key } = await this.#agreed;
      const port = await findPort(this.#options, limit.signal, lsarpc);
      const { rpc } = await bindChannel(this.#options, port, account, key, limit.signal, lsarpc);
      const reply = decodeLookupReply(
        await rpc.call(lookupSidsCall, encodeLookupRequest(sids), limit.signal),
      );
      await rpc.close();
      if (reply.status !== 0 && reply.status !== someNotMapped && reply.status !== noneMapped)
        throw namesRefused(host, reply.status);
      return reply.names;
    } catch (error) {
      throw channelFailure(host, error);
    } finally {
      timer.cancel();
    }
  }

  /** Ends all connections; questions on their way are answered first. */
  close(): void {
    this.#isClosed = true;
    this.#forget();
  }
}
