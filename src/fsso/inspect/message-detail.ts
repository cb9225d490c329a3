import type { MessageDetail } from '../../message-trace.ts';
import { readAttributes } from './attributes.ts';
import { messageRow, senderOf } from './message-row.ts';
import type { Traced } from './trace.ts';

/** One message in full: all attributes of what is kept of it. Never throws. */
export function messageDetail(link: string, traced: Traced): MessageDetail {
  const row = messageRow(link, traced);
  const { event } = traced;
  if (event.kind !== 'message') return { row, attributes: [], note: null };
  const { frame, come, direction } = event;
  const kept = frame.bytes.length;
  const attributes = readAttributes(frame.bytes, senderOf(direction));
  const came = come ?? frame.length;
  const note =
    kept >= came
      ? null
      : `Only its first ${kept} bytes are kept here, of ${came}. ${whereElse(frame.records)}`;
  return { row, attributes, note: note?.trim() ?? null };
}

function whereElse(records: number): string {
  return records === 0 ? '' : `Its ${records} records are all among the users.`;
}
