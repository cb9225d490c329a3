import type { Command } from 'commander';
import type { ControlOnce } from '../../src/backends/control/once.ts';
import type { OnceResult } from '../../src/backends/fsso-once.ts';
import type { ListFilter } from '../../src/fsso/gate/list-filter.ts';
import { askLine } from '../ask.ts';
import { CommandFailure } from '../cli.ts';
import { readTimeout } from '../timeout-option.ts';
import { addCommon, addSelection, finish, type ListOptions } from './fsso-options.ts';

interface ControlOptions extends ListOptions, Pick<ListFilter, 'group' | 'server' | 'source' | 'user'> {
  pid?: string;
  yes?: boolean;
}

const refreshExamples = `
The dashboard asks the collector in use for all its logons; the command waits until they have come. Without a running
dashboard there is no table to refresh: every fsso list reads anew.

Examples:
  fabrictop fsso refresh-logons
  fabrictop fsso refresh-logons --connector corp --timeout 60 --json
`;

const clearExamples = `
Only the dashboard's own table: the collector keeps its own, and whoever is cleared returns with a new event or by
refresh-logons. It shows how many logons are hit, and asks.

Examples:
  fabrictop fsso clear-logons --user 'CORP\\alice'
  fabrictop fsso clear-logons --connector corp --filter 'status:stale' --yes
  fabrictop fsso clear-logons --yes --json
`;

async function reach(options: ControlOptions): Promise<ControlOnce> {
  const { controlDirectory } = await import('../../src/config/paths.ts');
  const { systemClock } = await import('../../src/clock.ts');
  const { config, connector, json, pid } = options;
  if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid))
    throw new CommandFailure(`--pid: found ${pid}, expected a process id`);
  return {
    clock: systemClock,
    directory: controlDirectory(process.env),
    wanted: { configuration: config, connector, ...(pid === undefined ? {} : { pid: Number(pid) }) },
    timeoutMs: readTimeout(options.timeout),
    json: json === true,
  };
}

async function refresh(options: ControlOptions): Promise<OnceResult> {
  const once = await reach(options);
  const { refreshLogonsOnce } = await import('../../src/backends/control/once.ts');
  return refreshLogonsOnce(once);
}

async function clear(options: ControlOptions): Promise<OnceResult> {
  const once = await reach(options);
  const { logonFields } = await import('../../src/query/logon-fields.ts');
  const { readFilter } = await import('../filter-option.ts');
  const { logonTest } = await import('../../src/fsso/gate/list-filter.ts');
  const { filter, group, server, source, user, yes, json } = options;
  readFilter(filter ?? '', logonFields);
  const test = logonTest(options);
  if (typeof test === 'string') throw new CommandFailure(`--source: ${test}`);
  const { clearLogonsOnce } = await import('../../src/backends/control/once.ts');
  const canAsk = process.stdin.isTTY && json !== true;
  const confirmation = yes
    ? ({ kind: 'yes' } as const)
    : canAsk
      ? ({ kind: 'ask', ask: askLine } as const)
      : ({ kind: 'none' } as const);
  return clearLogonsOnce(once, { filter, group, server, source, user }, confirmation);
}

/** `fsso refresh-logons` and `clear-logons`: what Ctrl+R and C do in a running dashboard (docs/control.md). */
export function addControl(fsso: Command): void {
  const options = (command: Command) => command.optsWithGlobals<ControlOptions>();
  addCommon(fsso.command('refresh-logons').description('let a running dashboard ask for all logons again'))
    .option('--pid <id>', 'only the dashboard with this process id')
    .addHelpText('after', refreshExamples)
    .action(async (_: unknown, command: Command) => finish(await refresh(options(command))));
  addSelection(fsso.command('clear-logons').description("clear logons of a running dashboard's own table"))
    .option('--pid <id>', 'only the dashboard with this process id')
    .option('--yes', 'do not ask')
    .addHelpText('after', clearExamples)
    .action(async (_: unknown, command: Command) => finish(await clear(options(command))));
}
