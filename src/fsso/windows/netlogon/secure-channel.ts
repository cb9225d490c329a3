import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import { untilAborted } from '../../../until-aborted.ts';
import type { RpcInterface } from '../../rpc/client.ts';
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
  netlogon,
  netlogonCalls,
  type SamLogonReply,
} from '../../rpc/interfaces/netlogon.ts';
import {
  type ChannelFailure,
  channelClosed,
  channelFailure,
  namesRefused,
  tooSlow,
} from './channel-failure.ts';
import {
  agreeOnKey,
  bindChannel,
  type ChannelBinding,
  type ChannelTarget,
  computerName,
  findPort,
  type MachineAccount,
} from './open-channel.ts';
import { Places } from './places.ts';

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

/** A port, and the key that was agreed on there. */
interface Agreed {
  readonly port: number;
  readonly key: Buffer;
}

interface Bound extends ChannelBinding {
  /** Whose key seals it. */
  readonly agreement: Promise<Agreed>;
  /** Since when nobody uses it. */
  idleSince: number;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A connection that was quiet for longer may be known to nobody on the way any more, and a question on it be lost. */
const longestIdleMs = 60_000;

/**
 * One domain controller's secure channel (docs/protocol/windows.md, Secure channel): made when the first question comes, and made
 * anew when it is lost. A question is never asked twice where the domain controller may have heard it: a wrong password counts.
 */
export class SecureChannel {
  readonly #options: SecureChannelOptions;
  readonly #clock: Clock;
  readonly #idle: Bound[] = [];
  readonly #places: Places;
  readonly #limits = new Set<AbortController>();
  #agreement: Promise<Agreed> | null = null;
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
    this.#places = new Places(options.parallel);
  }

