import type { Command } from 'commander';
import { CommandFailure, exitStatus } from '../cli.ts';

interface HistoryOptions {
  at?: string;
  from?: string;
  to?: string;
  utc?: boolean;
  ip?: string;
  user?: string;
  workstation?: string;
  connector?: string;
  filter?: string;
  limit?: string;
  csv?: boolean;
  json?: boolean;
  config?: string;
}

const defaultLimit = 1000;
const highestLimit = 100_000_000;

async function questionOf(options: HistoryOptions, now: number) {
  const { momentExpected, parseMoment } = await import('../../src/moment.ts');
  const { ip, user, workstation, connector, at, utc = false } = options;
  if (at !== undefined && (options.from !== undefined || options.to !== undefined))
    throw new CommandFailure('--at is a moment, --from and --to a time: give one or the other');
  const moment = (name: 'at' | 'from' | 'to', edge: 'start' | 'end'): number | undefined => {
    const text = options[name];
    if (text === undefined) return undefined;
    const found = parseMoment(text, now, { utc, edge });
    if (found === null) throw new CommandFailure(`--${name}: found ${text}, ${momentExpected}`);
    return found;
  };
  const instant = moment('at', 'start');
  const from = instant ?? moment('from', 'start');
  const to = instant ?? moment('to', 'end');
  if (instant !== undefined && instant > now) throw new CommandFailure('--at is in the future');
  if (from !== undefined && to !== undefined && from > to)
    throw new CommandFailure('--from is later than --to');
  const { isIP } = await import('node:net');
  if (ip !== undefined && isIP(ip) === 0)
    throw new CommandFailure(`--ip: found ${ip}, expected an IPv4 or IPv6 address`);
  const named = ip ?? user ?? workstation ?? from ?? to;
  if (named === undefined && options.filter === undefined)
    throw new CommandFailure(
      'fsso history needs a question: --ip, --user, --workstation, --at, --from, --to or --filter',
    );
  return { ip, user, workstation, connector, from, to, limit: limitOf(options.limit) };
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return defaultLimit;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (limit < 0 || limit > highestLimit)
    throw new CommandFailure(`--limit: found ${text}, expected a whole number; 0 prints all`);
  return limit === 0 ? undefined : limit;
}

/** Waits where the reader is slow, so that a long answer does not gather in memory. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}

async function history(options: HistoryOptions): Promise<void> {
  if (options.csv === true && options.json === true)
    throw new CommandFailure('--csv and --json: give one of them');
  const { systemClock } = await import('../../src/clock.ts');
  const now = systemClock.now();
  const question = await questionOf(options, now);
  const { historyFields } = await import('../../src/query/history-fields.ts');
  const { readFilter } = await import('../filter-option.ts');
  const filter = readFilter(options.filter ?? '', historyFields);
  const { loadConfig } = await import('../../src/config/load.ts');
  const { historyPath } = await import('../../src/config/history.ts');
  const { config, directory } = await loadConfig(options.config, process.env);
  const path = historyPath(config.history, directory, process.env);
  const { csvLayout, evidenceLayout, jsonLayout, listLayout } = await import(
    '../../src/backends/history/output.ts'
  );
  const text = options.at === undefined ? listLayout : evidenceLayout;
  const layout = options.json === true ? jsonLayout : options.csv === true ? csvLayout : text;
  const { historyOnce } = await import('../../src/backends/history/once.ts');
  const outcome = await historyOnce({ path, question, filter, layout, now, write });
  if ('problem' in outcome) {
    const { message, cause, fix } = outcome.problem;
    throw new CommandFailure(
      message,
      exitStatus.down,
      [cause, ...fix].filter((line) => line !== ''),
    );
  }
  if (outcome.remark !== null) throw new CommandFailure(outcome.remark, exitStatus.down);
  if (outcome.found === question.limit)
    process.stderr.write(
      `fabrictop: only the newest ${outcome.found} are printed: --limit prints more, --limit 0 all\n`,
    );
}

const examples = `
Moments are local time (--utc: UTC) unless they name a zone: 09:14, "2026-11-22 09:14", 2026-11-22T09:14:00Z,
2026-11-22, 15m (ago), now. A time without a date is the latest such moment. What is printed is always UTC.
Without --limit the newest ${defaultLimit} are printed. The history is recorded by the dashboard while it runs, where the
configuration has the key "history".

Exit status 0: found; 1: nothing found, or no history.

Examples:
  fabrictop fsso history --at 09:14 --ip 10.1.1.5
  fabrictop fsso history --user alice --from 2026-11-20
  fabrictop fsso history --workstation PC-7 --csv > pc-7.csv
  fabrictop fsso history --at 09:14 --filter 'group:sales' --json | jq '.history[].user'
`;

/** `fsso history`: who had an address at a moment, and where a user was (docs/cli.md). */
export function addHistory(fsso: Command): void {
  fsso
    .command('history')
    .description('who had an address at a moment, where a user was, and how we know')
    .option('--at <time>', 'a moment: prints the evidence of each answer')
    .option('--from <time>', 'what lasted at this time or later')
    .option('--to <time>', 'what began at this time or before')
    .option('--utc', 'read times without a zone as UTC')
    .option('--ip <address>', 'at this address')
    .option('--user <name>', 'of this user, or DOMAIN\\user')
    .option('--workstation <name>', 'on this workstation')
    .option('--connector <name>', 'only of this connector (default: all)')
    .option('--filter <expression>', 'only what matches, as in "fsso list"')
    .option('--limit <n>', 'so many, the newest; 0 prints all')
    .option('--csv', 'print CSV')
    .option('--json', 'print a JSON document')
    .addHelpText('after', examples)
    .action((_: unknown, command: Command) => history(command.optsWithGlobals<HistoryOptions>()));
}
