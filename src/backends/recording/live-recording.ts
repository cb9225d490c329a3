import type { Clock } from '../../clock.ts';
import type { LinkTraffic } from '../../fsso/gate/traffic.ts';
import type { Problem } from '../../problem.ts';
import type { RecordingControl, RecordingResult } from '../../recording-control.ts';
import { safeText } from '../../safe-text.ts';
import type { LogonChoice } from '../../state/actions.ts';
import type { StoreChange } from '../../state/changes.ts';
import type { FssoSetup } from '../fsso-setup.ts';
import type { ConnectorPicture, RecordingEar } from '../link-watch.ts';
import type { Sink, Source } from '../source.ts';
import type { RecordedAction, Recorder } from './recorder.ts';

export interface LiveRecordingOptions {
  readonly clock: Clock;
  readonly traffic: LinkTraffic;
  readonly redactNames: boolean;
  readonly mostMegabytes: number;
}

/**
 * The recording of a running program: none at first, begun and ended at any time. It knows which connectors run, so that a recording
 * that begins in the middle begins with where they stand (docs/recording.md, Recording a running dashboard).
 */
export class LiveRecording implements RecordingEar, RecordingControl, Source {
  readonly name = 'recording';
  readonly #options: LiveRecordingOptions;
  readonly #running = new Map<string, { setup: FssoSetup; picture: () => ConnectorPicture }>();
  readonly #listeners = new Set<() => void>();
  readonly #ended = Promise.withResolvers<string>();
  #recorder: Recorder | null = null;
  /** The one before. */
  #last: Recorder | null = null;
  #file: string | null = null;
  /** A recording is being begun or ended. */
  #isBusy = false;
  #sink: Sink = () => {};
  #rows: () => Iterable<StoreChange> = () => [];

  constructor(options: LiveRecordingOptions) {
    this.#options = options;
  }

  get file(): string | null {
    return this.#file;
  }
  /** Resolves when a recording has ended by itself, with the reason. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }
  /** Entries and bytes of lines so far. */
  get size(): { entries: number; bytes: number } {
    const { entries = 0, bytes = 0 } = this.#recorder ?? this.#last ?? {};
    return { entries, bytes };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Where the rows of other adapters are, for a recording that begins in the middle. */
  attach(rows: () => Iterable<StoreChange>): void {
    this.#rows = rows;
  }

  /**
   * Begins a recording into a new file.
   * @throws RecordingError where the file is there already or cannot be made
   */
  async begin(file: string, redactNames = this.#options.redactNames): Promise<void> {
    const { Recorder } = await import('./recorder.ts');
    const recorder = await Recorder.begin({
      path: file,
      ...this.#options,
      redactNames,
      ended: (reason) => this.#over(recorder, reason),
    });
    this.#recorder = recorder;
    this.#show(file);
    const running = [...this.#running.values()].map(({ setup, picture }) => ({ setup, ...picture() }));
    recorder.amid(running, this.#options.traffic.open, this.#rows());
  }

  async close(reason: string): Promise<void> {
    const recorder = this.#recorder;
    if (recorder === null) return;
    this.#last = recorder;
    this.#recorder = null;
    this.#show(null);
    await recorder.close(reason);
  }

  async record(file: string, redactNames: boolean): Promise<RecordingResult> {
    if (this.#file !== null)
      return refused(`${safeText(this.#file)} is being recorded already`, ['end it with ":record off"']);
    if (this.#isBusy) return refused('a recording is being begun or ended', ['try again']);
    this.#isBusy = true;
    try {
      await this.begin(file, redactNames);
      return { ok: true, message: `Recording to ${safeText(file)}; ":record off" ends it` };
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error), []);
    } finally {
      this.#isBusy = false;
    }
  }

  async end(): Promise<RecordingResult> {
    const file = this.#file;
    if (file === null || this.#isBusy) return refused('nothing is being recorded', []);
    await this.close('as asked');
    const { entries, bytes } = this.size;
    return { ok: true, message: `${safeText(file)}: ${entries} entries, ${bytes} bytes of lines` };
  }

  start(sink: Sink): void {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    this.#sink = () => {};
  }

  started(setup: FssoSetup, picture: () => ConnectorPicture): void {
    this.#running.set(setup.config.name, { setup, picture });
    this.#recorder?.started(setup);
  }

  stopped(name: string): void {
    this.#running.delete(name);
    this.#recorder?.stopped(name);
  }

  did(name: string, action: RecordedAction, choice?: LogonChoice): void {
    this.#recorder?.did(name, action, choice);
  }

  random(name: string): number {
    return this.#recorder?.random(name) ?? Math.random();
  }

  changed(source: string, change: StoreChange): void {
    this.#recorder?.changed(source, change);
  }

  #over(recorder: Recorder, reason: string): void {
    this.#ended.resolve(reason);
    if (this.#recorder !== recorder) return;
    void this.close(reason);
    const text = `The recording has ended: ${reason}`;
    this.#sink({ table: 'toasts', op: 'push', level: 'error', text });
  }

  #show(file: string | null): void {
    if (file === this.#file) return;
    this.#file = file;
    for (const listener of this.#listeners) listener();
  }
}

function refused(message: string, fix: string[]): RecordingResult {
  const problem: Problem = { stage: 'recording', code: null, message, cause: '', fix };
  return { ok: false, problem };
}
