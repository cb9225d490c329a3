import type { Socket } from 'node:net';
import { controlLimits } from './protocol.ts';

/**
 * Calls `take` with each whole line that the socket brings, without its end, and destroys the socket where a line is
 * longer than allowed.
 */
export function readLines(socket: Socket, take: (line: string) => void): void {
  let begun: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      if (begun.length + end >= controlLimits.line) {
        socket.destroy();
        return;
      }
      const line = Buffer.concat([begun, rest.subarray(0, end)]);
      begun = Buffer.alloc(0);
      rest = rest.subarray(end + 1);
      take(line.toString('utf8'));
    }
    if (begun.length + rest.length >= controlLimits.line) socket.destroy();
    else begun = Buffer.concat([begun, rest]);
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
