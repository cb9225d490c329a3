import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../clock.ts';
import type { FssoChange } from '../../fsso/gate/changes.ts';
import type { Logon } from '../../fsso/gate/logon-table.ts';
import { type HistoryQuestion, type HistoryRow, isoTime } from '../../logon-history.ts';
import { safeText } from '../../safe-text.ts';
import type { Sink, Source } from '../source.ts';
import { changeOf, type HistoryChange, putOf } from './changes.ts';
import type { FromThread, Reason, ToThread } from './messages.ts';

/** Where the history is, and what is kept of it. */
export interface HistorySettings {
  readonly path: string;
  readonly keepDays: number;
  readonly keepMegabytes: number;
}

export type HistoryAnswer =
  /** Null where nothing has been recorded yet. */
  { ok: true; rows: readonly HistoryRow[] | null } | { ok: false; reason: Reason };

/** What a connector's adapter tells the history. */
export interface HistoryTap {
  /** A connector begins; `logons` gives its table as it is at any time. */
  watch(connector: string, logons: () => Iterable<Logon>): void;
  note(connector: string, change: FssoChange): void;
  /** Nobody watches the connector any more. */
  left(connector: string): void;
}

/** All in milliseconds: how long changes wait for company, the sign of life, retention, and the next try after a failure. */
const gatherMs = 200;
const aliveMs = 10_000;
const trimMs = 60_000;
const retryMs = 30_000;
/**
 * Changes in one transaction; on their way to the disk at once, few enough that handing them over holds up no frame; and waiting
 * before the history is given up for now, which is more than one list of all logons has.
 */
const mostInBatch = 2_000;
const mostUnderWay = 6_000;
const mostWaiting = 500_000;
const dayMs = 86_400_000;
const megabyte = 1_048_576;

// Both stand beside this file: the source where the program runs from its sources, the other one in the bundle.
const threadFile = import.meta.url.endsWith('.ts') ? './thread.ts' : './history-thread.js';

/**
 * Records what connectors report, in a thread of its own. Whatever happens to the file, the dashboard goes on: a failure is one
 * line, it is tried again, and what lies between is told as not observed.
 */
export class HistoryRecorder implements Source, HistoryTap {
  readonly name = 'history';
  readonly #settings: HistorySettings;
  readonly #clock: Clock;
  readonly #watched = new Map<string, () => Iterable<Logon>>();
  readonly #questions = new Map<number, (answer: HistoryAnswer) => void>();
  readonly #timers: Timer[] = [];
  #sink: Sink = () => {};
  #thread: Worker | null = null;
  #state: 'idle' | 'opening' | 'recording' | 'failed' | 'stopped' = 'idle';
  #waiting: HistoryChange[] = [];
  #underWay = 0;
  #gather: Timer | null = null;
  #retry: Timer | null = null;
  /** Tables that are written anew after a gap, as far as they are not yet. */
  #catchingUp: Iterator<HistoryChange> | null = null;
  /** Since when nothing is recorded; null while all is. */
  #gapSince: number | null = null;
  #told: string | null = null;
  #asked = 0;
  #closed: (() => void) | null = null;

