import type { Fault } from './problems.ts';

/** Bytes of a peer's first words that a problem repeats, if they are text. */
export const wordsShown = 24;

/** What a peer is whose first bytes are no hello. `detail` repeats its words where they are text. */
export function strangerFault(bytes: Buffer): { fault: Fault; detail: string | null } {
  // The type of a TLS alert or handshake record and the first half of its version.
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03)
    return { fault: 'tls-expected', detail: null };
  const words = bytes.subarray(0, wordsShown).toString('latin1').trim();
  if (!/^[\x20-\x7e\r\n]+$/.test(words)) return { fault: 'not-fsso', detail: null };
  return { fault: 'not-fsso', detail: `it begins with "${words.split(/[\r\n]/, 1)[0]}"` };
}
