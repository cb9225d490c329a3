import type { Controls, ScreenId, Situation } from './controls.ts';
import { shownKey } from './keymap.ts';

export type CommandGroup = 'Move' | 'Screens' | 'Table' | 'Act' | 'Replay' | 'Terminal';

/** One thing that can be done: the single source of dispatch, hints, help, completion and docs/keys.md. */
export interface Binding {
  readonly id: string;
  /** Names of `keymap.ts`; empty where only `:` reaches it. */
  readonly keys: readonly string[];
  /** The keys are part of how the dashboard works: `ui.keys` cannot give them to another command, nor this one others. */
  readonly fixed?: true;
  /** How the keys are written where a list of all would be too long. */
  readonly shown?: string;
  /** Its name after `:`. */
  readonly command: string;
  /** Other names after `:`. */
  readonly aliases?: readonly string[];
  /** What may follow its name after `:`; completion offers it. */
  readonly argument?:
    | 'filter'
    | 'connector'
    | 'column'
    | 'file'
    | 'subject'
    | 'moment'
    | 'number'
    | 'skin'
    | 'topic';
  /** One sentence without a full stop: what it does. */
  readonly help: string;
  readonly group: CommandGroup;
  /** One or two words for the bottom line; absent: only `?` shows it. */
  readonly hint?: string;
  /** Screens whose bottom line shows the hint; absent: all on which it works. */
  readonly hintOn?: readonly ScreenId[];
  /** The hint gives way to the others where the bottom line is too short for all. */
  readonly hintLast?: true;
  /** Cannot be taken back, so `run` asks first. */
  readonly harm?: true;
  /** Screens on which it works; absent: on all. */
  readonly on?: readonly ScreenId[];
  /** Works also while help or a question covers the screen. */
  readonly always?: true;
  /** Why it does nothing now, one line; undefined when it works. */
  readonly disabled?: (situation: Situation) => string | undefined;
  readonly run: (controls: Controls, call: Call) => void;
}

/** How a binding was called: by one of its keys, or by its name with what followed it. */
export interface Call {
  readonly key?: string;
  readonly argument?: string;
}

/** The screens that are a table of rows. */
export const tableScreens: readonly ScreenId[] = [
  'connectors',
  'users',
  'collectors',
  'events',
  'alerts',
  'endpoints',
  'cas',
  'devices',
  'fortigates',
  'attached',
  'controllers',
  'entries',
  'history',
  'inspector',
];

/** The reason that bindings of a row share. */
export function needsRows(situation: Situation): string | undefined {
  return situation.matched > 0 ? undefined : 'There is no row to act on';
}

/** The EMS connector that is selected or shown. */
export function connectorOf(situation: Situation): string | null {
  return situation.connector?.id ?? null;
}

/** The FSSO connector of the selected row, or the only one there is where the screen is about logons. */
export function fssoOf(situation: Situation): string | null {
  const { screen, collector, logon, fssoConnectors } = situation;
  if (reportedBy(situation) !== null) return null;
  const selected = collector?.connector ?? logon?.connector ?? null;
  if (selected !== null || (screen !== 'users' && screen !== 'collectors')) return selected;
  return fssoConnectors.length === 1 ? (fssoConnectors[0] ?? null) : null;
}

/** The FortiGate that told of the selected logon, FSSO entry or endpoint; null where our own connector did. */
export function reportedBy({ collector, logon }: Situation): string | null {
  return (collector?.reported ?? logon?.reported)?.fortigate ?? null;
}

/** Why nothing of ours can be done to what a FortiGate told. */
export function needsOurs(situation: Situation): string | undefined {
  const fortigate = reportedBy(situation);
  if (fortigate !== null) return `It is a connector of ${fortigate}, not one of ours`;
  return situation.collector === null ? needsRows(situation) : undefined;
}

/** The keys of a binding as people read them; empty where it has none. */
export function shownKeys(binding: Binding): string {
  return binding.shown ?? binding.keys.map(shownKey).join(' ');
}
