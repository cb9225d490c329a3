import type { Clock } from '../../clock.ts';
import type { LinkReport } from '../../fsso/gate/changes.ts';
import type { Connection, LinkTraffic, OpenConnection, Passage } from '../../fsso/gate/traffic.ts';
import type { LogonRecord } from '../../fsso/wire/messages.ts';
import { runInSlices } from '../../slices.ts';
import type { LogonChoice } from '../../state/actions.ts';
import type { StoreChange } from '../../state/changes.ts';
import { version } from '../../version.ts';
import type { FssoSetup } from '../fsso-setup.ts';
import { RecordingFile } from './file.ts';
import { type Entry, formatVersion, type NewEntry } from './format.ts';
import { endingOf, preludeOf } from './prelude.ts';
import { Redaction } from './redaction.ts';

/** What a person asks of an FSSO connector. */
export type RecordedAction = Extract<Entry, { kind: 'action' }>['action'];

/** A connector that runs already, as it stands. */
export interface RunningConnector {
  readonly setup: FssoSetup;
  readonly links: readonly LinkReport[];
  readonly logons: Iterable<{ readonly server: string; readonly record: LogonRecord }>;
}

/** Numbers of attempts that were over before the recording began, above those of any that come. */
const firstOfPast = 2 ** 40;

export interface RecorderOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly traffic: LinkTraffic;
  /** Writes pseudonyms for users, domains, workstations and groups. */
  readonly redactNames: boolean;
  /** After which the recording ends; of lines before compression. */
  readonly mostMegabytes: number;
  /** Told once, when the recording ends by itself. */
  ended(reason: string): void;
}

/**
 * Writes what the adapters receive into a file (docs/recording.md): of FSSO the bytes of every link with what happened to its
 * connection, of all other adapters what they tell the stores. What we send is never written.
 */
export class Recorder {
  /** Entries written so far. */
  entries = 0;
  readonly #options: RecorderOptions;
  readonly #file: RecordingFile;
  readonly #redaction: Redaction | null;
  readonly #endListening: () => void;
  #last: number;
  /** Links of which the beginning is in the file. */
  readonly #begun = new Set<number>();
  /** Open links that wait for the end of a message, and what begins them then. */
  readonly #waiting = new Map<number, () => void>();
  /** What came meanwhile over links whose beginning is still being written. */
  readonly #behind = new Map<number, (() => void)[]>();
  #past = firstOfPast;
  /** Rows that changed while those of before are being written. */
  #changed: Set<string> | null = null;

  private constructor(options: RecorderOptions, file: RecordingFile, began: number) {
    this.#options = options;
    this.#file = file;
    this.#last = began;
    this.#redaction = options.redactNames ? new Redaction() : null;
    this.#endListening = options.traffic.listen((connection, passage) => this.#hear(connection, passage));
  }

  /**
   * Begins a recording, before the sources that it is to hear are started.
   * @throws RecordingError where the file is there already or cannot be made
   */
  static async begin(options: RecorderOptions): Promise<Recorder> {
    const { path, clock, redactNames, mostMegabytes, ended } = options;
    const began = clock.now();
    const header = {
      fabrictop: 'recording' as const,
      version: formatVersion,
      program: version,
      began,
      namesRedacted: redactNames,
    };
    const limits = { bytes: mostMegabytes * 1_048_576 };
    return new Recorder(options, await RecordingFile.create(path, header, clock, limits, ended), began);
  }

