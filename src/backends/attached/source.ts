import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Clock, Timer } from '../../clock.ts';
import type { CollectorEvent } from '../../fsso/collector/events.ts';
import type { ActionResult } from '../../state/actions.ts';
import type { ComponentRow, ControllerRow, EntryRow, EventLevel } from '../../state/changes.ts';
import { readStreamLine, type StatusDocument, type StreamLine } from '../collector-control/protocol.ts';
import { collectorLine } from '../collector-lines.ts';
import { parseLine, readLines } from '../control/lines.ts';
import type { Sink, Source } from '../source.ts';
import { brokenOff, CallFailure, call, notUnderstood, openCall } from './call.ts';
import { controllerRows } from './controllers.ts';
import { HeldEntries } from './held-entries.ts';
import { componentRow, componentRows, entryId, entryRow, peerOf } from './rows.ts';
import { type EventIds, eventIdsOf } from './seen-by.ts';

/** A running collector whose control socket is followed. */
export interface AttachedCollector extends Source {
  /** Its last status; null while it is away. */
  readonly status: StatusDocument | null;
  /** Every entry is known; false while it is away, and while they come. */
  readonly complete: boolean;
  /** An entry by the id of its row. */
  entry(id: string): EntryRow | undefined;
  /** The `address:port` of a connected FortiGate by the id of its row; null where there is none. */
  peer(id: string): string | null;
  /** Tries it again now, where it is away. */
  refresh(): Promise<ActionResult>;
  /** Asks for something that changes the collector, which it refuses unless it runs with `--write`. `done` gets of how many it was done. */
  order(path: string, body: object, done: (count: number) => string): Promise<ActionResult>;
}

/** Where a control socket is, and what the collector behind it is called here. */
export interface AttachedTarget {
  readonly name: string;
  /** Absolute path. */
  readonly socket: string;
}

/** Milliseconds: the first and the longest wait before a collector that is away is tried again, and the longest silence. */
const firstWait = 1_000;
const longestWait = 30_000;
const longestSilence = 15_000;
/** Octets of one line; a status names every agent. */
const longestLine = 16 * 1024 * 1024;

const deed = z.object({ done: z.int().min(0) });

