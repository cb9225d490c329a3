import { sidBytes, sidText } from '../../directory/active-directory/sid.ts';
import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

// MS-LSAT: the names of SIDs, as a member of the domain may ask for them over its secure channel.

export const lsarpc: RpcInterface = {
  name: 'lsarpc',
  pipe: 'lsass',
  uuid: '12345778-1234-abcd-ef00-0123456789ab',
  major: 0,
  minor: 0,
};

/** LsarLookupSids3 (MS-LSAT 3.1.4.9), which takes no handle and wants a secure channel. */
export const lookupSidsCall = 76;

const lookupFromMember = 1;
const clientRevision = 2;

/** Some or all of them have no name: the others count all the same. */
export const someNotMapped = 0x0000_0107;
export const noneMapped = 0xc000_0073;

/** SIDs of one question; users are in 1,015 groups at most. */
export const mostSids = 4096;

/** @throws RangeError for a text that is no SID */
export function encodeLookupRequest(sids: readonly string[]): Buffer {
  const writer = new NdrWriter().u32(sids.length).pointer().u32(sids.length);
  for (const _ of sids) writer.pointer();
  for (const sid of sids) {
    const bytes = sidBytes(sid);
    writer.u32((bytes.length - 8) / 4).bytes(bytes);
  }
  // No names yet, none mapped.
  return writer.u32(0).pointer(false).u16(lookupFromMember).u32(0).u32(0).u32(clientRevision).finish();
}

/** The name of one SID. */
export interface NamedSid {
  readonly name: string;
  /** NetBIOS name; empty where there is no domain. */
  readonly domain: string;
  /** MS-SAMR 2.2.2.3: 1 a user, 2 a group, 4 a local group, 5 one that every machine knows ... */
  readonly use: number;
}

export interface LookupReply {
  readonly status: number;
  /** In the order of the question; null where there is no name. */
  readonly names: readonly (NamedSid | null)[];
}

const unknownUse = 8;

/** @throws RpcDecodeError */
export function decodeLookupReply(stub: Buffer): LookupReply {
  const reader = new NdrReader(stub);
  const domains = reader.pointer() ? readDomains(reader) : [];
  const due = reader.u32();
  const names = reader.pointer() ? readNames(reader, due, domains) : [];
  // How many were mapped: counted by who reads.
  reader.u32();
  return { status: reader.u32(), names };
}

/** LSAPR_REFERENCED_DOMAIN_LIST (MS-LSAT 2.2.12). */
function readDomains(reader: NdrReader): string[] {
  const due = reader.u32();
  const isPresent = reader.pointer();
  reader.u32();
  if (!isPresent) return [];
  const count = reader.count(12);
  if (count !== due) reader.fail('bad-length', `${count} domains where ${due} are due`);
  const heads = Array.from({ length: count }, () => ({
    hasName: reader.unicodeString().hasText,
    hasSid: reader.pointer(),
  }));
  return heads.map(({ hasName, hasSid }) => {
    const name = hasName ? reader.wideString() : '';
    if (hasSid) readSid(reader);
    return name;
  });
}

function readSid(reader: NdrReader): string {
  const count = reader.count(4);
  return sidText(reader.bytes(8 + 4 * count)) ?? reader.fail('bad-value', 'a SID that is none');
}

/** LSAPR_TRANSLATED_NAMES_EX (MS-LSAT 2.2.21, 2.2.22). */
function readNames(reader: NdrReader, due: number, domains: readonly string[]): (NamedSid | null)[] {
  const count = reader.count(20);
  if (count !== due || count > mostSids) reader.fail('bad-length', `${count} names where ${due} are due`);
  const heads = Array.from({ length: count }, () => {
    const use = reader.u16();
    const { hasText } = reader.unicodeString();
    const domain = reader.u32();
    reader.u32();
    return { use, hasText, domain };
  });
  return heads.map(({ use, hasText, domain }) => {
    const name = hasText ? reader.wideString() : '';
    if (name === '' || use >= unknownUse || use === 0) return null;
    return { name, domain: domains[domain] ?? '', use };
  });
}
