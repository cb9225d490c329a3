import { shownKeys } from './binding.ts';
import { whyNot } from './commands.ts';
import type { Controls } from './controls.ts';
import type { KeyTable } from './key-table.ts';
import { shownKey } from './keymap.ts';

/**
 * Does what a key does on the screen that is shown, or says why it does nothing. `covered`: help or a question lies
 * over the screen, so that only the keys that work always are taken.
 * @returns whether the key was taken
 */
export function pressKey(key: string, controls: Controls, keys: KeyTable, covered = false): boolean {
  const { screen } = controls.situation;
  const binding = keys.bindingOf(key, screen);
  if (covered) {
    if (!binding?.always) return false;
    binding.run(controls, { key });
    return true;
  }
  if (!binding) {
    controls.tell(whyUnbound(key, keys));
    return false;
  }
  runBinding(binding, controls, { key });
  return true;
}

/** Runs a binding from help, `:` or a key, or says why it does nothing now. */
export function runBinding(
  binding: Parameters<typeof whyNot>[0],
  controls: Controls,
  call: { key?: string; argument?: string },
): void {
  const reason = whyNot(binding, controls.situation);
  if (reason === undefined) binding.run(controls, call);
  else controls.tell(`${call.key === undefined ? `:${binding.command}` : shownKey(call.key)}: ${reason}`);
}

function whyUnbound(key: string, { bindings, keyOf }: KeyTable): string {
  const elsewhere = bindings.filter((binding) => binding.keys.includes(key));
  const [first] = elsewhere;
  if (!first) return `${shownKey(key)} does nothing here; ${keyOf('help')} lists the keys`;
  const hint = first.help.charAt(0).toLowerCase() + first.help.slice(1);
  return `${shownKeys(first)} works on another screen (${(first.on ?? []).join(', ')}): ${hint}`;
}
