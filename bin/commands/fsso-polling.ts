import type { PollingOutput } from '../../src/backends/fsso-polling-once.ts';
import { type AddCommand, CommandFailure } from '../cli.ts';
import { finish } from './fsso-options.ts';

interface Options {
  config?: string;
  json?: boolean;
}

const about = `
Each domain controller of fsso-polling is polled once: its Security log, as far back as logon-history says.
Nothing is changed there.
`;

const outputs: Readonly<Record<PollingOutput, string>> = {
  summary: 'one line for each domain controller',
  detail: 'how each domain controller is polled, after diagnose debug fsso-polling detail',
  user: 'who logged on there',
};

async function poll(what: PollingOutput, id: string | undefined, options: Options): Promise<void> {
  const { loadConfig } = await import('../../src/config/load.ts');
  const { systemClock } = await import('../../src/clock.ts');
  const loaded = await loadConfig(options.config, process.env);
  const list = loaded.config['fsso-polling'];
  const known = list.map((each) => String(each.id));
  if (list.length === 0) throw new CommandFailure(`${loaded.path}: fsso-polling: nothing is configured`);
  if (id !== undefined && !known.includes(id))
    throw new CommandFailure(`there is no fsso-polling entry ${id}, expected one of ${known.join(', ')}`);
  const { prepareFssoPolling } = await import('../../src/backends/fsso-polling-setup.ts');
  const setups = await prepareFssoPolling(loaded, process.env);
  const chosen = setups.filter(({ config }) => id === undefined || String(config.id) === id);
  if (chosen.length === 0) throw new CommandFailure('every fsso-polling entry that is meant is disabled');
  const { pollOnce } = await import('../../src/backends/fsso-polling-once.ts');
  await finish(await pollOnce(chosen, systemClock, what, options.json === true));
}

/** `fsso-polling`: what domain controllers tell that are polled without a collector. */
export const addFssoPolling: AddCommand = (program) => {
  const polling = program
    .command('fsso-polling')
    .description('who is logged on, by polling domain controllers without a collector')
    .addHelpText('after', about);
  for (const what of Object.keys(outputs) as PollingOutput[])
    polling
      .command(what)
      .argument('[id]', 'only the entry with this number (default: all)')
      .description(outputs[what])
      .option('--json', 'print a JSON document')
      .addHelpText(
        'after',
        `${about}\nExamples:\n  fabrictop fsso-polling ${what}\n  fabrictop fsso-polling ${what} 1 --json\n`,
      )
      .action(async (id: string | undefined, _options, command) =>
        poll(what, id, command.optsWithGlobals() as Options),
      );
};
