/** A whole number from 0 up to, not including, `below`. */
export type Pick = (below: number) => number;

/** xorshift32: the same numbers for the same seed. */
export function random(seed: number): Pick {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const edges = [0, 1, 0x7f, 0x80, 0xff];

/** One input of the corpus after one to eight changes: octets, lengths, cuts, repeats, parts of another input. */
export function mutate(corpus: readonly Buffer[], pick: Pick): Buffer {
  const any = () => corpus[pick(corpus.length)] ?? Buffer.alloc(0);
  let bytes = Buffer.from(any());
  for (let left = 1 + pick(8); left > 0; left -= 1) {
    const at = pick(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + pick(16));
    const kind = pick(8);
    if (kind === 0 && at < bytes.length) bytes[at] = pick(256);
    else if (kind === 1 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
    else if (kind === 2 && at < bytes.length) bytes[at] = edges[pick(edges.length)] ?? 0;
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    else if (kind === 5) {
      const other = any();
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length + 1))]);
    }
    // A length that is right again, as 16 or 32 bits, leads past the first check.
    else if (kind === 6 && at + 2 <= bytes.length) bytes.writeUInt16BE((bytes.length - at) & 0xffff, at);
    else if (kind === 7 && at + 4 <= bytes.length) bytes.writeUInt32BE(bytes.length - at, at);
  }
  return bytes;
}
