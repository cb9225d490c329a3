import type { ConnectorRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeLine, lineWidth, type Piece, wrapText } from '../parts/compose-line.ts';
import { emsWord, stateText } from '../parts/state-words.ts';
import { latency, tenantText } from '../text/format.ts';
import { printable } from '../text/printable.ts';
import { cellWidth, fit } from '../text/width.ts';
import { chainExpiry, markedName } from './columns.ts';

/** Lines that a card may have: with a label for each fact, with all facts, and with what is most wanted of them. */
export const cardHeights = [8, 5, 4] as const;
export type CardHeight = (typeof cardHeights)[number];

interface Drawn {
  readonly width: number;
  readonly height: CardHeight;
  readonly now: number;
  readonly cursor: boolean;
  /** One cell of a rule. */
  readonly rule: string;
}

const labelWidth = 13;
const indent = 2;

/** One connector as a card: exactly `height` lines of exactly `width` cells. */
export function cardLines(row: ConnectorRow, drawn: Drawn): Run[][] {
  const { width, height } = drawn;
  const facts = factsOf(row, drawn.now);
  const wanted =
    height === 8 ? labelled(facts) : height === 5 ? [...joined(facts), facts.problem] : brief(facts);
  // What is not known yet leaves its line to what is.
  const known = wanted.filter((pieces) => pieces.length > 0);
  const lines = known.flatMap((pieces) =>
    pieces === facts.problem ? wholeProblem(pieces, width - indent, height - known.length) : [pieces],
  );
  const body = Array.from({ length: height - 1 }, (_, place) => lines[place] ?? []);
  return [
    headLine(row, drawn),
    ...body.map((pieces) => padded(composeLine([' '.repeat(indent), ...pieces], width), width)),
  ];
}

/** `> hq ------ + connected`: the name gives way, the state never. */
function headLine(row: ConnectorRow, { width, cursor, rule }: Drawn): Run[] {
  const word = emsWord(row);
  const state = composeLine([[` ${stateText(word)}`, word.tone]], width - 6);
  const name = composeLine(
    [
      [cursor ? '> ' : '  ', 'mark'],
      [`${markedName(row)} `, cursor ? 'accent' : 'title'],
    ],
    width - lineWidth(state) - 1,
  );
  const rest = width - lineWidth(name) - lineWidth(state);
  return [...name, { text: printable(rule.repeat(rest)), tone: 'muted' }, ...state];
}

type Facts = Readonly<
  Record<
    'server' | 'connection' | 'certificate' | 'serial' | 'tenant' | 'success' | 'problem',
    readonly Piece[]
  >
>;

function factsOf(row: ConnectorRow, now: number): Facts {
  const expiry = chainExpiry(row, now);
  const days: Piece[] = expiry === null ? [] : [[expiry.short, expiry.tone]];
  return {
    server: row.server === '' ? [] : [row.server],
    connection: row.connection === '' ? [] : [row.connection],
    certificate: [...(row.certificate === '' ? [] : [row.certificate]), ...days].flatMap(spaced),
    serial: row.serialNumber === null ? [] : [row.serialNumber],
    tenant: row.tenantId === null ? [] : [tenantText(row.tenantId)],
    success: successPieces(row, now),
    problem: problemPieces(row),
  };
}

/** The latency of a try that did not succeed is none of a success. */
function successPieces({ lastSuccess, latencyMs }: ConnectorRow, now: number): readonly Piece[] {
  if (lastSuccess === null) return [];
  const parts = [`${minutesSince(lastSuccess, now)} ago`, latency(latencyMs)];
  return [parts.filter((part) => part !== '').join(', ')];
}

function spaced(piece: Piece, place: number): Piece[] {
  return place === 0 ? [piece] : [' ', piece];
}

/** What is wrong, in one line; what was found in the data comes after what keeps it from being connected. */
function problemPieces(row: ConnectorRow): readonly Piece[] {
  const { tone } = emsWord(row);
  const [advice] = row.advice ?? [];
  if (row.problem) return [[row.problem.message, problemTone(tone)]];
  return advice ? [[`! ${advice.message}`, 'warn']] : [];
}

function problemTone(tone: Tone): Tone {
  return tone === 'warn' ? 'warn' : 'bad';
}

/** The problem over as many lines as are free; in one, its last sentence where that alone tells it from others. */
function wholeProblem([piece = '']: readonly Piece[], room: number, free: number): (readonly Piece[])[] {
  const [text, tone] = typeof piece === 'string' ? [piece, 'bad' as const] : piece;
  const wrapped = wrapText(text, room);
  if (wrapped.length <= free) return wrapped.map((line) => [[line, tone]]);
  const last = text.split('. ').at(-1) ?? text;
  return [[[cellWidth(last) <= room ? last : text, tone]]];
}

function labelled(facts: Facts): (readonly Piece[])[] {
  const line = (label: string, pieces: readonly Piece[]): readonly Piece[] =>
    pieces.length === 0 ? [] : [[fit(label, labelWidth), 'muted'], ...pieces];
  return [
    line('Server', facts.server),
    line('Connection', facts.connection),
    line('Certificate', facts.certificate),
    line('Serial', facts.serial),
    line('Tenant', facts.tenant),
    line('Last success', facts.success),
    facts.problem,
  ];
}

function joined({ connection, certificate, serial, tenant, success }: Facts): (readonly Piece[])[] {
  return [
    together(connection, certificate),
    together(serial, tenant.length === 0 ? [] : [['tenant ', 'muted'], ...tenant]),
    success.length === 0 ? [] : [['last success ', 'muted'], ...success],
  ];
}

/** Where four lines have to do: what is wrong takes the line of the last success. */
function brief(facts: Facts): (readonly Piece[])[] {
  const [state = [], identity = [], success = []] = joined(facts);
  return [state, identity, facts.problem.length > 0 ? facts.problem : success];
}

function together(one: readonly Piece[], other: readonly Piece[]): readonly Piece[] {
  return one.length > 0 && other.length > 0 ? [...one, ', ', ...other] : [...one, ...other];
}

function padded(line: readonly Run[], width: number): Run[] {
  return [...line, { text: printable(' '.repeat(Math.max(0, width - lineWidth(line)))) }];
}
