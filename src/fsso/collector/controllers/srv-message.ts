// Questions for SRV records and their answers (RFC 1035 section 4, RFC 2782). Node's own resolver refuses answers whose
// target is compressed, as the DNS server inside Samba writes them (docs/protocol/fsso.md, Domain controllers).

const headerBytes = 12;
const srvType = 33;
const addressType = 1;
const internet = 1;
const longestName = 255;
const mostRecords = 200;

/** One domain controller of an answer. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the dot at its end, in lower case. */
  readonly target: string;
}

export interface SrvAnswer {
  /** 0 found, 3 no such name; others are failures of the server. */
  readonly code: number;
  /** The answer did not fit: it has to be asked for over TCP. */
  readonly isCut: boolean;
  readonly records: readonly SrvRecord[];
  /** IPv4 addresses that came with it, by name. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** A question for the SRV records of a name. @throws RangeError for what is no name */
export function encodeSrvQuestion(id: number, name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, 'latin1');
    if (bytes.length < 1 || bytes.length > 63) throw new RangeError(`${name} is no name of a domain`);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  const written = Buffer.concat([...parts, Buffer.alloc(1)]);
  if (written.length > longestName) throw new RangeError(`${name} is no name of a domain`);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  // Recursion desired, one question.
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, written, Buffer.from([0, srvType, 0, internet])]);
}

/** Null for what is no answer to that question. Never throws, whatever the bytes. */
export function decodeSrvAnswer(bytes: Buffer, question: Buffer): SrvAnswer | null {
  const asked = question.subarray(headerBytes);
  if (bytes.length < headerBytes || bytes.readUInt16BE(0) !== question.readUInt16BE(0)) return null;
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return null;
  const isCut = (flags & 0x0200) !== 0;
  const code = flags & 0x000f;
  const echoed = bytes.subarray(headerBytes, headerBytes + asked.length).toString('latin1');
  if (bytes.readUInt16BE(4) !== 1 || echoed.toLowerCase() !== asked.toString('latin1').toLowerCase())
    return null;
  const counts = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  const records: SrvRecord[] = [];
  const addresses = new Map<string, string[]>();
  let at = headerBytes + asked.length;
  for (let left = Math.min(counts, mostRecords); left > 0; left--) {
    const owner = readName(bytes, at);
    if (owner === null || owner.end + 10 > bytes.length) break;
    const type = bytes.readUInt16BE(owner.end);
    const length = bytes.readUInt16BE(owner.end + 8);
    const data = owner.end + 10;
    if (data + length > bytes.length) break;
    if (type === srvType && length >= 7) {
      const target = readName(bytes, data + 6);
      if (target !== null && target.name !== '')
        records.push({
          priority: bytes.readUInt16BE(data),
          weight: bytes.readUInt16BE(data + 2),
          port: bytes.readUInt16BE(data + 4),
          target: target.name,
        });
    } else if (type === addressType && length === 4) {
      const known = addresses.get(owner.name) ?? [];
      addresses.set(owner.name, [...known, bytes.subarray(data, data + 4).join('.')]);
    }
    at = data + length;
  }
  return { code, isCut, records, addresses };
}

/** A name, compressed or not, and where what follows it begins; null for one that leads nowhere. */
function readName(bytes: Buffer, from: number): { name: string; end: number } | null {
  const labels: string[] = [];
  let end: number | null = null;
  let at = from;
  let length = 0;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return null;
    if ((size & 0xc0) === 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined) return null;
      end ??= at + 2;
      const target = ((size & 0x3f) << 8) | low;
      // Only backwards, so that names cannot run in circles.
      if (target >= at) return null;
      at = target;
      continue;
    }
    if (size > 63) return null;
    if (size === 0) break;
    if (at + 1 + size > bytes.length) return null;
    length += size + 1;
    if (length > longestName) return null;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.').toLowerCase(), end: end ?? at + 1 };
}
