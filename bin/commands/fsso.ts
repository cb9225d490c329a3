import type { Command } from 'commander';
import type { logonOutputs } from '../../src/backends/fsso-once.ts';
import type { ListFilter } from '../../src/fsso/gate/list-filter.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { filterHelp } from '../filter-help.ts';
import { readTimeout } from '../timeout-option.ts';
import { addControl } from './fsso-control.ts';
import { addHistory } from './fsso-history.ts';
import { addCommon, addSelection, finish, type ListOptions } from './fsso-options.ts';

type SelectOptions = ListOptions & Pick<ListFilter, 'group' | 'server' | 'source' | 'user'>;

async function prepare({ config, connector }: ListOptions) {
  const { loadConfig } = await import('../../src/config/load.ts');
  const { prepareFsso } = await import('../../src/backends/fsso-setup.ts');
  return prepareFsso(await loadConfig(config, process.env), process.env, connector);
}

/** `output` names what is printed of the logons: a list, totals or one block each. */
async function list(options: SelectOptions, output: keyof typeof logonOutputs): Promise<void> {
  const { logonFields } = await import('../../src/query/logon-fields.ts');
  const { readFilter } = await import('../filter-option.ts');
  const { logonTest } = await import('../../src/fsso/gate/list-filter.ts');
  const filter = readFilter(options.filter ?? '', logonFields);
  const test = logonTest(options);
  if (typeof test === 'string') throw new CommandFailure(`--source: ${test}`);
  const once = { timeoutMs: readTimeout(options.timeout), json: options.json === true };
  const { listOnce } = await import('../../src/backends/fsso-once.ts');
  const { systemClock } = await import('../../src/clock.ts');
  await finish(await listOnce(await prepare(options), { ...once, filter, test, output, clock: systemClock }));
}

async function serverStatus(options: ListOptions): Promise<void> {
  const once = { timeoutMs: readTimeout(options.timeout), json: options.json === true };
  const { serverStatusOnce } = await import('../../src/backends/fsso-once.ts');
  const { systemClock } = await import('../../src/clock.ts');
  await finish(await serverStatusOnce(await prepare(options), { ...once, clock: systemClock }));
}

async function inspect(options: ListOptions & { count?: string }): Promise<void> {
  const { timeout, json = false } = options;
  const timeoutMs = readTimeout(timeout);
  if (options.count !== undefined && !/^[1-9]\d{0,6}$/.test(options.count))
    throw new CommandFailure(`--count: found ${options.count}, expected a whole number from 1 to 9999999`);
  const [{ inspectOnce }, { systemClock }, setups] = await Promise.all([
    import('../../src/backends/inspect-once.ts'),
    import('../../src/clock.ts'),
    prepare(options),
  ]);
  await finish(
    await inspectOnce(setups, {
      clock: systemClock,
      timeoutMs,
      count: options.count === undefined ? null : Number(options.count),
      json,
      write: (line) => process.stdout.write(line),
    }),
  );
}

const inspectExamples = `
Connects as a FortiGate does, beside any dashboard, and prints each message as it passes: time, collector, in or out,
code, name, sequence number, bytes, and what it says. With --json one document a line, with all attributes.

Examples:
  fabrictop fsso inspect --timeout 60
  fabrictop fsso inspect --connector corp --count 5 --json | jq -c '[.name, .number]'
`;

const listExamples = `
${filterHelp}

Examples:
  fabrictop fsso list
  fabrictop fsso list --connector corp --filter 'group:sales -ws:pc-7'
  fabrictop fsso list --filter 'ip:10.1.0.0/16 (age:<10m or status:stale)'
  fabrictop fsso list --json | jq '.logons[].user'
  fabrictop fsso list --group CORP/SALES --source 10.0.0.0/24
`;

const summaryExamples = `
Logons, users, workstations, terminal-server sessions and groups of each collector that serves a connector.

Examples:
  fabrictop fsso summary
  fabrictop fsso summary --json | jq .total
`;

const authListExamples = `
The layout of "diagnose firewall auth list". What only a firewall knows is left out: idle time, traffic, numbers.

Examples:
  fabrictop fsso auth-list --user alice
  fabrictop fsso auth-list --json | jq -r '.users[].ip'
`;

const noGroupMessage =
  'fsso refresh-groups: not possible: the message by which a FortiGate asks a collector for its groups is not public, so nothing was sent. ' +
  'The groups of a user come with each logon: fsso refresh-logons lets a running dashboard bring those anew';

const noGroupExamples = `
Examples:
  fabrictop fsso refresh-logons     what serves instead: the groups of a user come with each logon
`;

const statusExamples = `
Every configured collector is tried once. Exit status 0 means that each connector has one that serves it.

Examples:
  fabrictop fsso server-status
  fabrictop fsso server-status --json | jq -r '.servers[] | select(.error) | .server'
`;

/** `fsso list`, `summary`, `auth-list` and `server-status`: what the FortiOS commands of the same names print (docs/cli.md). */
export const addFsso: AddCommand = (program) => {
  const fsso = program.command('fsso').description('who is logged on, by way of FSSO collectors');
  addSelection(fsso.command('list').description('connect, read every logon, print, leave'))
    .addHelpText('after', listExamples)
    .action((_: unknown, command: Command) => list(command.optsWithGlobals<SelectOptions>(), 'list'));
  addSelection(fsso.command('summary').description('the same in numbers, for each collector'))
    .addHelpText('after', summaryExamples)
    .action((_: unknown, command: Command) => list(command.optsWithGlobals<SelectOptions>(), 'summary'));
  addSelection(fsso.command('auth-list').description('the same as a firewall lists its users'))
    .addHelpText('after', authListExamples)
    .action((_: unknown, command: Command) => list(command.optsWithGlobals<SelectOptions>(), 'auth-list'));
  fsso
    .command('refresh-groups')
    .description('not possible: says why')
    .addHelpText('after', noGroupExamples)
    .action(() => {
      throw new CommandFailure(noGroupMessage, exitStatus.down);
    });
  addCommon(fsso.command('server-status').description('try each configured collector once'))
    .addHelpText('after', statusExamples)
    .action((_: unknown, command: Command) => serverStatus(command.optsWithGlobals<ListOptions>()));
  addCommon(fsso.command('inspect').description('connect, and print each message as it passes'))
    .option('--count <n>', 'end after so many messages')
    .addHelpText('after', inspectExamples)
    .action((_: unknown, command: Command) =>
      inspect(command.optsWithGlobals<ListOptions & { count?: string }>()),
    );
  addControl(fsso);
  addHistory(fsso);
};
