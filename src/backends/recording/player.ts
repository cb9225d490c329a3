import type { Clock, Timer } from '../../clock.ts';
import { configSchema } from '../../config/schema.ts';
import type { LinkTraffic } from '../../fsso/gate/traffic.ts';
import { type Replay, type ReplayState, replaySpeeds } from '../../replay.ts';
import { safeText } from '../../safe-text.ts';
import { type Job, runInSlices, type Steps } from '../../slices.ts';
import type { StoreChange } from '../../state/changes.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { createFssoSource, type FssoSource } from '../fsso-connector.ts';
import type { Sink, Source } from '../source.ts';
import type { Entry } from './format.ts';
import type { Recording } from './reader.ts';
import { ReplayLinks } from './replay-links.ts';
import { SeekChanges } from './seek-changes.ts';

export interface PlayerOptions {
  readonly recording: Recording;
  /** The machine's own. */
  readonly clock: Clock;
  readonly traffic: LinkTraffic;
  readonly speed: number;
  /** Everything begins anew, from the start of the recording or from a place before the one that is wanted. */
  readonly rewound?: () => void;
}

/** How often time is moved on, in milliseconds. */
const tickMs = 50;
/** In place of a password that is not recorded: the peers of a replay accept whatever they accepted. */
const placeholder = 'not-recorded';

/**
 * Plays a recording: connectors as of a live dashboard, with their decoders, links and tables, on a clock of its own and over
 * connections that bring what was recorded (docs/recording.md, Replay). To go back, all of it is built again from the start.
 */