  get health(): ChannelHealth {
    return {
      host: this.#options.host,
      domain: this.#options.account.domain,
      connections: this.#idle.filter(({ pipe }) => !pipe.isOver).length + this.#places.taken,
      waiting: this.#places.waiting,
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
    this.#notWhileResting();
    const begun = this.#clock.now();
    return this.#limited((signal) =>
      this.#places.take(signal, async () => {
        // Who was before may have found that nobody answers.
        this.#notWhileResting();
        const asked = this.#clock.now();
        try {
          const reply = await this.#ask(logon, signal);
          this.#answered(begun);
          return reply;
        } catch (error) {
          throw this.#failed(channelFailure(this.#options.host, error), asked);
        }
      }),
    );
  }

  /** The names of these SIDs, in their order, asked for on a connection of its own. @throws ChannelFailure */
  async namesOf(sids: readonly string[]): Promise<readonly (NamedSid | null)[]> {
    const { host } = this.#options;
    const request = encodeLookupRequest(sids);
    try {
      const reply = await this.#limited((signal) =>
        this.#withFreshKey(signal, async () => {
          const bound = await this.#bind(signal, lsarpc);
          try {
            return decodeLookupReply(await this.#call(bound, lookupSidsCall, request, signal));
          } finally {
            await bound.rpc.close();
          }
        }),
      );
      if (reply.status !== 0 && reply.status !== someNotMapped && reply.status !== noneMapped)
        throw namesRefused(host, reply.status);
      return reply.names;
    } catch (error) {
      throw channelFailure(host, error);
    }
  }

  /** Ends all connections; whoever waits for an answer is told so. */
  close(): void {
    this.#isClosed = true;
    this.#forget(this.#agreement);
    for (const limit of [...this.#limits]) limit.abort(channelClosed(this.#options.host));
  }

  #ask(logon: NetworkLogon, signal: AbortSignal): Promise<SamLogonReply> {
    const request = encodeSamLogonRequest(computerName(this.#options.account), logon);
    return this.#withFreshKey(signal, async () => {
      const bound = this.#kept() ?? (await this.#bind(signal));
      try {
        const reply = decodeSamLogonReply(await this.#call(bound, netlogonCalls.samLogonEx, request, signal));
        this.#keep(bound);
        return reply;
      } catch (error) {
        await bound.rpc.close();
        throw channelFailure(this.#options.host, error).asked();
      }
    });
  }

  /** Once more where the domain controller has told that it did not take the key: then it has not looked at the question either. */
  async #withFreshKey<Reply>(signal: AbortSignal, ask: () => Promise<Reply>): Promise<Reply> {
    try {
      return await ask();
    } catch (error) {
      if (channelFailure(this.#options.host, error).part !== 'key' || signal.aborted) throw error;
      return ask();
    }
  }

  async #call(bound: Bound, opnum: number, request: Buffer, signal: AbortSignal): Promise<Buffer> {
    try {
      return await bound.rpc.call(opnum, request, signal);
    } catch (error) {
      if (channelFailure(this.#options.host, error).part === 'key') this.#forget(bound.agreement);
      throw error;
    }
  }

  /** Ends what is asked within `timeoutMs`, and when the channel is closed. */
  async #limited<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { host, timeoutMs } = this.#options;
    if (this.#isClosed) throw channelClosed(host);
    const limit = new AbortController();
    this.#limits.add(limit);
    const timer = this.#clock.after(timeoutMs, () => limit.abort(tooSlow(host, timeoutMs)));
    try {
      return await work(limit.signal);
    } finally {
      timer.cancel();
      this.#limits.delete(limit);
    }
  }

  #kept(): Bound | null {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      const isFresh = this.#clock.now() - kept.idleSince <= longestIdleMs;
      if (isFresh && !kept.pipe.isOver && kept.rpc.isOpen) return kept;
      void kept.rpc.close();
    }
    return null;
  }

  #keep(bound: Bound): void {
    bound.idleSince = this.#clock.now();
    // Another key is agreed on by now: with this one nothing would be answered.
    if (bound.agreement !== this.#agreement) void bound.rpc.close();
    else this.#idle.push(bound);
  }

  async #bind(signal: AbortSignal, wanted: RpcInterface = netlogon): Promise<Bound> {
    const agreement = this.#agreed();
    const { port, key } = await untilAborted(agreement, signal);
    const { account } = this.#options;
    try {
      const at = wanted === netlogon ? port : await findPort(this.#options, signal, wanted);
      const binding = await bindChannel(this.#options, at, account, key, signal, wanted);
      return { ...binding, agreement, idleSince: 0 };
    } catch (error) {
      if (channelFailure(this.#options.host, error).part === 'key') this.#forget(agreement);
      throw error;
    }
  }

  /** One agreement serves all connections, for a later one would put it out of use; it ends with no question's limit but its own. */
  #agreed(): Promise<Agreed> {
    if (this.#agreement !== null) return this.#agreement;
    const agreement = this.#limited(async (signal) => {
      const port = await findPort(this.#options, signal);
      return { port, key: await agreeOnKey(this.#options, port, this.#options.account, signal) };
    });
    this.#agreement = agreement;
    agreement.catch(() => this.#forget(agreement));
    return agreement;
  }

  /** Unless another one has taken its place already. */
  #forget(agreement: Promise<Agreed> | null): void {
    if (this.#agreement !== agreement) return;
    this.#agreement = null;
    for (const bound of this.#idle.splice(0)) void bound.rpc.close();
  }

  #notWhileResting(): void {
    if (this.isResting && this.#failure) throw this.#failure.notAsked();
  }

  #answered(begun: number): void {
    this.#verdicts += 1;
    this.#lastVerdict = this.#clock.now();
    this.#lastMs = this.#lastVerdict - begun;
    this.#failure = null;
    this.#nextTry = null;
    this.#pauseMs = 0;
  }

  #failed(failure: ChannelFailure, asked: number): ChannelFailure {
    // Others were answered meanwhile: it is this question that was too hard, as in a trusted domain far away.
    if (this.#isClosed || (this.#lastVerdict !== null && this.#lastVerdict > asked)) return failure;
    this.#failure = failure;
    // It answers, if only with a fault, and may answer the next question otherwise.
    if (failure.part === 'call' && failure.wasAsked) return failure;
    // Several questions fail of one and the same outage, which is counted once.
    if (this.#nextTry !== null && asked < this.#nextTry) return failure;
    // Its port may be another one by now, and its memory empty.
    this.#forget(this.#agreement);
    this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
    this.#nextTry = this.#clock.now() + this.#pauseMs;
    return failure;
  }
}
