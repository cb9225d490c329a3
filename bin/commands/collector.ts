import { resolve } from 'node:path';
import { Option } from 'commander';
import type { CollectorControl } from '../../src/backends/collector-control/server.ts';
import type { Clock } from '../../src/clock.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { CollectorConfig } from '../../src/config/schema.ts';
import type { Collector } from '../../src/fsso/collector/collector.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { safeText } from '../../src/safe-text.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import type { EventLog, LogLevel } from '../event-log.ts';

interface Options {
  config?: string;
  logFile?: string;
  logLevel: LogLevel;
  controlSocket?: string;
  write?: boolean;
}

const logLevelOf = { info: 'info', notice: 'info', warning: 'warn', error: 'error' } as const;

/** What a receiver of forwarded lines has to say of itself. */
function logReceiver(log: EventLog, change: StoreChange): void {
  if (change.table === 'events') log.write({ level: logLevelOf[change.row.level], msg: change.row.text });
}

function collectorSection({ config, path }: LoadedConfig): CollectorConfig {
  if (config.collector) return config.collector;
  throw new CommandFailure(
    `${path}: collector: missing, expected the collector's settings (docs/cli.md, Configuration)`,
  );
}

async function serve({ config: file, logFile, logLevel, controlSocket, write }: Options): Promise<void> {
  const { loadConfig } = await import('../../src/config/load.ts');
  const { resolveSecret } = await import('../../src/config/secrets.ts');
  const loaded = await loadConfig(file, process.env);
  const { path, directory } = loaded;
  const section = collectorSection(loaded);
  const password = section.password ? await resolveSecret(section.password, directory, process.env) : null;
  const { collectorOptions } = await import('../../src/backends/collector-setup.ts');
  const { cacheDirectory } = await import('../../src/config/paths.ts');
  const { collectorTls } = await import('../../src/backends/collector-tls.ts');
  const tls = await collectorTls(section, directory, process.env);
  const { collectorFeeds } = await import('../../src/backends/collector-feeds.ts');
  const feeds = await collectorFeeds(section, directory, process.env);

  const { systemClock: clock } = await import('../../src/clock.ts');
  const { openEventLog } = await import('../event-log.ts');
  const { reloadOnHangup } = await import('../collector-reload.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const { Collector } = await import('../../src/fsso/collector/collector.ts');
  const { CacheFailure } = await import('../../src/fsso/collector/cache/cache-directory.ts');
  const { ListenFailure } = await import('../../src/fsso/collector/listeners.ts');
  const { collectorLine } = await import('../../src/backends/collector-lines.ts');
  const { prepareForward } = await import('../../src/backends/forward/setup.ts');
  const { createForwardSource } = await import('../../src/backends/forward/source.ts');
  const receivers = (await prepareForward(loaded, process.env)).map((each) =>
    createForwardSource(each, clock),
  );
  const stopped = stopSignal();
  const log = openEventLog(logFile, logLevel, clock);
  for (const receiver of receivers) receiver.start((change) => logReceiver(log, change));
  const forward = (event: CollectorEvent): void => {
    const row = receivers.length === 0 ? null : collectorLine(event, clock.now());
    if (row !== null) for (const each of receivers) each.observe({ table: 'events', op: 'append', row });
  };
  try {
    const options = collectorOptions(section, password, tls, feeds);
    const report = (event: CollectorEvent): void => {
      log.write(event);
      forward(event);
    };
    const collector = new Collector({
      ...options,
      cache:
        section['logon-cache'] === 'enable'
          ? cacheDirectory(section['cache-directory'], directory, process.env)
          : null,
      clock,
      log: report,
    });
    await collector.start();
    const control = await openControl(
      controlPath(controlSocket, section['control-socket'], directory),
      collector,
      write === true,
      clock,
    ).catch(async (error: unknown) => {
      await collector.stop();
      throw error;
    });
    const read = async () => collectorSection(await loadConfig(path, process.env));
    const stopReloading = reloadOnHangup(collector, section, read, report);
    await stopped;
    stopReloading();
    await collector.stop();
    // Last, so that who follows is told of the end.
    await control?.stop();
  } catch (error) {
    if (error instanceof ListenFailure)
      throw new CommandFailure(error.message, error.isWrongAddress ? exitStatus.usage : exitStatus.down);
    if (error instanceof CacheFailure) throw new CommandFailure(error.message, exitStatus.down);
    if (error instanceof RangeError) throw new CommandFailure(`${path}: collector: ${error.message}`);
    throw error;
  } finally {
    await Promise.all(receivers.map((each) => each.stop()));
    await log.close();
  }
}

/** What the command line names counts from where we are, what the configuration names from its file. */
function controlPath(option: string | undefined, key: string | undefined, directory: string): string | null {
  if (option !== undefined) return resolve(option);
  return key === undefined ? null : resolve(directory, key);
}

async function openControl(
  path: string | null,
  collector: Collector,
  write: boolean,
  clock: Clock,
): Promise<CollectorControl | null> {
  if (path === null) return null;
  const { serveCollectorControl } = await import('../../src/backends/collector-control/server.ts');
  const { DirectoryError } = await import('../../src/backends/control/directory.ts');
  try {
    return await serveCollectorControl({ path, collector, guard: new WriteGuard(write), clock });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof DirectoryError) && code === undefined) throw error;
    const why = error instanceof DirectoryError ? message : `${path} cannot be listened on (${code})`;
    throw new CommandFailure(`control socket: ${safeText(why)}`, exitStatus.down);
  }
}

const examples = `
Once it serves, one line of the log says so:
  {"level":"info","time":"...","fortigate":"0.0.0.0:8000","agents":"0.0.0.0:8002",...,"msg":"listening"}

SIGHUP reads the configuration again: fortigates and filters are taken up, the log names what needs a restart.
SIGINT and SIGTERM end it: what is due is sent, then the connections are closed.

Examples:
  fabrictop collector
  fabrictop --config ./config.yaml collector --log-file /var/log/fabrictop.log
  fabrictop collector --control-socket /run/fabrictop/collector.sock
`;

/** `collector`: serves FortiGates with the logons that agents report, until it is told to stop. */
export const addCollector: AddCommand = (program) => {
  program
    .command('collector')
    .description('run a collector agent: agents on UDP 8002, FortiGates on TCP 8000, or 8001 with TLS')
    .option(
      '--control-socket <path>',
      'UNIX socket for dashboards and commands (default: collector.control-socket)',
    )
    .option('--log-file <file>', 'append the log to a file (default: standard error)')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText('after', examples)
    .action(async (_options, command) => serve(command.optsWithGlobals() as Options));
};
