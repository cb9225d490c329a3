import { facilities } from '../../config/forward.ts';
import { fortiosText } from '../../fortios-log.ts';
import { safeText } from '../../safe-text.ts';
import type { EventLevel } from '../../state/changes.ts';
import type { ForwardItem } from './item.ts';

/** Numerical severities (RFC 5424, 6.2.1). */
const severities: Readonly<Record<EventLevel, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/** Who sends, as each message says. */
export interface SyslogSender {
  readonly facility: (typeof facilities)[number];
  readonly hostname: string;
  readonly version: string;
  readonly processId: number;
}

/** A field of the header: printable ASCII without blanks, `-` where nothing is left of it. */
function headerField(text: string, longest: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, longest) || '-';
}

function parameter(text: string): string {
  return safeText(text).replace(/["\\\]]/g, '\\$&');
}

/**
 * One message of RFC 5424. The MSGID is the FortiOS log id; the structured data are the registered elements `origin` and
 * `meta` (RFC 5424, 7), because ours would need a private enterprise number; the text is that of a FortiGate, so that what
 * reads FortiGates reads it. What is longer than `longest` octets is cut between two characters.
 */
export function syslogMessage({ number, event }: ForwardItem, sender: SyslogSender, longest: number): Buffer {
  const priority = facilities.indexOf(sender.facility) * 8 + severities[event.level];
  const header = [
    `<${priority}>1`,
    new Date(event.time).toISOString(),
    headerField(sender.hostname, 255),
    'fabrictop',
    String(sender.processId),
    event.logId === null ? '-' : String(event.logId),
    `[origin software="fabrictop" swVersion="${parameter(sender.version)}"][meta sequenceId="${((number - 1) % 2_147_483_647) + 1}"]`,
  ].join(' ');
  const whole = Buffer.from(`${header} ${fortiosText(event)}`);
  if (whole.length <= longest) return whole;
  let end = longest;
  // Never within a character.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return whole.subarray(0, end);
}

/** The message as a stream carries it (RFC 6587, 3.4.1 and RFC 5425, 4.3): its length in octets before it. */
export function octetCounted(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
