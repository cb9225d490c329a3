import { mostSids, noneMapped, someNotMapped } from '../../../fsso/rpc/interfaces/lsarpc.ts';
import { NdrReader } from '../../../fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../../fsso/rpc/ndr-writer.ts';
import { domainSidParts, type NetlogonDomain } from './domain.ts';

const use = { group: 2, unknown: 8 } as const;
const noDomain = 0xffffffff;

/** The stub of what SIDs are called, those of groups of this domain (LsarLookupSids3, MS-LSAT 3.1.4.9). @throws RpcDecodeError */
export function namesOf(stub: Buffer, { domain, groupNames = {} }: NetlogonDomain): Buffer {
  const names = readSids(stub).map((parts) => {
    const isOurs =
      parts.length === domainSidParts.length + 1 && domainSidParts.every((part, at) => part === parts[at]);
    return (isOurs && groupNames[parts.at(-1) as number]) || null;
  });
  const known = names.filter((name) => name !== null).length;
  const writer = new NdrWriter().pointer().u32(1).pointer().u32(32).u32(1);
  writer.unicodeString(domain).pointer(false).wideString(domain, '').align(4);
  writer.u32(names.length).pointer().u32(names.length);
  for (const name of names) {
    writer.align(4).u16(name === null ? use.unknown : use.group);
    writer
      .unicodeString(name)
      .u32(name === null ? noDomain : 0)
      .u32(0);
  }
  for (const name of names) if (name !== null) writer.align(4).wideString(name, '');
  const some = known > 0 ? someNotMapped : noneMapped;
  return writer
    .align(4)
    .u32(known)
    .u32(known === names.length ? 0 : some)
    .finish();
}

/** The numbers of each behind its authority. */
function readSids(stub: Buffer): number[][] {
  const reader = new NdrReader(stub);
  reader.u32();
  reader.pointer();
  const count = reader.count(4);
  if (count > mostSids) reader.fail('too-long', `${count} SIDs`);
  for (let each = 0; each < count; each++) reader.pointer();
  return Array.from({ length: count }, () => {
    const parts = reader.count(4);
    // Revision, count and authority.
    reader.bytes(8);
    return Array.from({ length: parts }, () => reader.u32());
  });
}
