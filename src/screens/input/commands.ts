import type { Binding, CommandGroup } from './binding.ts';
import { actBindings } from './bindings/act.ts';
import { alertBindings } from './bindings/alerts.ts';
import { attachedBindings } from './bindings/attached.ts';
import { caBindings } from './bindings/cas.ts';
import { configureBindings } from './bindings/configure.ts';
import { historyBindings } from './bindings/history.ts';
import { inspectBindings } from './bindings/inspect.ts';
import { moveBindings } from './bindings/move.ts';
import { peerBindings } from './bindings/peers.ts';
import { replayBindings } from './bindings/replay.ts';
import { screenBindings } from './bindings/screen.ts';
import { tableBindings } from './bindings/table.ts';
import { terminalBindings } from './bindings/terminal.ts';
import { whyBindings } from './bindings/why.ts';
import type { ScreenId, Situation } from './controls.ts';

const groups: readonly CommandGroup[] = ['Act', 'Screens', 'Table', 'Move', 'Replay', 'Terminal'];

/**
 * The one table of all that can be done: dispatch, the hints at the bottom, help, completion after `:` and docs/keys.md
 * read nothing else. The order is that of help and of the hints.
 */
export const bindings: readonly Binding[] = [
  ...actBindings,
  ...configureBindings,
  ...caBindings,
  ...screenBindings,
  ...historyBindings,
  ...whyBindings,
  ...inspectBindings,
  ...peerBindings,
  ...attachedBindings,
  ...alertBindings,
  ...tableBindings,
  ...moveBindings,
  ...replayBindings,
  ...terminalBindings,
].toSorted((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));

/** Whether the binding works on that screen at all. */
export function worksOn(binding: Binding, screen: ScreenId): boolean {
  return binding.on === undefined || binding.on.includes(screen);
}

/** Why a binding does nothing in this situation, or undefined when it works. */
export function whyNot(binding: Binding, situation: Situation): string | undefined {
  if (!worksOn(binding, situation.screen)) return `It works on: ${(binding.on ?? []).join(', ')}`;
  // A question that would be refused behind it is not asked.
  if (situation.replay && binding.group === 'Act')
    return 'This is a replay: there is nobody who could be asked';
  return binding.disabled?.(situation);
}
