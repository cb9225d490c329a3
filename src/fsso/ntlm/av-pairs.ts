import { NtlmError } from './ntlm-error.ts';

/** Kinds of facts in a challenge and in an answer (MS-NLMP 2.2.2.1). */
export const avIds = {
  end: 0,
  computerName: 1,
  domainName: 2,
  dnsComputerName: 3,
  dnsDomainName: 4,
  dnsTreeName: 5,
  flags: 6,
  timestamp: 7,
  singleHost: 8,
  targetName: 9,
  channelBindings: 10,
} as const;

/** Bit of `avIds.flags`: the answer carries a MIC. */
export const micIsPresent = 0x2;

export interface AvPair {
  readonly id: number;
  readonly value: Buffer;
}

/** A peer names fewer; what repeats is no list of facts. */
const mostPairs = 64;

/** @throws NtlmError for a list that does not end, or whose pairs end behind it */
export function decodeAvPairs(bytes: Buffer): AvPair[] {
  const pairs: AvPair[] = [];
  for (let at = 0; at + 4 <= bytes.length && pairs.length < mostPairs; ) {
    const id = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (id === avIds.end) return pairs;
    if (end > bytes.length) break;
    pairs.push({ id, value: bytes.subarray(at + 4, end) });
    at = end;
  }
  throw new NtlmError('malformed', 'the facts of the target do not end');
}

/** With the pair that ends the list. */
export function encodeAvPairs(pairs: readonly AvPair[]): Buffer {
  const parts = pairs.map(({ id, value }) => {
    const header = Buffer.alloc(4);
    header.writeUInt16LE(id, 0);
    header.writeUInt16LE(value.length, 2);
    return Buffer.concat([header, value]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** The first value of this kind; null where there is none. */
export function avValue(pairs: readonly AvPair[], id: number): Buffer | null {
  return pairs.find((pair) => pair.id === id)?.value ?? null;
}

/** Text of the first value of this kind; empty where there is none. */
export function avText(pairs: readonly AvPair[], id: number): string {
  return avValue(pairs, id)?.toString('utf16le') ?? '';
}

/** The domain of a machine by both its names, raw; null where it says that it is in none, or not both of them. */
export type NtlmDomain = { readonly netbios: string; readonly dns: string } | null;

/**
 * The domain that a server belongs to, as its facts have it (MS-NLMP 2.2.2.1). One that belongs to none gives its own name as the
 * domain's.
 */
export function domainOfFacts(pairs: readonly AvPair[]): NtlmDomain {
  const netbios = avText(pairs, avIds.domainName);
  const dns = avText(pairs, avIds.dnsDomainName);
  const isOwnName = netbios.toUpperCase() === avText(pairs, avIds.computerName).toUpperCase();
  return netbios === '' || dns === '' || isOwnName ? null : { netbios, dns };
}

/** The bits of `avIds.flags`; 0 where there are none. */
export function avFlags(pairs: readonly AvPair[]): number {
  const value = avValue(pairs, avIds.flags);
  return value?.length === 4 ? value.readUInt32LE(0) : 0;
}

/** Milliseconds between 1601 and the Unix epoch. */
const since1601 = 11_644_473_600_000n;

/** A moment as Windows writes it: steps of 100 ns since 1601. */
export function fileTime(unixMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(Math.trunc(unixMs)) + since1601) * 10_000n);
  return bytes;
}
