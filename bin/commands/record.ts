import type { Command } from 'commander';
import { safeText } from '../../src/safe-text.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { addRecordOptions, openRecording, type RecordOptions } from '../recording.ts';
import { stopSignal } from '../stop-signal.ts';

interface Options extends RecordOptions {
  config?: string;
  for?: string;
}

const longestSeconds = 31 * 86_400;

function readSeconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > longestSeconds)
    throw new CommandFailure(`--for: found ${text}, expected whole seconds from 1 to ${longestSeconds}`);
  return seconds;
}

async function record(file: string, options: Options): Promise<void> {
  const seconds = readSeconds(options.for);
  const [{ loadConfig }, { systemClock }, { WriteGuard }, { openTargets }] = await Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/clock.ts'),
    import('../../src/verbs.ts'),
    import('../targets.ts'),
  ]);
  const loaded = await loadConfig(options.config, process.env);
  const interrupted = stopSignal().then(() => null);
  const { watch, recording } = await openRecording(file, options, systemClock);
  const began = systemClock.now();
  const targets = await openTargets(loaded, process.env, systemClock, new WriteGuard(false), {
    watch,
    peersOnly: true,
  });
  for (const source of targets.sources) source.start(() => {});
  process.stderr.write(`fabrictop: recording to ${safeText(file)}; Ctrl+C ends it\n`);
  const over =
    seconds === null
      ? []
      : [new Promise<null>((resolve) => systemClock.after(seconds * 1000, () => resolve(null)))];
  const reason = await Promise.race([interrupted, recording.ended, ...over]);
  await Promise.all(targets.sources.map((source) => source.stop()));
  await recording.close(reason ?? 'as asked');
  const { entries, bytes } = recording.size;
  const lasted = Math.round((systemClock.now() - began) / 1000);
  process.stdout.write(`${safeText(file)}: ${entries} entries, ${bytes} bytes of lines, ${lasted} s\n`);
  if (reason !== null) throw new CommandFailure(`the recording ended early: ${reason}`, exitStatus.down);
  process.exit(exitStatus.healthy);
}

const examples = `
What links receive is written as bytes, what EMS and FortiGates tell as changes. Passwords, tokens and our
responses to challenges are never written. The file is new, and only its owner can read it; a name that ends in
.gz is compressed.

Examples:
  fabrictop record monday.rec.gz
  fabrictop record ticket-4711.rec --for 600 --redact-names
  fabrictop replay ticket-4711.rec --speed 10
`;

/** `fabrictop record`: writes what the adapters receive, until interrupted (docs/recording.md). */
export const addRecord: AddCommand = (program) => {
  const command = program
    .command('record')
    .description('record what the configured peers send, for "fabrictop replay"')
    .argument('<file>', 'a new file')
    .option('--for <seconds>', 'end by itself after so many seconds');
  addRecordOptions(command);
  command
    .addHelpText('after', examples)
    .action((file: string, _: unknown, own: Command) => record(file, own.optsWithGlobals<Options>()));
};
