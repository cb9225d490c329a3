import { hexCode } from '../../hex-dump.ts';
import type { MessageRow } from '../../message-trace.ts';
import { type Fields, yesOrNo } from '../../query/fields.ts';
import type { ViewDefinition } from '../../state/view.ts';
import type { Column, Tone } from '../parts/columns.ts';
import { by } from '../parts/order.ts';
import { count } from '../text/format.ts';

const directionWords = { received: 'in', sent: 'out', link: '-' } as const;

/** UTC with milliseconds: messages follow closely on each other. */
export function exactTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

function tone(row: MessageRow): Tone | undefined {
  if (row.unknown) return 'warn';
  return row.direction === 'link' || row.name === 'KEEPALIVE' ? 'muted' : undefined;
}

/**
 * One line for each message, the newest on top:
 * - `Time`: when it passed, UTC, or when in a replay
 * - `Dir`: `in` from the collector, `out` from us, `-` no message but something that happened to the connection
 * - `Message`, `Code`: its name and code; `unknown` for a code that nobody has described
 * - `Number`: its sequence number; `Bytes`: its length, the header included
 * - `Says`: what it says, in short
 */
export const messageColumns: readonly Column<MessageRow>[] = [
  { id: 'time', title: 'Time', width: 12, priority: 1, text: (row) => exactTime(row.at) },
  { id: 'dir', title: 'Dir', width: 3, priority: 1, text: (row) => directionWords[row.direction] },
  { id: 'name', title: 'Message', width: 12, priority: 1, text: (row) => row.name, tone },
  {
    id: 'code',
    title: 'Code',
    width: 4,
    priority: 4,
    text: (row) => (row.code === null ? '' : hexCode(row.code)),
  },
  {
    id: 'number',
    title: 'Number',
    width: 8,
    align: 'right',
    priority: 3,
    text: (row) => (row.sync === null ? '' : String(row.sync)),
  },
  { id: 'length', title: 'Bytes', width: 7, align: 'right', priority: 2, text: (row) => count(row.length) },
  { id: 'says', title: 'Says', width: { min: 24, max: 400 }, priority: 1, text: (row) => row.summary, tone },
];

/** What a query may name of a message. */
export const messageFields: Fields<MessageRow> = {
  time: { kind: 'time', help: 'when it passed', of: (row) => row.at },
  age: { kind: 'age', help: 'since it passed', of: (row) => row.at },
  dir: {
    kind: 'one-of',
    help: 'from the collector, from us, or no message but what happened to the connection',
    values: ['in', 'out', 'link'],
    of: (row) => (row.direction === 'link' ? 'link' : directionWords[row.direction]),
  },
  name: { kind: 'text', help: 'name of the message', aliases: ['message'], of: (row) => row.name },
  code: {
    kind: 'text',
    help: 'its code, two hexadecimal digits',
    words: false,
    of: (row) => (row.code === null ? null : hexCode(row.code).slice(2)),
  },
  number: { kind: 'number', help: 'sequence number', aliases: ['sync'], of: (row) => row.sync },
  length: { kind: 'number', help: 'bytes', aliases: ['bytes'], of: (row) => row.length },
  user: { kind: 'texts', help: 'users it names', words: false, of: (row) => row.users },
  unknown: yesOrNo('the message or a part of it is not known, or malformed', (row) => row.unknown),
  probe: yesOrNo('it passed over the connection of a probe', (row) => row.purpose === 'probe'),
  connection: { kind: 'number', help: 'which attempt it belongs to', of: (row) => row.connection },
  says: { kind: 'text', help: 'what it says', aliases: ['text'], of: (row) => row.summary },
};

export const messageView: ViewDefinition<MessageRow> = {
  fields: messageFields,
  compare: {
    time: by((row) => row.number),
    dir: by((row) => row.direction),
    name: by((row) => row.name),
    code: by((row) => row.code),
    number: by((row) => row.sync),
    length: by((row) => row.length),
    says: by((row) => row.summary),
  },
  sort: { column: 'time', direction: 'down' },
};
