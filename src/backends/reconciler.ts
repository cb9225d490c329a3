import type { StoreChange } from '../state/changes.ts';
import type { Sink, Source } from './source.ts';

/** A source that a configuration asks for. */
export interface Wanted {
  /** `kind:name`, the same for as long as it is the same thing to a person. */
  readonly key: string;
  /** Everything that it was made from; another text means another source. */
  readonly settings: string;
  create(): Source;
}

/** What an `apply` did, by name of the configuration. */
export interface Reconciled {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Running {
  readonly settings: string;
  readonly source: Source;
  readonly rows: RowLedger;
}

/** The rows that one source has in the stores, so that they go with it. */
class RowLedger {
  readonly #rows = new Map<string, StoreChange>();

  note(change: StoreChange): void {
    if (change.op !== 'put' && change.op !== 'remove') return;
    const id = change.op === 'put' ? change.row.id : change.id;
    const key = `${change.table} ${id}`;
    if (change.op === 'remove') this.#rows.delete(key);
    else this.#rows.set(key, { table: change.table, op: 'remove', id } as StoreChange);
  }

  removals(): Iterable<StoreChange> {
    return this.#rows.values();
  }
}

/** Keeps the running sources what the configuration asks for: who is asked for as before runs on untouched. */
export class Reconciler implements Source {
  readonly name = 'configuration';
  readonly #running = new Map<string, Running>();
  #sink: Sink | null = null;
  #stopped = false;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #heard: (key: string, change: StoreChange) => void;

  /** `heard` is told of each change with the key of the source that it came from. */
  constructor(heard: (key: string, change: StoreChange) => void = () => {}) {
    this.#heard = heard;
  }

  /** Starts, replaces and stops sources until they are the wanted ones; one call after the other. */
  apply(wanted: readonly Wanted[]): Promise<Reconciled> {
    const done = this.#queue.then(() => this.#apply(wanted));
    this.#queue = done.catch(() => {});
    return done;
  }

  /** The sources of one kind, in the order in which they came. */
  of<Kind extends Source>(kind: string): Map<string, Kind> {
    const found = new Map<string, Kind>();
    for (const [key, { source }] of this.#running)
      if (key.startsWith(`${kind}:`)) found.set(nameOf(key), source as Kind);
    return found;
  }

  start(sink: Sink): void {
    this.#sink = sink;
    for (const [key, running] of this.#running) this.#begin(key, running, sink);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue;
    await Promise.all([...this.#running.values()].map(({ source }) => source.stop()));
  }

  async #apply(wanted: readonly Wanted[]): Promise<Reconciled> {
    const result = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
    const keys = new Map(wanted.map((each) => [each.key, each]));
    if (this.#stopped) return result;
    for (const [key, running] of [...this.#running]) {
      const next = keys.get(key);
      if (next?.settings === running.settings) {
        running.source.kept?.();
        continue;
      }
      await running.source.stop();
      this.#running.delete(key);
      for (const removal of running.rows.removals()) {
        this.#heard(key, removal);
        this.#sink?.(removal);
      }
      (next ? result.changed : result.removed).push(nameOf(key));
      if (next) this.#add(next);
    }
    for (const [key, next] of keys) {
      if (this.#running.has(key)) continue;
      this.#add(next);
      result.added.push(nameOf(key));
    }
    return result;
  }

  #add({ key, settings, create }: Wanted): void {
    const running: Running = { settings, source: create(), rows: new RowLedger() };
    this.#running.set(key, running);
    if (this.#sink) this.#begin(key, running, this.#sink);
  }

  #begin(key: string, { source, rows }: Running, sink: Sink): void {
    source.start((change) => {
      rows.note(change);
      this.#heard(key, change);
      sink(change);
    });
  }
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}
