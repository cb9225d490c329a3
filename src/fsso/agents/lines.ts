import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import { EncodeError } from '../wire/element.ts';
import { ports } from '../wire/profile.ts';
import type { CollectorAddress } from './collector-address.ts';
import type { DcLogon } from './dc.ts';

/** A line that is no logon; the message says what is wrong with it, without the line's number. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

const longestLine = 65_536;
// What a collector on an ordinary system can hold while it is busy, with room to spare: datagrams are not repeated.
const burst = 50;
const burstPause = 10;

/** A text that is not empty. */
export const name = (what: string) =>
  z.string(`expected the ${what} as text`).min(1, `expected the ${what}, found nothing`);
export const ipv4 = z.ipv4('expected an IPv4 address');

const dcLine = z.strictObject({
  workstation: name('workstation'),
  domain: z.string('expected the domain as text'),
  user: name('user'),
  ip: ipv4.nullish(),
  ip2: ipv4.nullish(),
});

/** The JSON value of a line. @throws LineError */
export function parseLine(line: string): unknown {
  if (line.length > longestLine) throw new LineError(`is longer than ${longestLine} characters`);
  try {
    return JSON.parse(line);
  } catch {
    throw new LineError('is not JSON');
  }
}

/** A line's value, held to what is expected. @throws LineError */
export function checkLine<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data as T;
  const issue = error.issues[0];
  if (issue === undefined || issue.path.length === 0) {
    if (issue?.code === 'unrecognized_keys') throw new LineError(`unknown key ${issue.keys.join(', ')}`);
    throw new LineError('expected an object such as {"user": "alice", ...}');
  }
  const found = (value as Record<string, unknown>)[String(issue.path[0])];
  throw new LineError(`${issue.path.join('.')}: ${found === undefined ? 'missing, ' : ''}${issue.message}`);
}

/** One line for `agent dc` (docs/cli.md, agent). @throws LineError */
export function readDcLine(line: string): DcLogon {
  const { ip = null, ip2 = null, ...logon } = checkLine(dcLine, parseLine(line));
  return { ...logon, ip, ip2 };
}

/**
 * Sends one datagram for each line, at most 5,000 a second. A line that cannot be sent is reported, and the next one
 * follows; empty lines are passed over. Resolves at the end of the input, when everything has been sent.
 * @param failed takes one line of text for a person, with the number of the line, counted from 1
 * @returns how many were sent, and how many were not
 */
export async function sendLines(
  lines: AsyncIterable<string>,
  send: (line: string) => Promise<void>,
  clock: Clock,
  failed: (text: string) => void,
): Promise<{ sent: number; failed: number }> {
  const counts = { sent: 0, failed: 0 };
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      await send(line);
      counts.sent += 1;
    } catch (error) {
      counts.failed += 1;
      failed(`line ${number}: ${reason(error)}`);
    }
    if (counts.sent % burst === 0) await new Promise<void>((done) => clock.after(burstPause, done));
  }
  return counts;
}

function reason(error: unknown): string {
  if (error instanceof LineError) return error.message;
  if (error instanceof EncodeError) return `cannot be sent: ${error.message}`;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  return `was not sent (${code})`;
}

/**
 * The collectors of `HOST:PORT[,...]`, or `tls://HOST:PORT`; an IPv6 address stands in brackets. Without a port, agents'
 * own is used.
 * @throws LineError
 */
export function readCollectors(text: string): CollectorAddress[] {
  return text.split(',').map((part) => {
    const match = /^(tls:\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s/]+))(?::(\d{1,5}))?$/.exec(part.trim());
    const tls = match?.[1] !== undefined;
    const host = match?.[2] ?? match?.[3];
    const number = match?.[4] === undefined ? (tls ? ports.agentsTls : ports.agents) : Number(match[4]);
    if (host === undefined || number < 1 || number > 65_535)
      throw new LineError(
        `found ${part.trim() || 'nothing'}, expected HOST:PORT or tls://HOST:PORT, such as 10.0.0.10:8002`,
      );
    return { host, port: number, ...(tls && { tls }) };
  });
}
