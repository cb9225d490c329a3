import { skins } from '../theme/theme.ts';
import type { Binding } from './binding.ts';
import { bindings } from './commands.ts';

/** A line typed after `:`, understood. */
export interface CommandLine {
  readonly binding: Binding;
  readonly argument: string | undefined;
}

/** What completion offers for arguments. */
export interface Offers {
  readonly connectors: readonly string[];
  /** Ids of the columns of the screen that is shown. */
  readonly columns: readonly string[];
  /** Paths that begin with what was typed. */
  paths(begun: string): readonly string[];
  /** Whole filters that could follow from what was typed. */
  filters(typed: string): readonly string[];
}

const names = (binding: Binding): readonly string[] => [binding.command, ...(binding.aliases ?? [])];

/** Whether that is the name of the command, or another name for it. */
export function isNamed(binding: Binding, name: string): boolean {
  return names(binding).includes(name);
}

/** Reads a line; a string is the reason why it is none. `:q` and any other unique beginning of a name are enough. */
export function readCommandLine(line: string): CommandLine | string {
  const text = line.trim();
  const blank = text.search(/\s/);
  const word = blank < 0 ? text : text.slice(0, blank);
  const argument = blank < 0 ? undefined : text.slice(blank).trim();
  if (word === '') return 'Type the name of a command; Tab offers them';
  const binding = bindingNamed(word);
  if (typeof binding === 'string') return binding;
  if (argument !== undefined && binding.argument === undefined)
    return `:${binding.command} takes nothing after it`;
  return { binding, argument };
}

function bindingNamed(word: string): Binding | string {
  const exact = bindings.find((binding) => names(binding).includes(word));
  if (exact) return exact;
  if (word === 'q') return bindingNamed('quit');
  const begun = bindings.filter((binding) => names(binding).some((name) => name.startsWith(word)));
  if (begun.length === 1 && begun[0]) return begun[0];
  if (begun.length === 0) return `There is no command "${word}"; Tab offers them`;
  return `"${word}" may be ${begun.map((binding) => binding.command).join(', ')}`;
}

/** Whole lines that could follow from what was typed, best first. */
export function completeCommandLine(line: string, offers: Offers): string[] {
  const text = line.trimStart();
  const blank = text.search(/\s/);
  if (blank < 0) {
    const own = bindings.map((binding) => binding.command).filter((name) => name.startsWith(text));
    const other = bindings
      .flatMap((binding) => binding.aliases ?? [])
      .filter((name) => name.startsWith(text));
    return text === '' ? own : [...new Set([...own, ...other])];
  }
  const binding = bindingNamed(text.slice(0, blank));
  if (typeof binding === 'string') return [];
  const begun = text.slice(blank).trimStart();
  const head = text.slice(0, blank);
  const offered =
    binding.argument === 'connector'
      ? offers.connectors
      : binding.argument === 'column'
        ? offers.columns
        : binding.argument === 'file'
          ? offers.paths(begun)
          : binding.argument === 'skin'
            ? [...Object.keys(skins), ...offers.paths(begun).filter((path) => /([/]|[.]ya?ml)$/.test(path))]
            : binding.argument === 'topic'
              ? ['filter', ...bindings.map((each) => each.command)]
              : [];
  return offered.filter((name) => name.startsWith(begun)).map((name) => `${head} ${name}`);
}
