import { Command, type CommanderError } from 'commander';
import { version } from '../src/version.ts';
import { type AddCommand, CommandFailure } from './cli.ts';
import { commandPath, everyCommand, unknownCommand, visibleCommands } from './command-tree.ts';
import { addAgent } from './commands/agent.ts';
import { addCollector } from './commands/collector.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEms } from './commands/ems.ts';
import { addFabric } from './commands/fabric.ts';
import { addFortigate } from './commands/fortigate.ts';
import { addFsso } from './commands/fsso.ts';
import { addFssoPolling } from './commands/fsso-polling.ts';
import { addHelp } from './commands/help.ts';
import { addRecord } from './commands/record.ts';
import { addReplay } from './commands/replay.ts';
import { addWhy } from './commands/why.ts';

const commands: readonly AddCommand[] = [
  addDashboard,
  addDemo,
  addEms,
  addFabric,
  addFsso,
  addFssoPolling,
  addWhy,
  addDoctor,
  addFortigate,
  addCollector,
  addAgent,
  addRecord,
  addReplay,
  addConfig,
  addCompletion,
  addHelp,
];

const description =
  'Who is logged on, and is every EMS and FSSO link of the Security Fabric up? Without a command: the dashboard.';

const examples = `
Examples:
  fabrictop demo                look around: a lab on this machine, no network
  fabrictop                     the dashboard on the configured connectors
  fabrictop config check        is the configuration right and complete?
  fabrictop ems verify ems137   show the certificate of an EMS, decide on it
  fabrictop fsso list --json    who is logged on, for a script
  fabrictop why alice           why is she allowed or denied?
  fabrictop help ems verify     one command in detail

Exit status: 0 healthy or done; 1 down, refused or not trusted;
2 wrong usage or configuration; 130 interrupted.
`;

/** Commander's complaint as one line of ours; null when it only says that help or the version was printed. */
function failure(error: CommanderError, command: Command): CommandFailure | null {
  if (error.exitCode === 0) return null;
  if (error.code === 'commander.help') {
    const names = visibleCommands(command).map((child) => child.name());
    return new CommandFailure(`${commandPath(command)} needs a command: ${names.join(', ')}`);
  }
  if (error.code === 'commander.unknownCommand') return unknownCommand(command, command.args[0] ?? '');
  const line = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  return new CommandFailure(`${line} (see "fabrictop help ${commandPath(command)}")`.replace(' ")', '")'));
}

/** Help or the version was printed: nothing is left to do. */
export class Finished extends Error {}

/** The command line: options and commands of the whole program (docs/cli.md). Building it reads and changes nothing. */
export function buildProgram(): Command {
  const program = new Command('fabrictop')
    .description(description)
    .usage('[options] [command]')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .option('--config <file>', 'configuration file (default: $XDG_CONFIG_HOME/fabrictop/config.yaml)')
    .option('--write', 'allow what changes an EMS, a FortiGate or a collector (default: read-only)')
    .addHelpText('after', examples);
  for (const add of commands) add(program);
  for (const command of everyCommand(program)) {
    command.helpOption('-h, --help', 'print this help').helpCommand(false);
    command.configureHelp({ helpWidth: 80, showGlobalOptions: command !== program });
    // Errors are thrown, and written in one place as one line (run.ts).
    command.configureOutput({ outputError: () => {}, writeErr: () => {} });
    command.exitOverride((error) => {
      throw failure(error, command) ?? new Finished();
    });
  }
  return program;
}

/**
 * Runs one command line, without the program's name before it.
 * @throws CommandFailure, ConfigError or what else a command throws
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  try {
    // Without a command the dashboard starts, so a mistyped command would be taken for its argument.
    const first = program.parseOptions([...argv]).operands[0];
    if (
      first !== undefined &&
      !program.commands.some((child) => child.name() === first || child.aliases().includes(first))
    )
      throw unknownCommand(program, first);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof Finished)) throw error;
  }
}
