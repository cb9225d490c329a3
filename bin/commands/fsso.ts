import type { Command } from 'commander';
import type { OnceResult } from '../../src/backends/fsso-once.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';

const defaultTimeout = '10';
const longestTimeout = 3600;

interface ListOptions {
  connector?: string;
  filter?: string;
  timeout: string;
  json?: boolean;
  config?: string;
}

function timeoutMs(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > longestTimeout)
    throw new CommandFailure(
      `--timeout: found ${text}, expected seconds, more than 0 and at most ${longestTimeout}`,
    );
  return seconds * 1000;
}

async function prepare({ config, connector }: ListOptions) {
  const { loadConfig } = await import('../../src/config/load.ts');
  const { prepareFsso } = await import('../../src/backends/fsso-setup.ts');
  return prepareFsso(await loadConfig(config, process.env), process.env, connector);
}

/** Writes the result, and waits until it is written, because a long list to a slow pipe takes a while. */
async function finish({ output, diagnostics, isHealthy }: OnceResult): Promise<void> {
  if (output !== null) await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'no collector is connected', exitStatus.down, more);
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
}

async function list(options: ListOptions): Promise<void> {
  const { parseFilter } = await import('../../src/filter.ts');
  const filter = parseFilter(options.filter ?? '');
  if (!filter.ok) throw new CommandFailure(`--${filter.message}`);
  const once = { timeoutMs: timeoutMs(options.timeout), json: options.json === true };
  const { listOnce } = await import('../../src/backends/fsso-once.ts');
  const { systemClock } = await import('../../src/clock.ts');
  await finish(await listOnce(await prepare(options), { ...once, filter, clock: systemClock }));
}

async function serverStatus(options: ListOptions): Promise<void> {
  const once = { timeoutMs: timeoutMs(options.timeout), json: options.json === true };
  const { serverStatusOnce } = await import('../../src/backends/fsso-once.ts');
  const { systemClock } = await import('../../src/clock.ts');
  await finish(await serverStatusOnce(await prepare(options), { ...once, clock: systemClock }));
}

const listExamples = `
The filter: words that all have to occur in address, user, domain, workstation or groups.
-WORD must not occur, COLUMN:WORD looks in one column (user, ip, ws, domain, group), "double quotes" hold blanks.

Examples:
  fabrictop fsso list
  fabrictop fsso list --connector corp --filter 'group:sales -ws:pc-7'
  fabrictop fsso list --json | jq '.logons[].user'
`;

const statusExamples = `
Every configured collector is tried once. Exit status 0 means that each connector has one that serves it.

Examples:
  fabrictop fsso server-status
  fabrictop fsso server-status --json | jq -r '.servers[] | select(.error) | .server'
`;

function addCommon(command: Command): Command {
  return command
    .option('--connector <name>', 'only this connector (default: all)')
    .option('--timeout <seconds>', 'for everything together', defaultTimeout)
    .option('--json', 'print a JSON document');
}

/** `fsso list` and `fsso server-status`: what the FortiOS commands of the same names print (docs/cli.md). */
export const addFsso: AddCommand = (program) => {
  const fsso = program.command('fsso').description('who is logged on, by way of FSSO collectors');
  addCommon(fsso.command('list').description('connect, read every logon, print, leave'))
    .option('--filter <expression>', 'only logons that match')
    .addHelpText('after', listExamples)
    .action((_: unknown, command: Command) => list(command.optsWithGlobals<ListOptions>()));
  addCommon(fsso.command('server-status').description('try each configured collector once'))
    .addHelpText('after', statusExamples)
    .action((_: unknown, command: Command) => serverStatus(command.optsWithGlobals<ListOptions>()));
};
