import { type Command, Option } from 'commander';
import { CommandFailure, exitStatus } from '../cli.ts';
import { controlPath, openControl } from '../collector-control.ts';
import { type LogLevel, logLevels } from '../event-log.ts';

interface Options {
  config?: string;
  logFile?: string;
  logLevel: LogLevel;
  controlSocket?: string;
  write?: boolean;
}

async function runEdirectory(given: Options): Promise<void> {
  const { config: file, logFile, logLevel, controlSocket, write } = given;
  const { loadConfig } = await import('../../src/config/load.ts');
  const loaded = await loadConfig(file, process.env);
  const section = loaded.config.edirectory;
  if (!section)
    throw new CommandFailure(
      `${loaded.path}: edirectory: missing, expected the settings of the agent (docs/cli.md, Configuration)`,
    );
  const { systemClock: clock } = await import('../../src/clock.ts');
  const { edirectoryOptions } = await import('../../src/backends/edirectory-setup.ts');
  const { EdirectoryAgent } = await import('../../src/fsso/agents/edirectory/agent.ts');
  const { ListenFailure } = await import('../../src/fsso/collector/listeners.ts');
  const { eventLog } = await import('../event-log.ts');
  const { openLines } = await import('../log-lines.ts');
  const { stopSignal } = await import('../stop-signal.ts');
  const { resolveSecret } = await import('../../src/config/secrets.ts');
  const { edirectoryReload } = await import('../edirectory-reload.ts');
  const { reloadOnHangup } = await import('../section-reload.ts');
  const options = await edirectoryOptions(section, loaded, process.env, clock);
  const stopped = stopSignal();
  const mostBytes = section['log-file-size'] * 1024 * 1024;
  const lines = await openLines(logFile ?? null, mostBytes, clock);
  const log = eventLog(lines, logLevel, clock);
  const agent = new EdirectoryAgent({ ...options, log: (event) => log.write(event) });
  const stopReloading = reloadOnHangup(
    lines,
    edirectoryReload({
      agent,
      lines,
      running: { section, password: options.password },
      read: async () => {
        const { config, path, directory } = await loadConfig(loaded.path, process.env);
        if (!config.edirectory) throw new CommandFailure(`${path}: edirectory: missing`);
        const { password: secret } = config.edirectory;
        const password = secret ? await resolveSecret(secret, directory, process.env) : null;
        return { section: config.edirectory, password };
      },
      report: (event) => log.write(event),
    }),
  );
  try {
    const serving = agent.start();
    await Promise.race([stopped, serving]);
    const { collector } = agent;
    const socket = controlPath(controlSocket, section['control-socket'], loaded.directory);
    const control = collector && (await openControl(socket, { collector }, write === true, clock));
    await stopped;
    await agent.stop();
    await serving;
    // Last, so that who follows is told of the end.
    await control?.stop();
  } catch (error) {
    await agent.stop();
    if (error instanceof ListenFailure)
      throw new CommandFailure(error.message, error.isWrongAddress ? exitStatus.usage : exitStatus.down);
    if (error instanceof RangeError) throw new CommandFailure(`${loaded.path}: edirectory: ${error.message}`);
    throw error;
  } finally {
    stopReloading();
    await log.close();
  }
}

const examples = `
Its settings are the key "edirectory" of the configuration. It needs no
collector: FortiGates connect to it as they do to one. It begins to serve when
the directory has answered; one line of the log says so:
  {"level":"info","time":"...","fortigate":"0.0.0.0:8000",...,"msg":"listening"}

SIGHUP reads the configuration again: password, fortigates, filters and
log-file-size are taken up, the log names that and what needs a restart.

Examples:
  fabrictop agent edirectory
  fabrictop --config ./config.yaml agent edirectory --log-level debug
`;

/** `agent edirectory`: serves FortiGates with the logons that an eDirectory knows of, until it is told to stop. */
export function addEdirectoryAgent(agent: Command): void {
  agent
    .command('edirectory')
    .description('the agent of an eDirectory: looks who is logged on, and serves FortiGates on TCP 8000')
    .option(
      '--control-socket <path>',
      'UNIX socket for dashboards and commands (default: edirectory.control-socket)',
    )
    .option('--log-file <file>', 'append the log to a file (default: standard error)')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged').choices(logLevels).default('info'),
    )
    .addHelpText('after', examples)
    .action(async (_options, command) => runEdirectory(command.optsWithGlobals() as Options));
}
