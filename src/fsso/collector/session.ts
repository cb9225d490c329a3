import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Timer } from '../../clock.ts';
import { acceptsResponse } from '../wire/auth.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import { DecodeError } from '../wire/element.ts';
import {
  encodeAuthResult,
  encodeHello,
  encodeKeepalive,
  type Hello,
  type Message,
} from '../wire/messages.ts';
import { attributeValues, challengeBytes, names, timers } from '../wire/profile.ts';
import { plainAddress } from './allow-list.ts';
import type { Entry } from './entry.ts';
import type { EventBatch } from './event-batch.ts';
import { collectorEvent } from './events.ts';
import type { FilterClasses, Told } from './filter-classes.ts';
import { type GroupFilter, groupFilter, sameFilter } from './filters.ts';
import { drainLimit } from './limits.ts';
import { hostPort } from './listeners.ts';
import { Outbox } from './outbox.ts';
import { recordOf } from './records.ts';
import type { FortigateHealth, SessionContext } from './session-context.ts';

/** One connection of a FortiGate, from accepted to closed (docs/protocol/fsso.md, State machines). */
export class FortigateSession implements Told {
  readonly #socket: Socket;
  readonly #context: SessionContext;
  readonly #classes: FilterClasses;
  readonly #outbox: Outbox;
  readonly #decoder = new MessageDecoder('fortigate');
  readonly #password: string | null;
  readonly #challenge: Buffer;
  readonly #connectedAt: number;
  readonly #timers: Timer[] = [];
  readonly #closed: Promise<void>;
  readonly peer: string;
  #state: FortigateHealth['state'] = 'waiting-hello';
  #hello: Hello | null = null;
  #lastHeard: number;
  #lastSync = 0;
  #filter: GroupFilter | null = null;
  /** The FortiGate gave the filter; the configured one does not hold. */
  #isOwnFilter = false;
  #bulkWanted = false;
  #events = 0;
  #lastEvent: number | null = null;
  #bulks = 0;
  #why = 'the FortiGate closed the connection';

