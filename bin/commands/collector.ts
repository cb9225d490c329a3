import { resolve } from 'node:path';
import { Option } from 'commander';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { CollectorConfig } from '../../src/config/schema.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import type { CollectorStatus } from '../../src/fsso/collector/status.ts';
import type { NewEvent, StoreChange } from '../../src/state/changes.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { controlPath, openControl } from '../collector-control.ts';
import { type CollectorLog, type LogFormat, logFormats } from '../collector-log.ts';
import { type LogLevel, logLevels } from '../event-log.ts';

interface Options {
  config?: string;
  logFile?: string;
  logLevel?: LogLevel;
  logFormat: LogFormat;
  controlSocket?: string;
  write?: boolean;
}

const logLevelOf = { info: 'info', notice: 'info', warning: 'warn', error: 'error' } as const;

/** What a receiver of forwarded lines has to say of itself. */
function logReceiver(log: CollectorLog, change: StoreChange): void {
  if (change.table === 'events') log.write({ level: logLevelOf[change.row.level], msg: change.row.text });
}

function collectorSection({ config, path }: LoadedConfig): CollectorConfig {
  if (config.collector) return config.collector;
  throw new CommandFailure(
    `${path}: collector: missing, expected the collector's settings (docs/cli.md, Configuration)`,
  );
}

async function serve(given: Options): Promise<void> {
  const { config: file, logFile, logLevel, logFormat, controlSocket, write } = given;
  const { loadConfig } = await import('../../src/config/load.ts');
  const { resolveSecret } = await import('../../src/config/secrets.ts');
  const loaded = await loadConfig(file, process.env);
  const { path, directory } = loaded;
  const section = collectorSection(loaded);
  const passwordOf = async ({ password: secret }: CollectorConfig) =>
    secret ? await resolveSecret(secret, directory, process.env) : null;
  const password = await passwordOf(section);
  const { workstationCheck } = await import('../../src/backends/collector-checks.ts');
  const checksOf = (own: CollectorConfig) => workstationCheck(own, directory, process.env);
  const checks = await checksOf(section);
  const { collectorOptions } = await import('../../src/backends/collector-setup.ts');
  const { cacheDirectory } = await import('../../src/config/paths.ts');
  const { collectorTls } = await import('../../src/backends/collector-tls.ts');
  const tls = await collectorTls(section, directory, process.env);
  const { collectorFeeds } = await import('../../src/backends/collector-feeds.ts');
  const feeds = await collectorFeeds(section, directory, process.env);
  const { prepareDirectories } = await import('../../src/backends/directory-setup.ts');
  const { collectorDirectories } = await import('../../src/backends/collector-directories.ts');
  const setups = await prepareDirectories(loaded, process.env, section.ldap);
  const directories = await collectorDirectories(section, setups);

  const { systemClock: clock } = await import('../../src/clock.ts');
  const { openCollectorLog } = await import('../collector-log.ts');
  const { collectorReload } = await import('../collector-reload.ts');
  const { reloadOnHangup } = await import('../section-reload.ts');
  const { observeCollector } = await import('../collector-observers.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const { Collector } = await import('../../src/fsso/collector/collector.ts');
  const { CacheFailure } = await import('../../src/fsso/collector/cache/cache-directory.ts');
  const { ListenFailure } = await import('../../src/fsso/collector/listeners.ts');
  const { collectorLine } = await import('../../src/backends/collector-lines.ts');
  const { serviceManager } = await import('../../src/backends/systemd-notify.ts');
  const { prepareForward } = await import('../../src/backends/forward/setup.ts');
  const { createForwardSource } = await import('../../src/backends/forward/source.ts');
  const receivers = (await prepareForward(loaded, process.env)).map((each) =>
    createForwardSource(each, clock),
  );
  const stopped = stopSignal();
  const logonEventFile = section['logon-event-log'];
  const log = await openCollectorLog({
    format: logFormat,
    file: logFile ?? null,
    level: logLevel ?? section['log-level'],
    isLevelFixed: logLevel !== undefined,
    logonEventFile: logonEventFile === undefined ? null : resolve(directory, logonEventFile),
    mostBytes: section['log-file-size'] * 1024 * 1024,
    clock,
  });
  for (const receiver of receivers) receiver.start((change) => logReceiver(log, change));
  const outlets = () => receivers.map(({ status }) => status);
  /** A line of what looks at the collector: to the log, and to the receivers. */
  const tellLine = (row: NewEvent): void => {
    log.write({ level: logLevelOf[row.level], msg: row.text });
    for (const each of receivers) each.observe({ table: 'events', op: 'append', row });
  };
  const forward = (event: CollectorEvent): void => {
    const row = receivers.length === 0 ? null : collectorLine(event, clock.now());
    if (row !== null) for (const each of receivers) each.observe({ table: 'events', op: 'append', row });
  };
  try {
    const options = collectorOptions(section, password, tls, feeds, checks);
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
      directories,
      clock,
      trace: log.trace,
      log: report,
    });
    await collector.start();
    const manager = serviceManager({
      env: process.env,
      clock,
      status: () => statusLine(collector.status),
      failed: (msg) => log.write({ level: 'warn', msg }),
    });
    const reload = collectorReload({
      ...{ collector, log, running: { section, password }, report },
      read: async () => {
        const now = collectorSection(await loadConfig(path, process.env));
        return { section: now, password: await passwordOf(now), checks: await checksOf(now) };
      },
    });
    const control = await openControl(
      controlPath(controlSocket, section['control-socket'], directory),
      { collector, reload },
      write === true,
      clock,
    ).catch(async (error: unknown) => {
      await collector.stop();
      throw error;
    });
    const endObserving = await observeCollector(loaded.config, collector, clock, outlets, tellLine);
    const stopReloading = reloadOnHangup(log, reload);
    manager.ready();
    await stopped;
    stopReloading();
    manager.stopping();
    await endObserving();
    await collector.stop();
    // Last, so that who follows is told of the end.
    await control?.stop();
    await manager.close();
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

/** For who asks the service manager. */
function statusLine({ entries, fortigates }: CollectorStatus): string {
  return `${entries} logons, ${fortigates.filter(({ state }) => state === 'established').length} FortiGates`;
}

const examples = `
Once it serves, one line of the log says so:
  {"level":"info","time":"...","fortigate":"0.0.0.0:8000","agents":"0.0.0.0:8002",...,"msg":"listening"}

SIGHUP reads the configuration again: what needs no restart is taken up (filters, lists, intervals, the periods of
polling, the password, the log's level), the log names that and what needs a restart. It also opens log files anew, as
logrotate expects.
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
      new Option('--log-level <level>', 'least level that is logged (default: collector.log-level)').choices(
        logLevels,
      ),
    )
    .addOption(
      new Option('--log-format <format>', 'how lines are written: json, or as those of the product')
        .choices(logFormats)
        .default('json'),
    )
    .addHelpText('after', examples)
    .action(async (_options, command) => serve(command.optsWithGlobals() as Options));
};