/** Follows a collector over its control socket: its entries, what it is made of, and what happens (docs/control.md). */
export function createAttachedSource({ name, socket }: AttachedTarget, clock: Clock): AttachedCollector {
  let sink: Sink = () => {};
  let status: StatusDocument | null = null;
  let eventIds: EventIds = new Map();
  let components = new Map<string, ComponentRow>();
  let controllers = new Map<string, ControllerRow>();
  let entries = new HeldEntries(clock, sink);
  let stream: IncomingMessage | null = null;
  let wait = firstWait;
  let again: Timer | null = null;
  let silence: Timer | null = null;
  let lastHeard = 0;
  let failure: CallFailure | null = null;
  let isStopped = false;

  const event = (level: EventLevel, text: string) =>
    sink({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level, source: name, logId: null, text },
    });

  function show(rows: readonly ComponentRow[]): void {
    const next = new Map(rows.map((row) => [row.id, row]));
    for (const id of components.keys()) if (!next.has(id)) sink({ table: 'components', op: 'remove', id });
    for (const row of rows) sink({ table: 'components', op: 'put', row });
    components = next;
  }

  function showControllers(rows: readonly ControllerRow[]): void {
    const next = new Map(rows.map((row) => [row.id, row]));
    for (const id of controllers.keys()) if (!next.has(id)) sink({ table: 'controllers', op: 'remove', id });
    for (const row of rows) sink({ table: 'controllers', op: 'put', row });
    controllers = next;
  }

  function forget(): void {
    status = null;
    showControllers([]);
    entries.forget();
  }

  async function connect(): Promise<void> {
    again?.cancel();
    again = null;
    show([
      componentRow(name, {
        kind: 'collector',
        name,
        state: 'connecting',
        facts: [],
        problem: failure?.problem ?? null,
      }),
    ]);
    try {
      const opened = await openCall({ socket, path: '/watch' }, clock);
      if (isStopped) opened.destroy();
      else follow(opened);
    } catch (error) {
      lose(error instanceof CallFailure ? error : notUnderstood());
    }
  }

  function follow(opened: IncomingMessage): void {
    stream = opened;
    lastHeard = clock.now();
    watchSilence(opened);
    opened.on('error', () => {});
    opened.on('close', () => {
      if (stream === opened) lose(brokenOff(socket));
    });
    readLines(
      opened,
      (line) => {
        if (stream !== opened) return;
        lastHeard = clock.now();
        const understood = readStreamLine(parseLine(line));
        if (understood) take(understood);
        else lose(notUnderstood());
      },
      { longest: longestLine, givesWay: true },
    );
  }

  /** One timer for all lines: thousands of them come in a second. */
  function watchSilence(opened: IncomingMessage): void {
    silence?.cancel();
    const left = lastHeard + longestSilence - clock.now();
    if (left <= 0) opened.destroy();
    else silence = clock.after(left, () => watchSilence(opened));
  }

  function take(line: StreamLine): void {
    switch (line.kind) {
      case 'status':
        if (status === null) event('notice', `attached to the collector, process ${line.status.health.pid}`);
        status = line.status;
        eventIds = eventIdsOf(status);
        failure = null;
        wait = firstWait;
        show(componentRows(name, status));
        showControllers(controllerRows(name, status));
        return;
      case 'logons':
        for (const logon of line.logons) entries.put(entryRow(name, logon, eventIds));
        return;
      case 'logoff':
        entries.remove(entryId(name, line.ip, line.session));
        return;
      case 'complete':
        entries.allCame();
        return;
      case 'event': {
        const { kind: _, time, ...told } = line;
        // Whatever else an event has is taken as text.
        const row = collectorLine(told as unknown as CollectorEvent, Date.parse(time));
        if (row) sink({ table: 'events', op: 'append', row: { ...row, source: name } });
        return;
      }
      case 'lost':
        event('warning', `${line.events} lines of the collector's log were not read in time`);
        return;
      case 'overflow':
        // What was missed comes with the next connection.
        lose(brokenOff(socket), true);
    }
  }

  function lose(why: CallFailure, atOnce = false): void {
    if (isStopped) return;
    silence?.cancel();
    const lost = stream;
    stream = null;
    lost?.destroy();
    if (!atOnce && failure?.message !== why.message)
      event('warning', `the collector is away: ${why.message}`);
    failure = why;
    forget();
    const pause = atOnce ? 0 : wait;
    wait = Math.min(longestWait, wait * 2);
    show([
      componentRow(name, {
        kind: 'collector',
        name,
        state: 'away',
        facts: [],
        problem: why.problem,
        nextTryAt: clock.now() + pause,
      }),
    ]);
    again = clock.after(pause, () => void connect());
  }

  return {
    name,
    get status() {
      return status;
    },
    get complete() {
      return entries.complete;
    },
    entry: (id) => entries.get(id),
    peer: (id) => (status === null ? null : peerOf(name, status, id)),
    start(given) {
      sink = given;
      entries = new HeldEntries(clock, given);
      void connect();
    },
    async stop() {
      isStopped = true;
      again?.cancel();
      silence?.cancel();
      entries.stop();
      const last = stream;
      stream = null;
      last?.destroy();
      sink = () => {};
    },
    async refresh() {
      if (stream !== null) return { ok: true, message: `${name} is attached: what it tells is live` };
      if (again !== null) await connect();
      return stream !== null
        ? { ok: true, message: `${name} is attached again` }
        : { ok: false, problem: (failure ?? brokenOff(socket)).problem };
    },
    async order(path, body, done) {
      try {
        const answer = await call({ socket, path, method: 'POST', body: JSON.stringify(body) }, clock);
        return { ok: true, message: done(deed.safeParse(answer).data?.done ?? 0) };
      } catch (error) {
        if (error instanceof CallFailure) return { ok: false, problem: error.problem };
        throw error;
      }
    },
  };
}