  /** @param classes tells of what passes its filter, from its acceptance on */
  constructor(socket: Socket, context: SessionContext, classes: FilterClasses) {
    this.#socket = socket;
    this.#context = context;
    this.#classes = classes;
    const { clock, report } = context;
    this.peer = socketPeer(socket);
    this.#connectedAt = clock.now();
    this.#lastHeard = this.#connectedAt;
    this.#outbox = new Outbox(socket, context.limits, {
      overflowed: () => this.#abort('the FortiGate does not read what it is sent'),
      beforeWrite: context.beforeWrite,
    });
    this.#closed = new Promise((done) => {
      socket.once('close', () => {
        this.#end();
        done();
      });
    });
    socket.setNoDelay(true);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = `the connection failed: ${error.code ?? error.message}`;
    });
    socket.on('data', (chunk) => this.#receive(chunk));
    report(collectorEvent({ msg: 'fortigate connected', peer: this.peer }));
    // Zeros announce that no password is asked for.
    this.#password = context.password();
    this.#challenge = this.#password === null ? Buffer.alloc(challengeBytes) : randomBytes(challengeBytes);
    const hello = { name: context.banner, identity: names.collectorIdentity, proof: this.#challenge };
    this.#outbox.send((sync) => encodeHello('collector', { sync, ...hello }));
    this.#timers.push(
      clock.after(timers.helloLimit, () => {
        if (this.#state === 'waiting-hello')
          this.#abort(`no hello within ${timers.helloLimit / 1000} s of the connection`);
      }),
      clock.every(timers.collectorKeepalive, () => this.#tick()),
    );
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  get health(): FortigateHealth {
    return {
      peer: this.peer,
      identity: this.#hello?.identity ?? null,
      name: this.#hello?.name ?? null,
      state: this.#state,
      connectedAt: this.#connectedAt,
      lastHeard: this.#lastHeard,
      filter: this.#filter && {
        source: this.#isOwnFilter ? 'fortigate' : 'configuration',
        groups: this.#filter.size,
      },
      lastEvent: this.#lastEvent,
      events: this.#events,
      bulks: this.#bulks,
      queuedBytes: this.#outbox.queuedBytes,
      unknown: this.#decoder.unknown,
    };
  }

  /** Tells the FortiGate of changes that its filter lets through. */
  take(batch: EventBatch): void {
    this.#events += batch.count;
    this.#lastEvent = this.#context.clock.now();
    this.#outbox.events(batch);
    const { trace } = this.#context;
    if (trace && this.#hello)
      for (const length of batch.frameLengths) trace.sent(this.#hello.identity, length);
  }

  /** The configuration changed: takes its filter, and closes where the FortiGate is not allowed any more. */
  reconfigured(): void {
    if (this.#state !== 'established' || this.#hello === null) return;
    const { identity } = this.#hello;
    const audience = this.#context.audience();
    if (!audience.allows(identity)) void this.finish('the configuration does not allow it any more');
    else if (!this.#isOwnFilter) this.#takeFilter(audience.filterOf(identity));
  }

  /** Closes behind what is queued; cut off after `drainLimit`. Resolves when the connection is gone. */
  async finish(why: string): Promise<void> {
    if (this.#state !== 'closing') {
      this.#classes.remove(this);
      this.#state = 'closing';
      this.#why = why;
      this.#timers.push(this.#context.clock.after(drainLimit, () => this.#socket.destroy()));
      // What still comes is read and thrown away: unread bytes would turn the close into a reset, and a reset can
      // take with it what the FortiGate has not read yet.
      this.#outbox.finish();
    }
    await this.#closed;
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'closing') return;
    this.#lastHeard = this.#context.clock.now();
    try {
      for (const message of this.#decoder.push(chunk)) {
        this.#take(message);
        if ((this.#state as FortigateHealth['state']) === 'closing') return;
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#abort(`it sent what is not this protocol: ${error.message}`);
    }
  }

  #take(message: Message): void {
    if (message.kind === 'unknown') {
      this.#context.report(
        collectorEvent({
          msg: 'message not understood',
          peer: this.peer,
          identity: this.#hello?.identity ?? '',
          code: message.code,
          bytes: message.length,
        }),
      );
      return;
    }
    if ('sync' in message) this.#follow(message.sync);
    if (message.kind === 'hello') {
      if (this.#state === 'waiting-hello') this.#authenticate(message);
    } else if (this.#state === 'waiting-hello') this.#abort(`it sent ${message.kind} before its hello`);
    else if (message.kind === 'send-all') this.#sendAll();
    else if (message.kind === 'group-filter') this.#setFilter(message.groups);
  }

  #follow(sync: number): void {
    const missed = sync - this.#lastSync - 1;
    this.#lastSync = sync;
    if (missed === 0 || !this.#hello) return;
    const { identity } = this.#hello;
    this.#context.report(
      collectorEvent({ msg: 'sequence numbers missed', peer: this.peer, identity, missed }),
    );
  }

  #authenticate(hello: Hello): void {
    const { strategies, audience, report } = this.#context;
    const password = this.#password;
    const { identity, name } = hello;
    this.#hello = hello;
    const strategy =
      password === null
        ? 'none'
        : acceptsResponse(strategies, password, identity, this.#challenge, hello.proof);
    const refused =
      strategy === null ? 'password' : audience().allows(identity) ? null : 'identity-not-allowed';
    const status = refused ? attributeValues.refused : attributeValues.accepted;
    this.#outbox.answer(encodeAuthResult(hello.sync, status));
    if (refused !== null) {
      report(collectorEvent({ msg: 'fortigate refused', peer: this.peer, identity, why: refused }));
      void this.finish(`refused: ${refused === 'password' ? 'wrong password' : 'identity not allowed'}`);
      return;
    }
    this.#state = 'established';
    this.#takeFilter(audience().filterOf(identity));
    report(
      collectorEvent({
        msg: 'fortigate accepted',
        peer: this.peer,
        identity,
        name,
        strategy: strategy ?? 'none',
      }),
    );
  }

  #sendAll(): void {
    if (this.#outbox.isSendingBulk) {
      this.#bulkWanted = true;
      return;
    }
    this.#bulkWanted = false;
    this.#bulks += 1;
    // What has happened up to now is told before the list that holds it.
    this.#classes.flush();
    this.#outbox.bulk(records(this.#context.entries(), this.#filter), (logons, frames) => {
      const identity = this.#hello?.identity ?? '';
      this.#context.report(
        collectorEvent({ msg: 'all logons sent', peer: this.peer, identity, logons, frames }),
      );
      if (this.#bulkWanted) this.#sendAll();
    });
  }

  /** A filter without groups takes the FortiGate's own one back, and the configured one holds again. */
  #setFilter(groups: readonly string[]): void {
    const identity = this.#hello?.identity ?? '';
    const own = groupFilter(groups);
    this.#isOwnFilter = own !== null;
    const changed = this.#takeFilter(own ?? this.#context.audience().filterOf(identity));
    this.#context.report(
      collectorEvent({
        msg: 'group filter received',
        peer: this.peer,
        identity,
        groups: groups.length,
        changed,
      }),
    );
  }

  /** True where the filter is another one than before; then everything is sent again. */
  #takeFilter(filter: GroupFilter | null): boolean {
    const changed = !sameFilter(this.#filter, filter);
    this.#filter = filter;
    this.#classes.put(this, filter);
    // The first filter comes before the first SEND_ALL, which will be answered by it; then there is nothing to correct.
    if (changed && this.#bulks > 0) this.#sendAll();
    return changed;
  }

  #tick(): void {
    const silence = this.#context.clock.now() - this.#lastHeard;
    if (this.#state !== 'established') return;
    if (silence >= timers.fortigateSilence)
      this.#abort(`nothing heard for ${timers.fortigateSilence / 1000} s`);
    // The frames of a bulk say as much, and a keepalive among them would end it.
    else if (!this.#outbox.isSendingBulk) this.#outbox.send(encodeKeepalive);
  }

  #abort(why: string): void {
    this.#classes.forget(this);
    this.#state = 'closing';
    this.#why = why;
    this.#outbox.stop();
    this.#socket.destroy();
  }

  #end(): void {
    this.#classes.forget(this);
    this.#state = 'closing';
    this.#outbox.stop();
    for (const timer of this.#timers) timer.cancel();
    this.#context.report(
      collectorEvent({
        msg: 'fortigate closed',
        peer: this.peer,
        identity: this.#hello?.identity ?? null,
        why: this.#why,
        events: this.#events,
        bulks: this.#bulks,
      }),
    );
  }
}

/** `address:port` of the other side. */
export function socketPeer(socket: Socket): string {
  const address = plainAddress(socket.remoteAddress ?? 'unknown');
  return hostPort({ address, port: socket.remotePort ?? 0 });
}

function* records(entries: readonly Entry[], filter: GroupFilter | null) {
  for (const entry of entries)
    if (filter === null || filter.matches(entry.groups)) yield recordOf(entry, true, filter);
}
