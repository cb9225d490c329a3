import type { KeyObject } from 'node:crypto';
import { CanonicalError, canonicalText } from './canonical.ts';
import { fabricLimits } from './limits.ts';
import { FabricRefusal } from './refusal.ts';
import { type FabricSettings, hasExactly, isRow, readSettings, settingsJson } from './settings.ts';
import { type DocumentSignature, signText } from './signature.ts';

/** Says what it is, and so what its signature is good for. */
const format = 'fabrictop-fabric';
const version = 1;

/** One state of the settings of a Fabric, as its root wrote it (docs/fabric.md, The document). */
export interface FabricDocument {
  /** Serial number of the root. */
  readonly root: string;
  /** Counts up from 1 with each change. */
  readonly revision: number;
  /** When the root wrote it, by the root's clock; milliseconds since the epoch. Shown, never decided by. */
  readonly issuedAt: number;
  readonly settings: FabricSettings;
}

/** A document as it was read: nothing of it is trusted before its signature was looked at. */
export interface ReadDocument {
  readonly document: FabricDocument;
  /** The canonical text that a signature is for. */
  readonly signed: string;
  readonly signature: DocumentSignature | null;
}

/**
 * The text that travels: the document and beside it the signature, null without a key, in canonical form and one line.
 * @throws FabricRefusal `oversized` for what no member would take
 */
export function documentText(document: FabricDocument, key: KeyObject | null): string {
  const { root, revision, issuedAt, settings } = document;
  const json = {
    format,
    version,
    ...{ root, revision, issuedAt: new Date(issuedAt).toISOString() },
    settings: settingsJson(settings),
  };
  const signature = key === null ? null : signText(canonicalText(json), key);
  const text = `${canonicalText({ document: json, signature })}\n`;
  if (Buffer.byteLength(text) > fabricLimits.document) throw oversized(Buffer.byteLength(text));
  return text;
}

export function oversized(octets: number): FabricRefusal {
  return new FabricRefusal('oversized', `${octets} octets, expected at most ${fabricLimits.document}`);
}

/**
 * Reads the octets of a document. They have to be the canonical form, octet for octet: so what is signed, what is read
 * and what any other JSON reader sees are the same, without doubled keys and without anything outside.
 * @throws FabricRefusal
 */
export function readDocument(octets: Buffer): ReadDocument {
  if (octets.length > fabricLimits.document) throw oversized(octets.length);
  const envelope = parse(octets);
  const json = isRow(envelope) ? envelope['document'] : null;
  if (!isRow(envelope) || !isRow(json) || json['format'] !== format)
    throw new FabricRefusal('unknown-format', `expected one of the format ${format}`);
  const found = json['version'];
  if (found !== version) {
    const newer = typeof found === 'number' && found > version;
    throw new FabricRefusal(newer ? 'newer-version' : 'malformed', `this fabrictop reads layout ${version}`);
  }
  if (!hasExactly(envelope, ['document', 'signature']))
    throw new FabricRefusal('malformed', 'expected document and signature, and nothing else');
  if (!hasExactly(json, ['format', 'issuedAt', 'revision', 'root', 'settings', 'version']))
    throw new FabricRefusal('malformed', 'expected other keys');
  const signature = readSignature(envelope['signature']);
  return { document: readBody(json), signed: canonicalText(json), signature };
}

function parse(octets: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    const json: unknown = JSON.parse(text);
    if (text === `${canonicalText(json)}\n`) return json;
  } catch (error) {
    // Octets that are no UTF-8, and text that is no JSON.
    if (!(error instanceof CanonicalError))
      throw new FabricRefusal('unreadable', `${octets.length} octets that are not JSON`);
  }
  throw new FabricRefusal('not-canonical');
}

function readSignature(json: unknown): DocumentSignature | null {
  if (json === null) return null;
  if (isRow(json) && hasExactly(json, ['algorithm', 'key', 'value']) && json['algorithm'] === 'Ed25519') {
    const { key, value } = json as { key: unknown; value: unknown };
    if (typeof key === 'string' && typeof value === 'string') return { algorithm: 'Ed25519', key, value };
  }
  throw new FabricRefusal('malformed', 'its signature is of an unknown kind');
}

function readBody(json: Record<string, unknown>): FabricDocument {
  const { root, revision, issuedAt } = json as Record<string, unknown> & Record<'root', unknown>;
  if (typeof root !== 'string' || root === '' || root.length > fabricLimits.name)
    throw new FabricRefusal('malformed', 'its root has no serial number');
  if (typeof revision !== 'number' || revision < 1)
    throw new FabricRefusal('malformed', 'its revision is none');
  const time = typeof issuedAt === 'string' ? Date.parse(issuedAt) : Number.NaN;
  if (Number.isNaN(time)) throw new FabricRefusal('malformed', 'its time is none');
  const settings = readSettings(json['settings']);
  if ('reason' in settings) throw new FabricRefusal('malformed', settings.reason);
  return { root, revision, issuedAt: time, settings };
}
