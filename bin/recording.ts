import type { Command } from 'commander';
import type { LinkWatch } from '../src/backends/link-watch.ts';
import type { LiveRecording } from '../src/backends/recording/live-recording.ts';
import type { Clock } from '../src/clock.ts';
import { CommandFailure, exitStatus } from './cli.ts';

/** What the command line says about a recording. */
export interface RecordOptions {
  record?: string;
  redactNames?: boolean;
  maxMegabytes?: string;
}

/** The ears of a program on its links, and the recording that they may write. */
export interface OpenRecording {
  readonly watch: LinkWatch;
  readonly recording: LiveRecording;
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
 * What listens to the links of targets that are not open yet, and records where a file is named, or later where somebody asks for it.
 * @throws CommandFailure where the file is there already or cannot be made
 */
export async function openRecording(
  file: string | undefined,
  options: RecordOptions,
  clock: Clock,
): Promise<OpenRecording> {
  const mostMegabytes = readMegabytes(options.maxMegabytes);
  if (file === undefined && (options.redactNames || options.maxMegabytes !== undefined))
    throw new CommandFailure(
      '--redact-names and --max-megabytes belong to a recording: name its file with --record',
    );
  const [{ LinkTraffic }, { LiveRecording }] = await Promise.all([
    import('../src/fsso/gate/traffic.ts'),
    import('../src/backends/recording/live-recording.ts'),
  ]);
  const traffic = new LinkTraffic();
  const redactNames = options.redactNames === true;
  const recording = new LiveRecording({ clock, traffic, redactNames, mostMegabytes });
  if (file !== undefined) {
    const { RecordingError } = await import('../src/backends/recording/format.ts');
    await recording.begin(file).catch((error: unknown) => {
      if (error instanceof RecordingError) throw new CommandFailure(error.message, exitStatus.down);
      throw error;
    });
  }
  return { watch: { traffic, recorder: recording }, recording };
}
