import type { Binding } from './binding.ts';
import { bindings as ownBindings, worksOn } from './commands.ts';
import type { ScreenId } from './controls.ts';
import { type KeyOf, shownKey } from './keymap.ts';

/** Which key does what: the bindings with the keys that are in force. */
export interface KeyTable {
  /** In the order of help and of the hints. */
  readonly bindings: readonly Binding[];
  /** The binding that a key has on a screen. */
  bindingOf(key: string, screen: ScreenId): Binding | undefined;
  readonly keyOf: KeyOf;
}

export function createKeyTable(bindings: readonly Binding[]): KeyTable {
  const byCommand = new Map(bindings.map((binding) => [binding.command, binding]));
  return {
    bindings,
    bindingOf: (key, screen) =>
      bindings.find((binding) => binding.keys.includes(key) && worksOn(binding, screen)),
    keyOf(command) {
      const binding = byCommand.get(command);
      if (!binding) throw new Error(`there is no command "${command}"`);
      const [first] = binding.keys;
      return first === undefined ? `:${command}` : shownKey(first);
    },
  };
}

/** The keys that fabrictop comes with. */
export const ownKeys: KeyTable = createKeyTable(ownBindings);
