// The cipher of NTLM's key exchange and sealing (MS-NLMP 3.4.3); OpenSSL 3 has put it away.

/** One key stream, which goes on from call to call. */
export class Rc4 {
  readonly #box: Uint8Array;
  #i = 0;
  #j = 0;

  constructor(key: Buffer) {
    const box = Uint8Array.from({ length: 256 }, (_, at) => at);
    let j = 0;
    for (let i = 0; i < 256; i++) {
      const kept = box[i] as number;
      j = (j + kept + (key[i % key.length] as number)) & 0xff;
      box[i] = box[j] as number;
      box[j] = kept;
    }
    this.#box = box;
  }

  /** Encrypts, which is what decrypts too. */
  apply(data: Buffer): Buffer {
    const box = this.#box;
    const out = Buffer.alloc(data.length);
    // Fields cost a lookup for each byte.
    let i = this.#i;
    let j = this.#j;
    for (let at = 0; at < data.length; at++) {
      i = (i + 1) & 0xff;
      const kept = box[i] as number;
      j = (j + kept) & 0xff;
      const other = box[j] as number;
      box[i] = other;
      box[j] = kept;
      out[at] = (data[at] as number) ^ (box[(kept + other) & 0xff] as number);
    }
    this.#i = i;
    this.#j = j;
    return out;
  }
}
