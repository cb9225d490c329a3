import type { Command } from 'commander';
import { nearest } from '../src/config/nearest.ts';
import { CommandFailure } from './cli.ts';

/** The commands below this one that a person may type. */
export function visibleCommands(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== '');
}

/** This command and all below it. */
export function* everyCommand(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* everyCommand(child);
}

/** How a command is typed after the program's name: `ems verify`. Empty for the program itself. */
export function commandPath(command: Command): string {
  const above = command.parent ? commandPath(command.parent) : '';
  return command.parent ? `${above} ${command.name()}`.trim() : '';
}

/** What to say when a command has no command of this name. */
export function unknownCommand(command: Command, name: string): CommandFailure {
  const names = visibleCommands(command).map((child) => child.name());
  const near = nearest(name, names);
  const typed = `${commandPath(command)} ${name}`.trim();
  const hint = near === null ? `expected one of ${names.join(', ')}` : `did you mean ${near}?`;
  return new CommandFailure(`unknown command "${typed}": ${hint}`);
}