  /** Bytes of lines so far, before compression. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /**
   * What is there already when a recording begins in the middle: connectors, their open links with the logons that came over them,
   * and the rows of all other adapters.
   */
  amid(
    running: readonly RunningConnector[],
    open: readonly OpenConnection[],
    rows: Iterable<StoreChange>,
  ): void {
    for (const connector of running) this.#amid(connector, open);
    this.#changed = new Set();
    runInSlices(this.#options.clock, this.#tellRows(rows));
  }

  /** An FSSO connector starts. */
  started(setup: FssoSetup): void {
    this.#started(setup);
  }

  #started({ config, identity, passwords }: FssoSetup): void {
    const servers = config.servers.map(({ password: _, ...server }) => server);
    const groups = config['group-filter'];
    const named = groups && this.#redaction ? groups.map((group) => this.#redaction?.group(group)) : groups;
    this.#write({
      kind: 'connector',
      config: { ...config, servers, ...(named ? { 'group-filter': named } : {}) },
      identity,
      passwords: passwords.map((password) => password !== null),
    });
  }

  stopped(name: string): void {
    this.#write({ kind: 'connector-gone', name });
  }

  did(name: string, action: RecordedAction, choice?: LogonChoice): void {
    const named = choice && this.#redaction ? this.#redaction.choice(choice) : choice;
    this.#write({ kind: 'action', name, action, ...(named ? { choice: named } : {}) });
  }

  /** A number from 0 to 1 for this connector, which the replay draws again. */
  random(name: string): number {
    const value = Math.random();
    this.#write({ kind: 'random', name, value });
    return value;
  }

  /** What an adapter of another kind told the stores. */
  changed(source: string, change: StoreChange): void {
    this.#changed?.add(nameOf(change));
    this.#change(source, change);
  }

  #change(source: string, change: StoreChange): void {
    const kept = this.#redaction ? this.#redaction.change(change) : change;
    if (kept !== null) this.#write({ kind: 'change', source, change: kept });
  }

  /** Ends the recording; `reason` is written as its last line. */
  async close(reason: string): Promise<void> {
    this.#endListening();
    this.#write({ kind: 'end', reason });
    await this.#file.close();
  }

  #amid({ setup, links, logons }: RunningConnector, open: readonly OpenConnection[]): void {
    const { config } = setup;
    const { name } = config;
    // When the probes of the past were made is not known, so that those of a replay would come at other times than these.
    this.#started({ ...setup, config: { ...config, 'standby-probe-interval': 0 } });
    const active = links.find((link) => link.active);
    const current = open.find(
      ({ connection }) =>
        connection.connector === name &&
        connection.server === active?.server &&
        connection.purpose === 'login',
    );
    if (!active || !current) return;
    for (const link of links) {
      if (link.position >= active.position) continue;
      this.#past += 1;
      this.#write({ kind: 'begun', link: this.#past, name, server: link.server, purpose: 'login' });
      this.#write({ kind: 'closed', link: this.#past, code: endingOf(link), by: 'peer' });
    }
    this.#join(active, current, logons);
  }

  /** Begins the record of a link that is open, at the next end of a message. */
  #join(
    link: LinkReport,
    { connection, atBoundary }: OpenConnection,
    logons: RunningConnector['logons'],
  ): void {
    const { number, connector: name, server, purpose } = connection;
    const begin = (): void => {
      const records: LogonRecord[] = [];
      for (const logon of logons) if (logon.server === server) records.push(logon.record);
      const now = this.#options.traffic.open.find((each) => each.connection.number === number);
      this.#write({ kind: 'begun', link: number, name, server, purpose });
      this.#write({ kind: 'opened', link: number });
      const seen = link.handshake?.certificate;
      if (seen) {
        this.#write({ kind: 'certificate', link: number, seen });
        this.#write({ kind: 'secured', link: number });
      }
      this.#begun.add(number);
      this.#behind.set(number, []);
      const messages = preludeOf({ link, records, lastSync: now?.lastSync ?? null });
      runInSlices(this.#options.clock, this.#tell(number, messages));
    };
    if (atBoundary) begin();
    else this.#waiting.set(number, begin);
  }

  *#tell(link: number, messages: Iterable<Buffer>): Generator<void, void, void> {
    for (const bytes of messages) {
      this.#received(link, bytes);
      yield;
    }
    const behind = this.#behind.get(link) ?? [];
    this.#behind.delete(link);
    for (const write of behind) write();
  }

  *#tellRows(rows: Iterable<StoreChange>): Generator<void, void, void> {
    for (const row of rows) {
      // What came meanwhile is newer.
      if (this.#changed?.has(nameOf(row)) === false) this.#change('before', row);
      yield;
    }
    this.#changed = null;
  }

  #hear(connection: Connection, passage: Passage): void {
    const { number: link, connector: name, server, purpose } = connection;
    if (passage.what === 'begun') {
      this.#begun.add(link);
      this.#write({ kind: 'begun', link, name, server, purpose });
      return;
    }
    const begin = this.#waiting.get(link);
    if (begin && passage.what === 'received' && passage.fresh) {
      this.#waiting.delete(link);
      begin();
    }
    if (passage.what === 'closed') this.#waiting.delete(link);
    if (!this.#begun.has(link) || passage.what === 'sent') return;
    const behind = this.#behind.get(link);
    if (behind) {
      const kept = passage.what === 'received' ? { ...passage, bytes: Buffer.from(passage.bytes) } : passage;
      behind.push(() => this.#passed(link, kept));
    } else this.#passed(link, passage);
  }

  #passed(link: number, passage: Exclude<Passage, { what: 'begun' | 'sent' }>): void {
    switch (passage.what) {
      case 'certificate':
        this.#write({ kind: 'certificate', link, seen: passage.seen });
        return;
      case 'received':
        this.#received(link, passage.bytes);
        return;
      case 'closed':
        this.#begun.delete(link);
        this.#redaction?.closed(link);
        this.#write({ kind: 'closed', link, code: passage.code, by: passage.by });
        return;
      default:
        this.#write({ kind: passage.what, link });
    }
  }

  #received(link: number, received: Buffer): void {
    const bytes = this.#redaction?.received(link, received) ?? received;
    if (bytes.length > 0) this.#write({ kind: 'received', link, bytes });
  }

  #write(entry: NewEntry): void {
    // A clock that was set back must not turn the order of lines round.
    this.#last = Math.max(this.#last, this.#options.clock.now());
    this.entries += 1;
    this.#file.append({ ...entry, at: this.#last } as Entry);
  }
}

/** Which row a change is of; the same for no two rows. */
function nameOf(change: StoreChange): string {
  if (change.op === 'put') return `${change.table} ${change.row.id}`;
  return change.op === 'remove' ? `${change.table} ${change.id}` : '';
}
