import type {
  CaRow,
  CollectorRow,
  ComponentRow,
  ConnectorRow,
  NewEvent,
  StoreChange,
} from '../../state/changes.ts';
import { RateBand } from './rate-band.ts';

const minute = 60_000;

/** Logons of one connector by the minute. */
export interface RateWatch {
  readonly band: RateBand;
  /** Of the last whole minute in which the connector was linked throughout; null before there was one. */
  last: number | null;
}

interface Counting extends RateWatch {
  count: number;
  minuteBegan: number;
  linkedThroughout: boolean;
}

/** An overwrite that was seen: who took whose place. */
export interface Overwrite {
  readonly connector: string;
  readonly user: string;
  readonly replaced: string;
  readonly ip: string;
}

/** What one rule looks at: everything, or what concerns one connector. */
export interface Facts {
  readonly collectors: readonly CollectorRow[];
  readonly connectors: readonly ConnectorRow[];
  /** Installed CAs; they concern no connector by itself. */
  readonly cas: readonly CaRow[];
  /** Agents and domain controllers of collectors that we can look into. */
  readonly reporters: readonly ComponentRow[];
  /** Names of the FSSO connectors. */
  readonly fssoConnectors: readonly string[];
  readonly rates: readonly (readonly [connector: string, rate: RateWatch])[];
  /** When the collector last brought an event, or its link came up, milliseconds since the epoch. */
  lastEvent(id: string): number | null;
  /** Is the connector linked to any collector? */
  isLinked(connector: string): boolean;
}

/** What the rules look at, kept from the changes that all sources report. Logons themselves are not kept. */
export class Picture {
  readonly #collectors = new Map<string, CollectorRow>();
  readonly #connectors = new Map<string, ConnectorRow>();
  readonly #cas = new Map<string, CaRow>();
  readonly #reporters = new Map<string, ComponentRow>();
  readonly #lastEvents = new Map<string, number>();
  readonly #rates = new Map<string, Counting>();
  readonly #factor: number;
  #overwrites: Overwrite[] = [];

  /** `factor` bounds what the bands learn from one minute. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  take(change: StoreChange, now: number): void {
    if (change.table === 'collectors') {
      if (change.op === 'put') this.#collector(change.row, now);
      else {
        this.#collectors.delete(change.id);
        this.#lastEvents.delete(change.id);
      }
    } else if (change.table === 'connectors') {
      if (change.op === 'put') this.#connectors.set(change.row.id, change.row);
      else this.#connectors.delete(change.id);
    } else if (change.table === 'cas') {
      if (change.op === 'put') this.#cas.set(change.row.id, change.row);
      else this.#cas.delete(change.id);
    } else if (change.table === 'components') {
      if (change.op === 'remove') this.#reporters.delete(change.id);
      else if (change.row.kind === 'agent' || change.row.kind === 'dc')
        this.#reporters.set(change.row.id, change.row);
    } else if (change.table === 'events') this.#event(change.row, now);
  }

  /** For a rule about one connector, or about all. */
  facts(only?: string): Facts {
    const concerns = (connector: string) => only === undefined || only === connector;
    const collectors = [...this.#collectors.values()].filter((row) => concerns(row.connector));
    return {
      collectors,
      connectors: [...this.#connectors.values()].filter((row) => concerns(row.name)),
      cas: only === undefined ? [...this.#cas.values()] : [],
      reporters: [...this.#reporters.values()].filter((row) => concerns(row.collector)),
      fssoConnectors: [...new Set(collectors.map((row) => row.connector))],
      rates: [...this.#rates].filter(([connector]) => concerns(connector)),
      lastEvent: (id) => this.#lastEvents.get(id) ?? null,
      isLinked: (connector) => this.#isLinked(connector),
    };
  }

  /** Ends the minutes that are over. To be called at least once a second. */
  tick(now: number): void {
    for (const connector of new Set([...this.#collectors.values()].map((row) => row.connector))) {
      const rate = this.#rate(connector, now);
      rate.linkedThroughout &&= this.#isLinked(connector);
      if (now - rate.minuteBegan < minute) continue;
      // A pause of the program is no minute that was watched.
      if (rate.linkedThroughout && now - rate.minuteBegan < 2 * minute) {
        rate.last = rate.count;
        rate.band.learn(rate.count, this.#factor);
      }
      rate.count = 0;
      rate.minuteBegan = now;
      rate.linkedThroughout = this.#isLinked(connector);
    }
  }

  /** Overwrites since the last call. */
  takeOverwrites(): Overwrite[] {
    const seen = this.#overwrites;
    this.#overwrites = [];
    return seen;
  }

  #isLinked(connector: string): boolean {
    for (const row of this.#collectors.values())
      if (row.connector === connector && row.active && row.state === 'online') return true;
    return false;
  }

  #collector(row: CollectorRow, now: number): void {
    const before = this.#collectors.get(row.id);
    if (before?.state !== row.state || before.events !== row.events || before.active !== row.active)
      this.#lastEvents.set(row.id, now);
    this.#collectors.set(row.id, row);
  }

  #event({ source, logId, replaced, fields }: NewEvent, now: number): void {
    if (logId !== 43014) return;
    this.#rate(source, now).count += 1;
    if (replaced === undefined || this.#overwrites.length >= mostOverwrites) return;
    const field = (name: string) => String(fields?.[name] ?? '');
    this.#overwrites.push({ connector: source, user: field('user'), replaced, ip: field('srcip') });
  }

  #rate(connector: string, now: number): Counting {
    let rate = this.#rates.get(connector);
    if (rate === undefined) {
      rate = { band: new RateBand(), last: null, count: 0, minuteBegan: now, linkedThroughout: false };
      this.#rates.set(connector, rate);
    }
    return rate;
  }
}

/** Overwrites kept between two looks. */
const mostOverwrites = 10_000;
