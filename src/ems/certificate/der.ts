import { createRequire } from 'node:module';

/** What node-forge's ASN.1 reader hands over; its own type declaration leaves the options out. */
interface ForgeNode {
  tagClass: number;
  type: number;
  constructed: boolean;
  value: string | ForgeNode[];
}
interface ForgeBuffer {
  /** Octets consumed so far. */
  read: number;
}
interface Forge {
  asn1: {
    fromDer(bytes: ForgeBuffer, options: object): ForgeNode;
    toDer(node: ForgeNode): { getBytes(): string };
  };
  util: { createBuffer(binary: string): ForgeBuffer };
}

// Loaded on first use, and only the reader: the whole of node-forge costs the start of the program some 40 ms.
let forge: Forge | undefined;
function loadForge(): Forge {
  const load = createRequire(import.meta.url);
  load('node-forge/lib/asn1.js');
  return load('node-forge/lib/forge.js') as Forge;
}

/** Thrown for bytes that are no certificate: one line, and the offset of the octet where the reader stopped. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  /** Offset in the DER, null where the structure and not an octet is at fault. */
  readonly offset: number | null;

  constructor(message: string, offset: number | null = null) {
    super(message);
    this.offset = offset;
  }
}

export type DerClass = 'universal' | 'application' | 'context' | 'private';

/** One ASN.1 value. */
export interface Der {
  readonly class: DerClass;
  readonly tag: number;
  readonly constructed: boolean;
  /** The values inside a constructed one, else empty. */
  readonly children: readonly Der[];
  /** The content octets of a primitive one, else empty. */
  readonly bytes: Buffer;
  /** Tag, length and content. */
  encoded(): Buffer;
}

/** Universal tag numbers (X.680, 8.6). */
export const tags = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  universalString: 28,
  bmpString: 30,
} as const;

/** Octets of DER that are read at most; the largest chain that TLS lets through holds less. */
export const longestDer = 256 * 1024;
/** Values inside values, as deep as OpenSSL goes. */
const deepestDer = 30;

const classes: readonly DerClass[] = ['universal', 'application', 'context', 'private'];

/**
 * Reads one DER value that fills `bytes` to its last octet.
 *
 * node-forge reads: it is told not to look into BIT STRINGs, whose content is a key or a signature and not ours to guess at.
 * @throws {CertificateError} and nothing else.
 */
export function readDer(bytes: Buffer): Der {
  if (bytes.length === 0) throw new CertificateError('no bytes where a value is expected', 0);
  if (bytes.length > longestDer)
    throw new CertificateError(
      `${bytes.length} octets are more than the ${longestDer} that are read`,
      longestDer,
    );
  forge ??= loadForge();
  const buffer = forge.util.createBuffer(bytes.toString('latin1'));
  try {
    const options = { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: deepestDer };
    return fromForge(forge, forge.asn1.fromDer(buffer, options));
  } catch (error) {
    const offset = Math.min(buffer.read, bytes.length);
    throw new CertificateError(`${reasonOf(error)} at offset ${offset} of ${bytes.length}`, offset);
  }
}

/**
 * Reads the DER value that `bytes` begin with, whatever follows it: OpenSSL takes the content of an extension so.
 * @throws {CertificateError} and nothing else.
 */
export function readLeadingDer(bytes: Buffer): Der {
  return readDer(bytes.subarray(0, valueLength(bytes)));
}

// Octets of tag, length and content; those that there are where the length says more, or is of no known form.
function valueLength(bytes: Buffer): number {
  const [tag = 0, form = 0] = bytes;
  if ((tag & 0x1f) === 0x1f || form === 0x80) return bytes.length;
  if (form < 0x80) return 2 + form;
  const digits = form & 0x7f;
  if (digits > 4 || bytes.length < 2 + digits) return bytes.length;
  return 2 + digits + bytes.readUIntBE(2, digits);
}

function fromForge(reader: Forge, node: ForgeNode): Der {
  const { value } = node;
  return {
    class: classes[(node.tagClass >> 6) & 3] ?? 'universal',
    tag: node.type,
    constructed: Array.isArray(value),
    children: Array.isArray(value) ? value.map((child) => fromForge(reader, child)) : [],
    bytes: Array.isArray(value) ? Buffer.alloc(0) : octets(node.type, value),
    encoded: () => Buffer.from(reader.asn1.toDer(node).getBytes(), 'latin1'),
  };
}

// node-forge decodes whatever carries the number of BMPString into UTF-16 units; everything else stays octets.
function octets(type: number, value: string): Buffer {
  return type === tags.bmpString ? Buffer.from(value, 'utf16le').swap16() : Buffer.from(value, 'latin1');
}

// node-forge's own words carry no more than this, and some of them are the engine's (a stack overflow, a range error).
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (/too few bytes/i.test(text)) return 'truncated: the value is longer than the bytes';
  if (/unparsed der bytes/i.test(text)) return 'bytes follow the end of the value';
  if (/max depth/i.test(text)) return `values nested deeper than ${deepestDer}`;
  return 'malformed DER';
}

export function isUniversal(value: Der | undefined, tag: number): value is Der {
  return value !== undefined && value.class === 'universal' && value.tag === tag;
}

export function isContext(value: Der | undefined, tag: number): value is Der {
  return value !== undefined && value.class === 'context' && value.tag === tag;
}

/** The value, when it has that universal tag and the right form; `what` names it in the error. */
export function expectUniversal(value: Der | undefined, tag: number, what: string): Der {
  const constructed = tag === tags.sequence || tag === tags.set;
  if (!isUniversal(value, tag) || value.constructed !== constructed)
    throw new CertificateError(`${what} is missing or of the wrong type`);
  return value;
}

/** Dotted decimal of an OBJECT IDENTIFIER's content octets; arcs of any size, because UUIDs serve as arcs. */
export function readOid(value: Der | undefined, what = 'object identifier'): string {
  const { bytes } = expectUniversal(value, tags.oid, what);
  return oidOf(bytes, what);
}

/** As `readOid`, for the content octets alone (an implicitly tagged identifier). */
export function oidOf(bytes: Buffer, what = 'object identifier'): string {
  if (bytes.length === 0 || ((bytes.at(-1) ?? 0) & 0x80) !== 0)
    throw new CertificateError(`${what} is cut off`);
  // An arc of hundreds of octets would cost quadratic time and nobody could read it.
  if (bytes.length > 586) throw new CertificateError(`${what} is too long`);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of bytes) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (arcs.length > 0) arcs.push(arc);
    else if (arc < 80n) arcs.push(arc / 40n, arc % 40n);
    else arcs.push(2n, arc - 80n);
    arc = 0n;
  }
  return arcs.join('.');
}

/** A whole number of any size: the content octets of an INTEGER or ENUMERATED, two's complement. */
export function integerOf(bytes: Buffer): bigint {
  if (bytes.length === 0) throw new CertificateError('a number has no octets');
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** The octets of a BIT STRING and how many bits of the last one do not count (0 to 7). */
export function bitsOf(bytes: Buffer): { unused: number; bits: Buffer } {
  const unused = bytes[0];
  if (unused === undefined || unused > 7 || (bytes.length === 1 && unused > 0))
    throw new CertificateError('a bit string is malformed');
  return { unused, bits: bytes.subarray(1) };
}
