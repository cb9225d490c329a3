import type { Command } from 'commander';
import { Option } from 'commander';
import type { FabricOnceResult } from '../../src/backends/fabric-once.ts';
import type { FabricSetup } from '../../src/backends/fabric-setup.ts';
import { safeText } from '../../src/safe-text.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import type { LogLevel } from '../event-log.ts';

interface FabricOptions {
  config?: string;
  json?: boolean;
  revision?: string;
  logFile?: string;
  logLevel?: LogLevel;
}

async function prepare({ config }: FabricOptions, onPull?: (serial: string) => void): Promise<FabricSetup> {
  const [{ loadConfig }, { prepareFabric }, { systemClock }] = await Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/backends/fabric-setup.ts'),
    import('../../src/clock.ts'),
  ]);
  const loaded = await loadConfig(config, process.env);
  const setup = await prepareFabric(loaded, process.env, systemClock, onPull ? { onPull } : {});
  if (setup !== null) return setup;
  throw new CommandFailure(
    `${safeText(loaded.path)}: fabric: missing, expected role and transport (docs/cli.md, Configuration)`,
  );
}

async function prepareAs<Role extends FabricSetup['role']>(
  role: Role,
  command: string,
  options: FabricOptions,
): Promise<Extract<FabricSetup, { role: Role }>> {
  const setup = await prepare(options);
  if (setup.role === role) return setup as Extract<FabricSetup, { role: Role }>;
  throw new CommandFailure(`fabric ${command} is for role: ${role}, and fabric.role is ${setup.role}`);
}

/** Writes the result, and leaves with the status that it stands for. */
async function finish({ output, diagnostics, isHealthy }: FabricOnceResult): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'the Fabric is not in sync', exitStatus.down, more);
  process.exit(exitStatus.healthy);
}

async function status(options: FabricOptions): Promise<void> {
  const setup = await prepare(options);
  const once = await import('../../src/backends/fabric-once.ts');
  const json = options.json === true;
  await finish(
    setup.role === 'root' ? once.rootStatusOnce(setup, json) : await once.memberStatusOnce(setup, json),
  );
}

async function publish(options: FabricOptions): Promise<void> {
  const least = readRevision(options.revision);
  const setup = await prepareAs('root', 'publish', options);
  const { publishOnce } = await import('../../src/backends/fabric-once.ts');
  await finish(await publishOnce(setup, least, options.json === true));
}

function readRevision(text: string | undefined): number {
  if (text === undefined) return 1;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CommandFailure(`--revision: found ${safeText(text)}, expected a whole number from 1`);
}

async function receive(options: FabricOptions): Promise<void> {
  const setup = await prepareAs('downstream', 'receive', options);
  if (setup.fabric['configuration-sync'] === 'local')
    throw new CommandFailure('configuration-sync is local: nothing is taken from the root', exitStatus.down);
  const { receiveOnce } = await import('../../src/backends/fabric-once.ts');
  await finish(await receiveOnce(setup, options.json === true));
}

/** Root or member without a screen: what the dashboard does, told as a log. */
async function run(options: FabricOptions): Promise<void> {
  const [{ systemClock: clock }, { createFabricSource }, { eventLog }, { openLines }, { stopSignal }] =
    await Promise.all([
      import('../../src/clock.ts'),
      import('../../src/backends/fabric-source.ts'),
      import('../event-log.ts'),
      import('../log-lines.ts'),
      import('../stop-signal.ts'),
    ]);
  let told: (serial: string) => void = () => {};
  const setup = await prepare(options, (serial) => told(serial));
  const stopped = stopSignal();
  const lines = await openLines(options.logFile ?? null, Number.POSITIVE_INFINITY, clock);
  const log = eventLog(lines, options.logLevel ?? 'info', clock);
  told = (member) => log.write(Object.assign({ level: 'debug', msg: 'pulled' } as const, { member }));
  const source = createFabricSource(setup, clock);
  source.start((change) => {
    if (change.table !== 'events') return;
    const { level, text, source: about } = change.row;
    const logged = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'info';
    log.write(Object.assign({ level: logged, msg: text } as const, { about }));
  });
  await stopped;
  await source.stop();
  await log.close();
  process.exit(exitStatus.healthy);
}

async function keygen(file: string): Promise<void> {
  const { keygenOnce } = await import('../../src/backends/fabric-once.ts');
  let result: FabricOnceResult;
  try {
    result = keygenOnce(file);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EEXIST' ? 'exists already, and is never replaced' : `cannot be written (${code})`;
    throw new CommandFailure(`keygen: ${safeText(path ?? file)} ${reason}`, exitStatus.down);
  }
  await finish(result);
}

const statusHelp = `
Exit status 0: the root has published its settings as they are; a member has settings in force, and its root offers
what can be taken. Nothing is changed.

Example:
  fabrictop fabric status --json | jq .revision
`;

const publishHelp = `
The revision counts up only when something changed. After the root lost its state, members refuse revisions that
they have seen: --revision takes the counter above theirs.

Example:
  fabrictop fabric publish
`;

const receiveHelp = `
Example:
  fabrictop fabric receive || echo "nothing was taken"
`;

const runHelp = `
A root publishes with every change and serves its members; a member follows its root. SIGINT and SIGTERM end it.

Example:
  fabrictop fabric run --log-file /var/log/fabrictop-fabric.log
`;

const keygenHelp = `
Writes FILE, the private key of the root, mode 0600, and FILE.pub. Members are configured with the printed line.

Example:
  fabrictop fabric keygen fabric.key
`;

const json = () => new Option('--json', 'print a JSON document');
const act = (action: (options: FabricOptions) => Promise<void>) => (_: unknown, command: Command) =>
  action(command.optsWithGlobals<FabricOptions>());

/** `fabric status|publish|receive|run|keygen`: EMS settings between Fabric members (docs/fabric.md). */
export const addFabric: AddCommand = (program) => {
  const fabric = program
    .command('fabric')
    .description('EMS settings between Fabric members: a root publishes, members receive');
  fabric
    .command('status')
    .description('what is published, or in force here')
    .addOption(json())
    .addHelpText('after', statusHelp)
    .action(act(status));
  fabric
    .command('publish')
    .description('publish the settings of the root once')
    .option('--revision <n>', 'let the revision be at least this one')
    .addOption(json())
    .addHelpText('after', publishHelp)
    .action(act(publish));
  fabric
    .command('receive')
    .description('take the settings of the root once')
    .addOption(json())
    .addHelpText('after', receiveHelp)
    .action(act(receive));
  fabric
    .command('run')
    .description('be root or member without a screen, until told to stop')
    .option('--log-file <file>', 'append the log to a file (default: standard error)')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText('after', runHelp)
    .action(act(run));
  fabric
    .command('keygen')
    .description('make the key pair of a root')
    .argument('<file>', 'where the private key is written')
    .addHelpText('after', keygenHelp)
    .action((file: string) => keygen(file));
};
