import type { Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import type { SeenCertificate } from '../network/tls.ts';
import { type StrategyName, strategies } from '../wire/auth.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import { DecodeError } from '../wire/element.ts';
import {
  encodeGroupFilter,
  encodeHello,
  encodeKeepalive,
  encodeSendAll,
  type Hello,
  type Message,
} from '../wire/messages.ts';
import { attributeValues, firstSync, names, timers } from '../wire/profile.ts';
import type { Handshake, LinkState } from './changes.ts';
import {
  defaultLimits,
  type LinkEvents,
  type LinkLimits,
  type LinkOptions,
  serverName,
} from './link-options.ts';
import { connectFault, type Fault, problemOf, refusalFault, tlsFault } from './problems.ts';
import { SequenceWatch } from './sequence.ts';
import { SilenceWatch } from './silence-watch.ts';
import { Stages } from './stages.ts';
import { strangerFault, wordsShown } from './stranger.ts';
import { connectSocket, type Transport } from './transport.ts';

export {
  type CollectorAddress,
  type LinkEvents,
  type LinkLimits,
  type LinkOptions,
  serverName,
} from './link-options.ts';

/**
 * One attempt at one collector, from the connection to its end (docs/protocol/fsso.md, State machines). It answers the
 * challenge, sends keepalives and watches those of the collector; what the logons mean is the connector's business.
 */
export class Link {
  readonly server: string;
  readonly #options: LinkOptions;
  readonly #limits: LinkLimits;
  readonly #events: LinkEvents;
  readonly #decoder = new MessageDecoder('collector');
  readonly #sequence = new SequenceWatch();
  readonly #stages: Stages;
  readonly #strategy: StrategyName;
  #state: LinkState = 'idle';
  #since: number;
  #sync: number = firstSync.fortigate;
  #version: string | null = null;
  #lastHeard: number | null = null;
  #problem: Problem | null = null;
  #hello: Hello | null = null;
  #certificate: SeenCertificate | null = null;
  #verdict: number | 'implicit' | null = null;
  #hasAsked = false;
  #firstBytes = Buffer.alloc(0);
  #transport: Transport | null = null;
  #step: Timer | null = null;
  /** Fails the step under way for having taken so many seconds. */
  #overdue: ((seconds: number) => void) | null = null;
  #keepalive: Timer | null = null;
  readonly #silence: SilenceWatch;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#events = events;
    this.server = serverName(options.host, options.port);
    const { tls, purpose, groupFilter, password, strategy } = options;
    this.#strategy = password === null ? 'none' : strategy;
    this.#stages = new Stages(options.clock, [
      ...(tls ? [] : (['TLS'] as const)),
      ...(groupFilter ? [] : (['group filter'] as const)),
      ...(purpose === 'probe' ? (['authentication', 'group filter', 'first bulk'] as const) : []),
    ]);
    this.#since = options.clock.now();
    this.#silence = new SilenceWatch(
      options.clock,
      timers.collectorSilence,
      () => this.#lastHeard ?? this.#since,
      () => this.#fail('lost', 'silent', null, String(timers.collectorSilence / 1000)),
    );
  }

  get state(): LinkState {
    return this.#state;
  }
  /** When the state began, milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }
  /** Banner of the collector's hello, as received. */
  get version(): string | null {
    return this.#version;
  }
  /** When the last byte came, milliseconds since the epoch. */
  get lastHeard(): number | null {
    return this.#lastHeard;
  }
  /** Sequence numbers missed. */
  get gaps(): number {
    return this.#sequence.missed;
  }
  /** Messages and attributes that were not understood. */
  get unknown(): number {
    return this.#decoder.unknown + this.#decoder.tally.unknownAttributes;
  }
  get problem(): Problem | null {
    return this.#problem;
  }
  /** How the way to the collector went, as far as it went. */
  get handshake(): Handshake {
    const hello = this.#hello;
    return {
      stages: this.#stages.all,
      certificate: this.#certificate,
      collectorIdentity: hello?.identity ?? null,
      challengeLength: hello?.proof.length ?? null,
      // Zeros are the sign of a collector that asks for no password (docs/protocol/fsso.md, Authentication).
      challengeIsEmpty: hello === null ? null : hello.proof.every((octet) => octet === 0),
      strategy: this.#strategy,
      identity: this.#options.identity,
      verdict: this.#verdict,
    };
  }
  /** SEND_ALL went out already, behind the hello. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  /** Begins; called once. Failures arrive as `ended`. */
  open(): void {
    const { host, port, source, tls, purpose, connect = connectSocket } = this.#options;
    this.#stages.begin('TCP');
    this.#enter('connecting');
    this.#limit(this.#limits.connect, 'failed', 'connect-timeout');
    try {
      this.#transport = connect(
        {
          host,
          port,
          ...(purpose ? { purpose } : {}),
          ...(source ? { source } : {}),
          ...(tls ? { tls } : {}),
        },
        {
          opened: () => this.#opened(),
          certificate: (seen) => {
            this.#certificate = seen;
          },
          secured: () => this.#awaitHello(),
          received: (bytes) => this.#received(bytes),
          closed: (error) => this.#closed(error),
        },
      );
    } catch (error) {
      this.#closed(error as NodeJS.ErrnoException);
    }
  }

  /** Asks for all logons (SEND_ALL). Only while online. */
  requestLogons(): void {
    this.#transport?.write(encodeSendAll(this.#nextSync()));
    this.#hasAsked = true;
  }

  /** The connector has the first list whole, or has given up waiting for it. */
  firstBulk(cameWhole: boolean): void {
    if (cameWhole) this.#stages.done();
    else this.#stages.stop();
  }

  /** Fails the step under way as if its limit had passed, `seconds` being how long it was given. */
  giveUp(seconds: number): void {
    if (this.#isOver()) return;
    if (this.#state === 'online') void this.close();
    else this.#overdue?.(seconds);
  }

  /** Ends the link in good order: it goes to standby and tells nothing more. Resolves when the socket is gone. */
  async close(): Promise<void> {
    if (!this.#isOver()) this.#finish('standby', null);
    await this.#transport?.gone;
  }

  #isOver(): boolean {
    return !['idle', 'connecting', 'securing', 'waiting-hello', 'hello-sent', 'online'].includes(this.#state);
  }

  #opened(): void {
    if (!this.#options.tls) {
      this.#awaitHello();
      return;
    }
    this.#stages.begin('TLS');
    this.#enter('securing');
    this.#limit(this.#limits.connect, 'stalled', 'tls-missing');
  }

  #awaitHello(): void {
    this.#stages.begin('hello');
    this.#enter('waiting-hello');
    this.#limit(this.#limits.hello, 'stalled', 'hello-missing');
  }

  #received(bytes: Buffer): void {
    this.#lastHeard = this.#options.clock.now();
    if (this.#firstBytes.length < wordsShown)
      this.#firstBytes = Buffer.concat([this.#firstBytes, bytes.subarray(0, wordsShown)]);
    try {
      for (const message of this.#decoder.push(bytes)) {
        this.#take(message);
        if (this.#isOver()) return;
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#notUnderstood(error);
      return;
    }
    this.#events.changed(false);
  }

  #take(message: Message): void {
    this.#sequence.take(message);
    switch (message.kind) {
      case 'hello':
        if (this.#state === 'waiting-hello') this.#greeted(message);
        return;
      case 'auth-result':
        if (this.#state === 'waiting-hello') return;
        this.#verdict = message.status;
        if (message.status !== attributeValues.accepted) this.#refused(message.status);
        else if (this.#state === 'hello-sent') this.#goOnline(false);
        else this.#events.received(message);
        return;
      case 'bulk-start':
      case 'event':
      case 'keepalive':
        if (this.#state === 'hello-sent') this.#goOnline(true);
        break;
      default:
        break;
    }
    if (this.#state === 'online') this.#events.received(message);
  }

  #greeted(hello: Hello): void {
    this.#hello = hello;
    this.#version = hello.name === '' ? null : hello.name;
    if (this.#options.purpose !== 'probe') {
      this.#answer(hello.proof);
      return;
    }
    this.#stages.done();
    this.#finish('standby', null);
    this.#events.ended();
  }

  #answer(challenge: Buffer): void {
    const { password, identity, pipelined } = this.#options;
    const proof = strategies[this.#strategy](password ?? '', identity, challenge);
    const hello = { sync: this.#nextSync(), name: names.fortigateName, identity, proof };
    this.#stages.begin('authentication');
    const words = [encodeHello('fortigate', hello)];
    if (pipelined) {
      words.push(...this.#groupFilter(), encodeSendAll(this.#nextSync()));
      this.#hasAsked = true;
    }
    // One write, as the client does that was seen to do so (docs/protocol/fsso.md, Order of messages).
    this.#transport?.write(Buffer.concat(words));
    this.#enter('hello-sent');
    this.#limit(this.#limits.verdict, 'stalled', 'verdict-missing');
  }

  /** The message that asks for these groups only, if there is any to ask for. */
  #groupFilter(): Buffer[] {
    const { groupFilter } = this.#options;
    return groupFilter ? [encodeGroupFilter(this.#nextSync(), groupFilter)] : [];
  }

  #goOnline(implicit: boolean): void {
    if (implicit) this.#verdict = 'implicit';
    if (this.#options.groupFilter) this.#stages.begin('group filter');
    if (!this.#hasAsked) for (const filter of this.#groupFilter()) this.#transport?.write(filter);
    this.#stages.begin('first bulk');
    this.#enter('online');
    this.#step?.cancel();
    this.#silence.start();
    this.#keepalive = this.#options.clock.every(timers.fortigateKeepalive, () =>
      this.#transport?.write(encodeKeepalive(this.#nextSync())),
    );
    this.#events.online(implicit);
  }

  #refused(status: number): void {
    const { password, strategy } = this.#options;
    this.#fail('refused', refusalFault(password === null ? null : [...password].length, strategy), status);
  }

  #closed(error: NodeJS.ErrnoException | null): void {
    if (this.#isOver()) return;
    const code = error?.code ?? error?.name ?? null;
    if (this.#state === 'waiting-hello') this.#fail('failed', 'closed-before-hello', code);
    else if (this.#state === 'hello-sent') this.#fail('failed', 'closed-before-verdict', code);
    else if (this.#state === 'online') this.#fail('lost', code === null ? 'closed' : 'reset', code);
    else if (this.#state === 'securing') this.#fail('failed', tlsFault(code), code ?? 'closed');
    else this.#fail('failed', connectFault(code ?? 'closed', this.#options.source), code ?? 'closed');
  }

  #notUnderstood(error: DecodeError): void {
    const { fault, detail } =
      this.#state === 'waiting-hello'
        ? strangerFault(this.#firstBytes)
        : { fault: 'garbage' as const, detail: null };
    const state = this.#state === 'online' ? 'lost' : 'failed';
    this.#fail(state, fault, error.reason, detail ?? error.message);
  }

  #limit(ms: number, state: LinkState, fault: Fault): void {
    this.#overdue = (seconds) => this.#fail(state, fault, null, String(seconds));
    this.#step?.cancel();
    this.#step = this.#options.clock.after(ms, () => this.#overdue?.(ms / 1000));
  }

  #fail(state: LinkState, fault: Fault, code: number | string | null = null, detail = String(code)): void {
    const { host, port, source, tls, password, identity } = this.#options;
    const passwordLength = password === null ? null : [...password].length;
    const certificate = this.#certificate;
    const context = { host, port, source, hasTls: Boolean(tls), certificate, passwordLength, identity };
    this.#finish(state, problemOf(fault, context, code, detail));
    this.#events.ended();
  }

  #finish(state: LinkState, problem: Problem | null): void {
    this.#step?.cancel();
    this.#silence.stop();
    this.#keepalive?.cancel();
    this.#stages.stop();
    this.#state = state;
    this.#since = this.#options.clock.now();
    this.#problem = problem;
    this.#transport?.close();
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#since = this.#options.clock.now();
    this.#events.changed(true);
  }

  #nextSync(): number {
    this.#sync += 1;
    return this.#sync;
  }
}
