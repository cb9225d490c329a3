import type { Clock } from '../../clock.ts';
import type { LinkTraffic } from '../../fsso/gate/traffic.ts';
import type { LogonChoice } from '../../state/actions.ts';
import type { StoreChange } from '../../state/changes.ts';
import { version } from '../../version.ts';
import type { FssoSetup } from '../fsso-setup.ts';
import { RecordingFile } from './file.ts';
import { type Entry, formatVersion, type NewEntry } from './format.ts';
import { Redaction } from './redaction.ts';

/** What a person asks of an FSSO connector. */
export type RecordedAction = Extract<Entry, { kind: 'action' }>['action'];

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

  private constructor(options: RecorderOptions, file: RecordingFile, began: number) {
    this.#options = options;
    this.#file = file;
    this.#last = began;
    this.#redaction = options.redactNames ? new Redaction() : null;
    this.#endListening = options.traffic.listen((connection, passage) => {
      const { number: link, connector: name, server, purpose } = connection;
      switch (passage.what) {
        case 'begun':
          this.#write({ kind: 'begun', link, name, server, purpose });
          return;
        case 'certificate':
          this.#write({ kind: 'certificate', link, seen: passage.seen });
          return;
        case 'received': {
          const bytes = this.#redaction?.received(link, passage.bytes) ?? passage.bytes;
          if (bytes.length > 0) this.#write({ kind: 'received', link, bytes });
          return;
        }
        case 'closed':
          this.#redaction?.closed(link);
          this.#write({ kind: 'closed', link, code: passage.code, by: passage.by });
          return;
        case 'sent':
          return;
        default:
          this.#write({ kind: passage.what, link });
      }
    });
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

  /** An FSSO connector starts. */
  started({ config, identity, passwords }: FssoSetup): void {
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
    const kept = this.#redaction ? this.#redaction.change(change) : change;
    if (kept !== null) this.#write({ kind: 'change', source, change: kept });
  }

  /** Ends the recording; `reason` is written as its last line. */
  async close(reason: string): Promise<void> {
    this.#endListening();
    this.#write({ kind: 'end', reason });
    await this.#file.close();
  }

  #write(entry: NewEntry): void {
    // A clock that was set back must not turn the order of lines round.
    this.#last = Math.max(this.#last, this.#options.clock.now());
    this.entries += 1;
    this.#file.append({ ...entry, at: this.#last } as Entry);
  }
}
