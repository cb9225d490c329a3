import type { Argument, Command, Option } from 'commander';
import { commandPath, everyCommand, visibleCommands } from '../command-tree.ts';

/** What may follow: fixed words, a file, a connector's name out of the configuration, or nothing we know. */
export type Value =
  | { kind: 'words'; words: readonly string[] }
  | { kind: 'file' | 'ems' | 'fsso' | 'fortigate' | 'unknown' };

/** One command as a shell completes it. */
export interface Completable {
  /** As it is typed after the program's name; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { name: string; description: string }[];
  readonly options: readonly { flags: readonly string[]; description: string; value: Value | null }[];
  readonly argument: Value | null;
}

/** The hidden command that prints connector names for the shells. */
export const namesCommand = '__names';

function valueFor(path: string, placeholder: string, choices: readonly string[] | undefined): Value {
  if (choices) return { kind: 'words', words: choices };
  const name = placeholder.toLowerCase();
  if (name === 'file') return { kind: 'file' };
  const section = path.split(' ', 1)[0];
  if (
    ['name', 'connector'].includes(name) &&
    (section === 'ems' || section === 'fsso' || section === 'fortigate')
  )
    return { kind: section };
  return { kind: 'unknown' };
}

function optionOf(path: string, option: Option) {
  const placeholder = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1];
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    value: placeholder === undefined ? null : valueFor(path, placeholder, option.argChoices),
  };
}

function argumentOf(path: string, argument: Argument | undefined): Value | null {
  return argument ? valueFor(path, argument.name(), argument.argChoices) : null;
}

/** Everything a shell has to know, read off the program itself so that it cannot go stale. */
export function completables(program: Command): Completable[] {
  const commands = [...everyCommand(program)].filter((command) => !command.name().startsWith('__'));
  return commands.map((command) => {
    const path = commandPath(command);
    const help = command.createHelp();
    const options = [
      ...help.visibleOptions(command),
      ...(command === program
        ? []
        : program.options.filter(({ long }) => long === '--config' || long === '--write')),
    ];
    return {
      path,
      commands: visibleCommands(command).map((child) => ({
        name: child.name(),
        description: child.description(),
      })),
      options: options.map((option) => optionOf(path, option)),
      argument: argumentOf(path, command.registeredArguments[0]),
    };
  });
}

/** Options that take a value, anywhere: the word after one is no command. */
export function valueFlags(all: readonly Completable[]): string[] {
  return [
    ...new Set(
      all.flatMap(({ options }) => options.filter(({ value }) => value).flatMap(({ flags }) => flags)),
    ),
  ];
}

/** Text inside single quotes of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The pairs of a command's path and a name that lead to another command. */
export function steps(all: readonly Completable[]): { from: string; name: string; to: string }[] {
  return all.flatMap(({ path, commands }) =>
    commands.map(({ name }) => ({ from: path, name, to: `${path} ${name}`.trim() })),
  );
}
