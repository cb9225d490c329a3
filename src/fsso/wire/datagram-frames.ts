import { DecodeError } from './element.ts';
import { datagramLayout } from './profile.ts';

const lengthBytes = 2;

/**
 * Cuts a stream of datagrams, one behind the other, by the length that each begins with and that counts itself: how our
 * agents send over TLS (docs/protocol/fsso.md, Agents over TLS). Holds at most one datagram.
 */
export class DatagramFrames {
  #kept: Buffer = Buffer.alloc(0);

  get buffered(): number {
    return this.#kept.length;
  }

  /** The datagrams that are whole. @throws DecodeError for a length that no datagram has; the stream is lost then */
  push(chunk: Buffer): Buffer[] {
    const found: Buffer[] = [];
    let rest = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    while (rest.length >= lengthBytes) {
      const length = rest.readUInt16BE(0);
      if (length < datagramLayout.smallest || length > datagramLayout.largest)
        throw new DecodeError('bad-length', 0, `a datagram of ${length} bytes in the stream`);
      if (rest.length < length) break;
      found.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    // A copy, so that a few bytes do not hold a whole chunk.
    this.#kept = Buffer.from(rest);
    return found;
  }
}
