import type { Command } from 'commander';
import type { LinkWatch } from '../src/backends/link-watch.ts';
import type { Sink, Source } from '../src/backends/source.ts';
import type { Clock } from '../src/clock.ts';
import { CommandFailure, exitStatus } from './cli.ts';

/** What the command line says about a recording. */
export interface RecordOptions {
  record?: string;
  redactNames?: boolean;
  maxMegabytes?: string;
}

const defaultMegabytes = 256;
const mostMegabytes = 1024;

/** Adds the options of a recording to a command that may make one. */
export function addRecordOptions(command: Command): void {
  command
    .option('--redact-names', 'write pseudonyms for users, domains, workstations and groups')
    .option(
      '--max-megabytes <n>',
      `end the recording when it is so long, before compression (default: ${defaultMegabytes})`,
    );
}

/** The ears of a program on its links, and the recording that they write. */
export interface OpenWatch extends LinkWatch {
  /** Says on the dashboard that the recording ended by itself. */
  readonly sources: readonly Source[];
  /** Resolves when a recording ended by itself, with the reason. */
  readonly ended: Promise<string>;
  /** Entries and bytes so far. */
  size(): { entries: number; bytes: number };
  close(reason: string): Promise<void>;
}

function readMegabytes(text: string | undefined): number {
  if (text === undefined) return defaultMegabytes;
  const megabytes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (megabytes < 1 || megabytes > mostMegabytes)
    throw new CommandFailure(
      `--max-megabytes: found ${text}, expected a whole number from 1 to ${mostMegabytes}`,
    );
  return megabytes;
}

/**
 * Listens to the links of targets that are not open yet, and begins a recording where a file is named.
 * @throws CommandFailure where the file is there already or cannot be made
 */
export async function openWatch(
  file: string | undefined,
  options: RecordOptions,
  clock: Clock,
): Promise<OpenWatch> {
  const most = readMegabytes(options.maxMegabytes);
  const { LinkTraffic } = await import('../src/fsso/gate/traffic.ts');
  const traffic = new LinkTraffic();
  const ended = Promise.withResolvers<string>();
  if (file === undefined) {
    if (options.redactNames || options.maxMegabytes !== undefined)
      throw new CommandFailure(
        '--redact-names and --max-megabytes belong to a recording: name its file with --record',
      );
    const size = () => ({ entries: 0, bytes: 0 });
    return { traffic, recorder: null, sources: [], ended: ended.promise, size, close: async () => {} };
  }
  const [{ Recorder }, { RecordingError }] = await Promise.all([
    import('../src/backends/recording/recorder.ts'),
    import('../src/backends/recording/format.ts'),
  ]);
  const recorder = await Recorder.begin({
    path: file,
    clock,
    traffic,
    redactNames: options.redactNames === true,
    mostMegabytes: most,
    ended: ended.resolve,
  }).catch((error: unknown) => {
    if (error instanceof RecordingError) throw new CommandFailure(error.message, exitStatus.down);
    throw error;
  });
  let sink: Sink = () => {};
  void ended.promise.then((reason) =>
    sink({ table: 'toasts', op: 'push', level: 'error', text: `The recording has ended: ${reason}` }),
  );
  return {
    traffic,
    recorder,
    ended: ended.promise,
    sources: [
      {
        name: 'recording',
        start(given) {
          sink = given;
        },
        stop: async () => {},
      },
    ],
    size: () => ({ entries: recorder.entries, bytes: recorder.bytes }),
    close: (reason) => recorder.close(reason),
  };
}
