// RFC 1320. OpenSSL 3 has put MD4 away, and NTLM derives everything from it.

const rotations = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const;
const orders = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;
const constants = [0, 0x5a827999, 0x6ed9eba1] as const;

function mixed(round: number, x: number, y: number, z: number): number {
  if (round === 0) return (x & y) | (~x & z);
  if (round === 1) return (x & y) | (x & z) | (y & z);
  return x ^ y ^ z;
}

/** The digest, 16 bytes. */
export function md4(message: Buffer): Buffer {
  const padded = Buffer.alloc((message.length + 9 + 63) & ~63);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
  let state: readonly [number, number, number, number] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = state;
    for (const [round, order] of orders.entries())
      for (const [step, word] of order.entries()) {
        const sum =
          (a + mixed(round, b, c, d) + padded.readUInt32LE(block + word * 4) + (constants[round] as number)) |
          0;
        const by = rotations[round]?.[step % 4] as number;
        [a, b, c, d] = [d, (sum << by) | (sum >>> (32 - by)), b, c];
      }
    state = [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0];
  }
  const digest = Buffer.alloc(16);
  for (const [at, word] of state.entries()) digest.writeInt32LE(word | 0, at * 4);
  return digest;
}
