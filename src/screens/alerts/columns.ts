import type { Fields } from '../../query/fields.ts';
import type { AlertRow } from '../../state/alert-rows.ts';
import type { ViewDefinition } from '../../state/view.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Column } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { stateColumn } from '../parts/state-column.ts';
import type { StateWord } from '../parts/state-words.ts';

/** How an alert stands, as every screen writes it. */
export function alertWord({ state, level, acknowledgedAt }: AlertRow): StateWord {
  if (state === 'resolved') return { mark: '+', word: 'resolved', tone: 'muted' };
  if (state === 'pending') return { mark: '~', word: 'pending', tone: 'accent' };
  if (acknowledgedAt !== null) return { mark: '-', word: 'acknowledged', tone: 'plain' };
  return { mark: '!', word: 'firing', tone: level === 'error' ? 'bad' : 'warn' };
}

const kinds: readonly AlertRow['kind'][] = [
  'link-down',
  'standby-unusable',
  'no-events',
  'certificate-expires',
  'logon-rate',
  'overwrite-by',
];

const order: readonly string[] = ['firing', 'acknowledged', 'pending', 'resolved'];

/**
 * One line for each alert:
 * - `State`: pending until its condition has lasted long enough, firing, acknowledged by a person, or resolved
 * - `Rule`: its name in the configuration; `Since`: when the condition began
 * - `Alert`: what is wrong
 */
export const alertColumns: readonly Column<AlertRow>[] = [
  stateColumn(14, alertWord),
  { id: 'level', title: 'Level', width: 8, priority: 4, text: (row) => row.level },
  {
    id: 'rule',
    title: 'Rule',
    width: { min: 10, max: 35, grow: 0.3 },
    priority: 2,
    text: (row) => row.rule,
  },
  {
    id: 'since',
    title: 'Since',
    width: 5,
    align: 'right',
    priority: 3,
    text: (row, now) => minutesSince(row.since, now),
  },
  { id: 'text', title: 'Alert', width: { min: 36, max: 400, grow: 4 }, priority: 1, text: (row) => row.text },
];

/** What a query may name of an alert. */
export const alertFields: Fields<AlertRow> = {
  rule: { kind: 'text', help: 'rule of the configuration', of: (row) => row.rule },
  state: {
    kind: 'one-of',
    help: 'how it stands',
    words: true,
    values: order,
    of: (row) => alertWord(row).word,
  },
  level: { kind: 'one-of', help: 'how grave it is', values: ['warning', 'error'], of: (row) => row.level },
  kind: { kind: 'one-of', help: 'what the rule watches', values: kinds, of: (row) => row.kind },
  since: { kind: 'age', help: 'since the condition began', aliases: ['age'], of: (row) => row.since },
  text: { kind: 'text', help: 'what is wrong', words: true, of: (row) => row.text },
};

export const alertView: ViewDefinition<AlertRow> = {
  fields: alertFields,
  compare: {
    // What fires comes first, the newest on top.
    state: by((row) => order.indexOf(alertWord(row).word) * 1e14 - row.since),
    level: by((row) => row.level),
    rule: by((row) => row.rule),
    since: by((row) => -row.since),
    text: by((row) => row.text),
  },
  sort: { column: 'state', direction: 'up' },
};
