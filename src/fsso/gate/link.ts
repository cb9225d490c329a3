import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { type StrategyName, strategies } from '../wire/auth.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import { DecodeError } from '../wire/element.ts';
import { encodeHello, encodeKeepalive, encodeSendAll, type Message } from '../wire/messages.ts';
import { attributeValues, firstSync, names, timers } from '../wire/profile.ts';
import type { LinkState } from './changes.ts';
import { connectFault, type Fault, problemOf, refusalFault } from './problems.ts';
import { SequenceWatch } from './sequence.ts';
import { type Connect, connectTcp, type Transport } from './transport.ts';

/** How long each step of a link may take, in milliseconds. */
export interface LinkLimits {
  readonly connect: number;
  readonly hello: number;
  readonly verdict: number;
}

/** One configured collector. */
export interface CollectorAddress {
  readonly host: string;
  readonly port: number;
  /** Null: the collector requires none. */
  readonly password: string | null;
}

export interface LinkOptions extends CollectorAddress {
  /** `SERIAL-VDOM`, presented to the collector and part of the response. */
  readonly identity: string;
  readonly strategy: StrategyName;
  /** Own address to connect from; absent lets the system choose. */
  readonly sourceIp?: string | undefined;
  readonly clock: Clock;
  readonly connect?: Connect | undefined;
  readonly limits?: LinkLimits | undefined;
}

/** What a link tells its connector. Nothing is told after `ended` or after `close` was called. */
export interface LinkEvents {
  /** State or counters changed. */
  changed(stateChanged: boolean): void;
  /** Logons may be asked for. `implicit`: the collector sent data without an authentication result. */
  online(implicit: boolean): void;
  /** A message while online. */
  received(message: Message): void;
  /** The link is over; its state and problem tell why. */
  ended(): void;
}

const defaultLimits: LinkLimits = {
  connect: timers.connectLimit,
  hello: timers.helloLimit,
  verdict: timers.verdictLimit,
};

/** Bytes of a peer's first words that a problem repeats, if they are text. */
const wordsShown = 24;

/** `host:port`, an IPv6 address in brackets. */
export function serverName(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

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
  #state: LinkState = 'idle';
  #since: number;
  #sync: number = firstSync.fortigate;
  #version: string | null = null;
  #lastHeard: number | null = null;
  #problem: Problem | null = null;
  #firstBytes = Buffer.alloc(0);
  #transport: Transport | null = null;
  #step: Timer | null = null;
  /** Fails the step under way for having taken so many seconds. */
  #overdue: ((seconds: number) => void) | null = null;
  #keepalive: Timer | null = null;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#events = events;
    this.server = serverName(options.host, options.port);
    this.#since = options.clock.now();
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
    return this.#decoder.unknown;
  }
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Begins; called once. Failures arrive as `ended`. */
  open(): void {
    const { host, port, sourceIp, connect = connectTcp } = this.#options;
    this.#enter('connecting');
    this.#limit(this.#limits.connect, 'failed', 'connect-timeout');
    try {
      this.#transport = connect(
        { host, port, ...(sourceIp === undefined ? {} : { sourceIp }) },
        {
          opened: () => this.#opened(),
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
    return !['idle', 'connecting', 'waiting-hello', 'hello-sent', 'online'].includes(this.#state);
  }

  #opened(): void {
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
        if (this.#state === 'waiting-hello') this.#answer(message.name, message.proof);
        return;
      case 'auth-result':
        if (this.#state === 'waiting-hello') return;
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

  #answer(version: string, challenge: Buffer): void {
    const { password, identity, strategy } = this.#options;
    this.#version = version === '' ? null : version;
    const proof = strategies[password === null ? 'none' : strategy](password ?? '', identity, challenge);
    const hello = { sync: this.#nextSync(), name: names.fortigateName, identity, proof };
    this.#transport?.write(encodeHello('fortigate', hello));
    this.#enter('hello-sent');
    this.#limit(this.#limits.verdict, 'stalled', 'verdict-missing');
  }

  #goOnline(implicit: boolean): void {
    this.#enter('online');
    this.#watchSilence(timers.collectorSilence);
    this.#keepalive = this.#options.clock.every(timers.fortigateKeepalive, () =>
      this.#transport?.write(encodeKeepalive(this.#nextSync())),
    );
    this.#events.online(implicit);
  }

  #watchSilence(ms: number): void {
    const { clock } = this.#options;
    this.#step?.cancel();
    this.#step = clock.after(ms, () => {
      // A program that was busy or suspended has bytes waiting: they are read before this second, immediate timer.
      this.#step = clock.after(0, () => {
        const left = (this.#lastHeard ?? this.#since) + timers.collectorSilence - clock.now();
        if (left > 0) this.#watchSilence(left);
        else this.#fail('lost', 'silent', null, String(timers.collectorSilence / 1000));
      });
    });
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
    else this.#fail('failed', connectFault(code ?? 'closed', this.#options.sourceIp), code ?? 'closed');
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
    const { host, port, sourceIp, password, identity } = this.#options;
    const passwordLength = password === null ? null : [...password].length;
    const context = { host, port, sourceIp, passwordLength, identity };
    this.#finish(state, problemOf(fault, context, code, detail));
    this.#events.ended();
  }

  #finish(state: LinkState, problem: Problem | null): void {
    this.#step?.cancel();
    this.#keepalive?.cancel();
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

/** What a peer is whose first bytes are no hello. `detail` repeats its words where they are text. */
function strangerFault(bytes: Buffer): { fault: Fault; detail: string | null } {
  // The type of a TLS alert or handshake record and the first half of its version.
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03)
    return { fault: 'tls-expected', detail: null };
  const words = bytes.subarray(0, wordsShown).toString('latin1').trim();
  if (!/^[\x20-\x7e\r\n]+$/.test(words)) return { fault: 'not-fsso', detail: null };
  return { fault: 'not-fsso', detail: `it begins with "${words.split(/[\r\n]/, 1)[0]}"` };
}