export class Player implements Source, Replay {
  readonly name = 'replay';
  readonly #options: PlayerOptions;
  readonly #listeners = new Set<() => void>();
  #state: ReplayState;
  #sink: Sink = () => {};
  #time: VirtualClock;
  #links: ReplayLinks;
  /** Numbers that each connector drew, and how many of them it has drawn again. */
  readonly #randoms = new Map<string, number[]>();
  #drawn = new Map<string, number>();
  #sources = new Map<string, FssoSource>();
  #next = 0;
  #tick: Timer | null = null;
  #lastTick = 0;
  #job: Job | null = null;
  #stepsLeft = 0;
  readonly #onTheWay = new SeekChanges();
  /** Counts up with each rewind, so that what an earlier run still says is not heard. */
  #run = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    const { header, ended, entries } = options.recording;
    for (const entry of entries) {
      if (entry.kind !== 'random') continue;
      const known = this.#randoms.get(entry.name);
      if (known) known.push(entry.value);
      else this.#randoms.set(entry.name, [entry.value]);
    }
    this.#time = new VirtualClock(header.began);
    this.#links = new ReplayLinks(this.#time);
    this.#state = {
      began: header.began,
      ended,
      speed: options.speed,
      paused: false,
      over: false,
      seeking: null,
    };
  }

  get state(): ReplayState {
    return this.#state;
  }
  get now(): number {
    return this.#time.now();
  }
  /** For whoever shows the replay: its time, and the machine's own timers. */
  get clock(): Clock {
    const { clock } = this.#options;
    return {
      now: () => this.now,
      after: (ms, action) => clock.after(ms, action),
      every: (ms, action) => clock.every(ms, action),
    };
  }
  /** Recorded connections that the replayed connectors did not ask for. */
  get missed(): number {
    return this.#links.missed;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(sink: Sink): void {
    this.#sink = sink;
    const { clock, recording } = this.#options;
    if (recording.problem !== null)
      sink({ table: 'toasts', op: 'push', level: 'warning', text: recording.problem });
    this.#lastTick = clock.now();
    this.#tick = clock.every(tickMs, () => this.#moveOn());
    this.#begin(this.#play(this.#time.now()));
  }

  async stop(): Promise<void> {
    this.#tick?.cancel();
    this.#job?.cancel();
    this.#job = null;
    this.#sink = () => {};
    await this.#leave();
  }

  toggle(): void {
    this.#set({ paused: !this.#state.paused });
  }

  step(): void {
    this.#set({ paused: true });
    if (this.#job !== null) {
      // As often as it was asked for, be it faster than what comes can be shown.
      this.#stepsLeft += 1;
      return;
    }
    const { entries } = this.#options.recording;
    const { ended, over } = this.#state;
    if (over) return;
    const place = entries.findIndex(({ kind }, index) => index >= this.#next && kind !== 'random');
    const entry = entries[place];
    this.#begin(entry ? this.#play(entry.at, place + 1 - this.#next) : this.#play(ended));
  }

  seek(at: number): void {
    const { began, ended } = this.#state;
    const target = Math.min(ended, Math.max(began, at));
    this.#job?.cancel();
    this.#job = null;
    this.#stepsLeft = 0;
    if (target < this.now) this.#rewind();
    this.#set({ seeking: target, over: false });
    this.#begin(this.#seek(target));
  }

  setSpeed(speed: number): void {
    this.#set({ speed: Math.min(replaySpeeds.fastest, Math.max(replaySpeeds.slowest, speed)) });
  }

  #set(changed: Partial<ReplayState>): void {
    this.#state = { ...this.#state, ...changed };
    for (const listener of this.#listeners) listener();
  }

  #moveOn(): void {
    const now = this.#options.clock.now();
    // A program that was suspended, or a clock that was set, does not make the replay jump.
    const passed = Math.min(10 * tickMs, Math.max(0, now - this.#lastTick));
    this.#lastTick = now;
    const { paused, speed, ended, over } = this.#state;
    if (paused || over || this.#job !== null) return;
    this.#begin(this.#play(Math.min(ended, this.now + passed * speed)));
  }

  #begin(steps: Steps): void {
    let isDone = false;
    const job = runInSlices(this.#options.clock, steps, {
      afterSlice: (done) => {
        isDone = done;
        if (!done) return;
        this.#job = null;
        const over = this.#next >= this.#options.recording.entries.length;
        if (this.#state.seeking !== null || over !== this.#state.over) this.#set({ seeking: null, over });
        if (this.#stepsLeft > 0) {
          this.#stepsLeft -= 1;
          this.step();
        }
      },
    });
    if (!isDone) this.#job = job;
  }

  *#seek(target: number): Steps {
    yield* this.#play(target);
    for (const change of this.#onTheWay.take()) {
      this.#sink(change);
      yield;
    }
  }

  /** Everything up to a moment, or so many entries of it. */
  *#play(to: number, entries = Number.POSITIVE_INFINITY): Steps {
    const all = this.#options.recording.entries;
    let left = entries;
    for (let entry = all[this.#next]; entry && entry.at <= to && left > 0; entry = all[this.#next]) {
      this.#time.advance(Math.max(0, entry.at - this.#time.now()));
      this.#next += 1;
      left -= 1;
      this.#apply(entry);
      yield;
    }
    this.#time.advance(Math.max(0, to - this.#time.now()));
  }

  #apply(entry: Entry): void {
    switch (entry.kind) {
      case 'connector':
        this.#connector(entry);
        return;
      case 'connector-gone':
        void this.#sources.get(entry.name)?.stop();
        this.#sources.delete(entry.name);
        return;
      case 'action':
        this.#act(entry);
        return;
      case 'change':
        this.#tell(entry.change);
        return;
      // Numbers are there before they are drawn.
      case 'random':
      case 'end':
        return;
      default:
        this.#links.take(entry);
    }
  }

  #act({ name, action, choice = {} }: Extract<Entry, { kind: 'action' }>): void {
    const source = this.#sources.get(name);
    if (action === 'clearLogons') void source?.clearLogons(choice);
    else source?.[action]();
  }

  #connector({ config, identity, passwords }: Extract<Entry, { kind: 'connector' }>): void {
    const parsed = configSchema.shape.fsso.safeParse([config]);
    const [entry] = parsed.success ? parsed.data : [];
    if (!entry) {
      const text = `the connector ${safeText(config.name)} of the recording is not understood, and left out`;
      this.#tell({ table: 'toasts', op: 'push', level: 'warning', text });
      return;
    }
    const { name } = entry;
    void this.#sources.get(name)?.stop();
    const run = this.#run;
    const source = createFssoSource(
      {
        config: entry,
        identity,
        passwords: entry.servers.map((_, index) => (passwords[index] === true ? placeholder : null)),
        ca: [],
      },
      this.#time,
      {
        watch: { traffic: this.#options.traffic, recorder: null },
        engine: {
          connect: this.#links.connect(name),
          random: () => this.#draw(name),
        },
      },
    );
    this.#sources.set(name, source);
    source.start((change) => {
      if (run === this.#run) this.#tell(change);
    });
  }

  /** The number that this connector drew then, so that its probes come when they came. */
  #draw(name: string): number {
    const drawn = this.#drawn.get(name) ?? 0;
    this.#drawn.set(name, drawn + 1);
    return this.#randoms.get(name)?.[drawn] ?? 0.5;
  }

  #tell(change: StoreChange): void {
    if (this.#state.seeking === null) this.#sink(change);
    else this.#onTheWay.add(change);
  }

  #rewind(): void {
    void this.#leave();
    this.#time = new VirtualClock(this.#options.recording.header.began);
    this.#links = new ReplayLinks(this.#time);
    this.#next = 0;
    this.#onTheWay.add({ table: 'all', op: 'clear' });
    this.#options.rewound?.();
    this.#sink({ table: 'all', op: 'clear' });
  }

  async #leave(): Promise<void> {
    this.#run += 1;
    const left = [...this.#sources.values()];
    this.#sources = new Map();
    this.#drawn = new Map();
    await Promise.all(left.map((source) => source.stop()));
  }
}
