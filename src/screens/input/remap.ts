import type { Binding } from './binding.ts';
import { bindings as ownBindings } from './commands.ts';
import { createKeyTable, type KeyTable } from './key-table.ts';
import { editingKeys, readKey, shownKey } from './keymap.ts';

/** What is wrong with the keys that were asked for: where, below `ui.keys`, and why. */
export interface KeyMistake {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Keys by the name of their command, as `ui.keys` has them: one, several, or none for a command that only `:` reaches. */
export type WantedKeys = Readonly<Record<string, string | readonly string[]>>;

/**
 * The bindings with other keys. A key is told of as a mistake, and not taken from another command, because whoever gives it
 * away by accident would only find out when he presses it. With a mistake the keys are not to be used.
 */
export function remapKeys(wanted: WantedKeys): { keys: KeyTable; mistakes: readonly KeyMistake[] } {
  const mistakes: KeyMistake[] = [];
  const changed = new Map<string, { keys: readonly string[]; path: readonly (string | number)[] }>();
  for (const [command, asked] of Object.entries(wanted)) {
    const binding = ownBindings.find((each) => each.command === command);
    if (!binding) {
      mistakes.push({ path: [command], text: whyNoCommand(command) });
      continue;
    }
    if (binding.fixed) {
      const own = binding.keys.map(shownKey);
      const which = own.length > 1 ? `its keys ${own[0]} to ${own.at(-1)} are` : `its key ${own[0]} is`;
      mistakes.push({ path: [command], text: `${which} fixed` });
      continue;
    }
    const keys: string[] = [];
    const several = typeof asked !== 'string';
    for (const [place, text] of (several ? asked : [asked]).entries()) {
      const read = readKey(text);
      const why = 'why' in read ? read.why : whyNotFor(binding, read.key);
      if (why !== null) mistakes.push({ path: several ? [command, place] : [command], text: why });
      else if ('key' in read && !keys.includes(read.key)) keys.push(read.key);
    }
    changed.set(binding.id, { keys, path: [command] });
  }
  const bindings = ownBindings.map((binding) => {
    const keys = changed.get(binding.id)?.keys;
    return keys === undefined ? binding : { ...binding, keys };
  });
  for (const { path } of changed.values()) mistakes.push(...conflicts(bindings, path));
  return { keys: createKeyTable(bindings), mistakes };
}

function whyNoCommand(name: string): string {
  const meant = ownBindings.find((each) => each.aliases?.includes(name));
  return meant
    ? `another name of ${meant.command}: use that one`
    : 'there is no such command; docs/keys.md and ? list them';
}

/** Why a command cannot have that key; null when it can. */
function whyNotFor(binding: Binding, key: string): string | null {
  if (binding.harm && /^\p{Ll}$/u.test(key) && !binding.keys.includes(key))
    return `${key} is a lower-case letter, and ${binding.command} cannot be taken back: expected an upper-case one or Ctrl and a letter`;
  if (binding.always && (!key.startsWith('ctrl+') || editingKeys.has(key)))
    return `${binding.command} works also while text is typed: expected Ctrl and a letter other than ${[...editingKeys].map(shownKey).join(' and ')}`;
  return null;
}

function conflicts(bindings: readonly Binding[], path: readonly (string | number)[]): KeyMistake[] {
  const [command] = path;
  const mine = bindings.find((binding) => binding.command === command);
  if (!mine) return [];
  return bindings.flatMap((other) =>
    other === mine || !meet(mine, other)
      ? []
      : mine.keys
          .filter((key) => other.keys.includes(key))
          .map((key) => ({
            path,
            text: `${shownKey(key)} is a key of ${other.command} too${other.fixed ? ', which keeps it' : ': give that another one'}`,
          })),
  );
}

/** Whether there is a screen on which both work. */
function meet(one: Binding, other: Binding): boolean {
  return !one.on || !other.on || one.on.some((screen) => other.on?.includes(screen));
}
