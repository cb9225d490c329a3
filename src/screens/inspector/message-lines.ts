import { hexCode, hexLines } from '../../hex-dump.ts';
import type { MessageAttribute, MessageDetail } from '../../message-trace.ts';
import type { Run } from '../parts/columns.ts';
import { wrapText } from '../parts/compose-line.ts';
import { composeFields, composeLong, fieldLabelWidth } from '../parts/fields.ts';
import { count } from '../text/format.ts';
import { printable } from '../text/printable.ts';
import { fit } from '../text/width.ts';
import { exactTime } from './columns.ts';

/** Cells before a value: offset, code, type and name. */
const headWidths = { offset: 7, code: 5, type: 10, name: 19 } as const;

/** One message with all its attributes, and what is not known as bytes with their offset in the message. */
export function messagePage({ row, attributes, note }: MessageDetail, width: number): Run[][] {
  const directions = { received: 'in, from the collector', sent: 'out, from us', link: '' } as const;
  const lines = composeFields(
    [
      ['Time', `${exactTime(row.at)} UTC`],
      ['Direction', directions[row.direction]],
      ['Code', row.code === null ? '' : hexCode(row.code)],
      ['Number', row.sync === null ? '' : String(row.sync)],
      ['Bytes', count(row.length)],
      ['Connection', `${row.connection}${row.purpose === 'probe' ? ', a probe' : ''}`],
    ],
    width,
  );
  const { summary, unknown } = row;
  if (summary !== '')
    lines.push(...composeLong(['Says', summary, unknown ? 'warn' : 'plain'], width, fieldLabelWidth));
  if (note !== null) lines.push(...composeLong(['', note, 'warn'], width, fieldLabelWidth));
  if (attributes.length > 0) lines.push([], header(width));
  for (const attribute of attributes) lines.push(...attributeLines(attribute, width));
  return lines;
}

function header(width: number): Run[] {
  const { offset, code, type, name } = headWidths;
  const titles = [
    fit('offset', offset),
    fit('code', code),
    fit('type', type),
    fit('attribute', name),
    'value',
  ];
  return [{ text: fit(titles.join(''), width), tone: 'title' }];
}

function attributeLines(attribute: MessageAttribute, width: number): Run[][] {
  const { offset, depth, code, name, type, length, value, bytes } = attribute;
  const indent = '  '.repeat(depth - 1);
  const isKnown = name !== null && code !== null;
  const head = [
    fit(offset.toString(16).padStart(4, '0'), headWidths.offset),
    fit(code === null ? '' : hexCode(code).slice(2), headWidths.code),
    fit(type, headWidths.type),
    fit(`${indent}${name ?? 'not known'} `, headWidths.name),
  ].join('');
  const room = Math.max(10, width - head.length);
  const blank = printable(' '.repeat(head.length));
  const text = bytes === null ? value : `${count(length)} bytes`;
  const [first = printable(''), ...more] = wrapText(text, room);
  const lines: Run[][] = [
    [
      { text: printable(head), tone: isKnown ? 'muted' : 'warn' },
      { text: first, ...(bytes === null ? {} : { tone: 'warn' as const }) },
    ],
    ...more.map((part): Run[] => [{ text: blank }, { text: part }]),
  ];
  if (bytes !== null)
    for (const line of hexLines(bytes.value, bytes.offset))
      lines.push([{ text: fit(`  ${line}`, width), tone: 'plain' }]);
  return lines;
}