  constructor(settings: HistorySettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  start(sink: Sink): void {
    this.#sink = sink;
    this.#open();
    this.#timers.push(
      this.#clock.every(aliveMs, () => {
        if (this.#state === 'recording' && this.#underWay === 0)
          this.#send({ kind: 'write', changes: [], now: this.#clock.now() });
      }),
      this.#clock.every(trimMs, () => this.#trim(0)),
    );
  }

  watch(connector: string, logons: () => Iterable<Logon>): void {
    this.#watched.set(connector, logons);
  }

  note(connector: string, change: FssoChange): void {
    const found = changeOf(connector, change, this.#clock.now());
    if (found !== null) this.#add(found);
  }

  left(connector: string): void {
    this.#watched.delete(connector);
    this.#add({ kind: 'left', time: this.#clock.now(), connector });
  }

  /** Answers from the file, also while it cannot be written. Resolves whatever happens. */
  ask(question: HistoryQuestion): Promise<HistoryAnswer> {
    const { promise, resolve } = Promise.withResolvers<HistoryAnswer>();
    if (this.#state === 'stopped' || this.#state === 'idle') {
      resolve({ ok: false, reason: { code: 'stopped', text: 'the history is not open' } });
      return promise;
    }
    this.#flush();
    this.#asked += 1;
    this.#questions.set(this.#asked, resolve);
    const { path } = this.#settings;
    this.#send({ kind: 'ask', number: this.#asked, path, question, now: this.#clock.now() });
    return promise;
  }

  /** Writes what is waiting and closes the file. */
  async stop(): Promise<void> {
    if (this.#thread === null || this.#state === 'stopped') return;
    for (const timer of this.#timers) timer.cancel();
    this.#gather?.cancel();
    this.#retry?.cancel();
    // The thread does one thing after the other, so that these follow an opening that is still under way.
    if (this.#gapSince === null) this.#write(this.#waiting);
    this.#waiting = [];
    this.#state = 'stopped';
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    this.#send({ kind: 'close', now: this.#clock.now() });
    await promise;
    await this.#thread.terminate();
    this.#refuseQuestions('the history is closed');
  }

  #open(): void {
    if (this.#thread === null) {
      const thread = new Worker(new URL(threadFile, import.meta.url), {
        execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
      });
      this.#thread = thread;
      thread.on('message', (message: FromThread) => this.#take(message));
      thread.on('error', (error) => {
        this.#thread = null;
        this.#underWay = 0;
        this.#closed?.();
        this.#refuseQuestions(error.message);
        this.#failed({ code: 'thread', text: error.message });
      });
    }
    this.#state = 'opening';
    this.#send({ kind: 'open', path: this.#settings.path, now: this.#clock.now() });
  }

  #take(message: FromThread): void {
    switch (message.kind) {
      case 'opened':
        this.#opened();
        return;
      case 'written':
        this.#underWay -= message.count;
        this.#flush();
        return;
      case 'trimmed':
        if (!message.done) this.#trim(message.after);
        return;
      case 'answer':
        this.#answer(message.number, { ok: true, rows: message.rows });
        return;
      case 'no-answer':
        this.#answer(message.number, { ok: false, reason: message.reason });
        return;
      case 'failed':
        this.#failed(message.reason);
        return;
      case 'closed':
        this.#closed?.();
    }
  }

  #answer(number: number, answer: HistoryAnswer): void {
    this.#questions.get(number)?.(answer);
    this.#questions.delete(number);
  }

  #refuseQuestions(text: string): void {
    for (const number of [...this.#questions.keys()])
      this.#answer(number, { ok: false, reason: { code: 'stopped', text } });
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'recording';
    this.#underWay = 0;
    if (this.#gapSince !== null) {
      const since = isoTime(this.#gapSince);
      this.#say(
        'info',
        this.#told === 'busy'
          ? 'The other fabrictop has ended: this one records the history from now on'
          : `The history is recorded again; nothing was recorded from ${since} on until now`,
      );
      this.#told = null;
      this.#endGap();
    }
    this.#trim(0);
    this.#flush();
  }

  /** Nothing is recorded from here on, until the file can be written again. */
  #failed(reason: Reason): void {
    if (this.#state === 'stopped') return;
    this.#state = 'failed';
    this.#beginGap();
    const { path } = this.#settings;
    if (this.#told !== reason.code) {
      const busy = reason.code === 'busy';
      this.#say(
        busy ? 'warning' : 'error',
        busy
          ? 'The history is written by another fabrictop: this one shows it, and records when that one has ended'
          : `The history is not recorded: ${safeText(path)}: ${safeText(reason.text)}`,
      );
    }
    this.#told = reason.code;
    this.#retry?.cancel();
    this.#retry = this.#clock.after(retryMs, () => {
      if (this.#state === 'failed') this.#open();
    });
  }

  #add(change: HistoryChange): void {
    if (this.#gapSince !== null && this.#catchingUp === null) return;
    if (this.#state === 'stopped') return;
    if (this.#waiting.length >= mostWaiting) {
      this.#beginGap();
      this.#say('error', 'The history has a gap: the disk did not keep up with what collectors report');
      if (this.#state === 'recording') this.#endGap();
      return;
    }
    this.#waiting.push(change);
    if (this.#waiting.length >= mostInBatch) this.#flush();
    else
      this.#gather ??= this.#clock.after(gatherMs, () => {
        this.#gather = null;
        this.#flush();
      });
  }

  #beginGap(): void {
    this.#gapSince ??= this.#clock.now();
    this.#waiting = [];
    this.#catchingUp = null;
  }

  /** What was open at the start of the gap ends there, and the tables are written as they are now. */
  #endGap(): void {
    const end: HistoryChange = { kind: 'left', time: this.#gapSince ?? this.#clock.now(), connector: null };
    this.#catchingUp = this.#tables(end);
    this.#flush();
  }

  *#tables(first: HistoryChange): Generator<HistoryChange> {
    yield first;
    for (const [connector, logons] of this.#watched) {
      for (const logon of logons()) {
        const now = this.#clock.now();
        yield putOf(connector, logon, false, now);
        const { ip, session } = logon.record;
        if (logon.stale) yield { kind: 'unseen', time: now, connector, ip, session };
      }
    }
  }

  /** Sends what waits, as far as the thread keeps up. Tables go after what waits, so that they are never older than it. */
  #flush(): void {
    if (this.#state !== 'recording') return;
    while (this.#underWay < mostUnderWay && this.#waiting.length > 0)
      this.#write(this.#waiting.splice(0, mostInBatch));
    while (this.#underWay < mostUnderWay && this.#waiting.length === 0 && this.#catchingUp !== null) {
      const batch: HistoryChange[] = [];
      while (batch.length < mostInBatch) {
        const { done, value } = this.#catchingUp.next();
        if (done) {
          this.#catchingUp = null;
          this.#gapSince = null;
          break;
        }
        batch.push(value);
      }
      this.#write(batch);
    }
  }

  #write(changes: readonly HistoryChange[]): void {
    if (changes.length === 0) return;
    this.#underWay += changes.length;
    this.#send({ kind: 'write', changes, now: this.#clock.now() });
  }

  #trim(after: number): void {
    if (this.#state !== 'recording') return;
    const { keepDays, keepMegabytes } = this.#settings;
    const before = this.#clock.now() - keepDays * dayMs;
    this.#send({ kind: 'trim', retention: { before, bytes: keepMegabytes * megabyte }, after });
  }

  #send(message: ToThread): void {
    this.#thread?.postMessage(message);
  }

  #say(level: 'info' | 'warning' | 'error', text: string): void {
    this.#sink({ table: 'toasts', op: 'push', level, text });
  }
}
