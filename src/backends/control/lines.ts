import type { Readable } from 'node:stream';
import { controlLimits } from './protocol.ts';

export interface LineOptions {
  /** Octets of one line, with its end. */
  readonly longest?: number;
  /** Lets timers and keys have their turn behind each piece of the stream, however many have arrived. */
  readonly givesWay?: boolean;
}

/**
 * Calls `take` with each whole line that the stream brings, without its end, and destroys the stream where a line has
 * `longest` octets or more.
 */
export function readLines(
  stream: Readable,
  take: (line: string) => void,
  { longest = controlLimits.line, givesWay = false }: LineOptions = {},
): void {
  // Joined once its end is there: a long line comes in many pieces.
  let begun: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (givesWay) {
      stream.pause();
      setImmediate(() => stream.resume());
    }
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      if (length + end >= longest) {
        stream.destroy();
        return;
      }
      const last = rest.subarray(0, end);
      const line = length === 0 ? last : Buffer.concat([...begun, last]);
      begun = [];
      length = 0;
      rest = rest.subarray(end + 1);
      take(line.toString('utf8'));
    }
    length += rest.length;
    begun.push(rest);
    if (length >= longest) stream.destroy();
  });
}

/** The value of a line of JSON; undefined where it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
