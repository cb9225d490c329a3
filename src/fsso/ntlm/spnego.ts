import { Elements, headerAt, MalformedAnswer } from '../directory/ber.ts';
import { NtlmError } from './ntlm-error.ts';

// SPNEGO (RFC 4178, MS-SPNG): the tokens in which NTLM travels in SMB, LDAP and HTTP's `Negotiate`.

const tag = {
  octets: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x1b,
  sequence: 0x30,
  application: 0x60,
  context: (number: number) => 0xa0 + number,
} as const;

/** Contents of the object identifiers. */
export const mechanisms = {
  spnego: Buffer.from('2b0601050502', 'hex'),
  ntlm: Buffer.from('2b06010401823702020a', 'hex'),
  kerberos: Buffer.from('2a864886f712010202', 'hex'),
} as const;

export const spnegoStates = { completed: 0, incomplete: 1, rejected: 2, wantsMic: 3 } as const;

/** The first token of a side (RFC 4178 4.2.1); a server's hint in SMB's negotiation has the same shape. */
export interface SpnegoInit {
  readonly kind: 'init';
  /** Object identifiers, the favourite first. */
  readonly mechanisms: readonly Buffer[];
  /** The list as it was encoded, which is what the MIC goes over. */
  readonly encodedList: Buffer;
  /** What the favourite says first; null where nothing came. */
  readonly token: Buffer | null;
}

/** All later tokens (RFC 4178 4.2.2). */
export interface SpnegoResponse {
  readonly kind: 'response';
  readonly state: number | null;
  readonly mechanism: Buffer | null;
  readonly token: Buffer | null;
  readonly mic: Buffer | null;
}

/** Our messages and those of peers are a tenth of it. */
const longestToken = 64 * 1024;
const mostMechanisms = 32;

function element(kind: number, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // No shorter form would do: strict readers of DER refuse a longer one (X.690 10.1).
  const bytes = [(length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const size = length < 0x80 ? [length] : [0x80 + count, ...bytes.slice(-count)];
  return Buffer.concat([Buffer.from([kind, ...size]), ...parts]);
}

export function encodeMechanisms(list: readonly Buffer[]): Buffer {
  return element(tag.sequence, ...list.map((oid) => element(tag.oid, oid)));
}

/** NegTokenInit. */
export function encodeSpnegoInit(list: readonly Buffer[], token: Buffer | null): Buffer {
  return element(
    tag.application,
    element(tag.oid, mechanisms.spnego),
    element(
      tag.context(0),
      element(
        tag.sequence,
        element(tag.context(0), encodeMechanisms(list)),
        ...(token ? [element(tag.context(2), element(tag.octets, token))] : []),
      ),
    ),
  );
}

/** NegTokenResp; what is null is left out. */
export function encodeSpnegoResponse(response: Omit<SpnegoResponse, 'kind'>): Buffer {
  const { state, mechanism, token, mic } = response;
  return element(
    tag.context(1),
    element(
      tag.sequence,
      ...(state === null ? [] : [element(tag.context(0), element(tag.enumerated, Buffer.from([state])))]),
      ...(mechanism ? [element(tag.context(1), element(tag.oid, mechanism))] : []),
      ...(token ? [element(tag.context(2), element(tag.octets, token))] : []),
      ...(mic ? [element(tag.context(3), element(tag.octets, mic))] : []),
    ),
  );
}

/** Either token. @throws NtlmError `malformed`, and nothing else, whatever the bytes */
export function decodeSpnego(bytes: Buffer): SpnegoInit | SpnegoResponse {
  if (bytes.length > longestToken) throw new NtlmError('malformed', 'a token of SPNEGO that is too long');
  try {
    const whole = new Elements(bytes, { start: 0, end: bytes.length });
    if (whole.tag === tag.context(1)) return readResponse(whole);
    const outer = whole.inside(tag.application);
    if (!content(outer, tag.oid).equals(mechanisms.spnego))
      throw new NtlmError('malformed', 'a token of a mechanism other than SPNEGO');
    return readInit(outer);
  } catch (error) {
    if (error instanceof MalformedAnswer)
      throw new NtlmError('malformed', `a token that is no SPNEGO: ${error.message}`);
    throw error;
  }
}

function content(within: Elements, kind: number): Buffer {
  const { start, end } = within.next(kind);
  return within.bytes.subarray(start, end);
}

function readInit(outer: Elements): SpnegoInit {
  const fields = outer.inside(tag.context(0)).inside(tag.sequence);
  const list = fields.next(tag.context(0));
  const encodedList = fields.bytes.subarray(list.start, list.end);
  if (headerAt(encodedList, 0)?.end !== encodedList.length)
    throw new NtlmError('malformed', 'a list of mechanisms with something behind it');
  const oids = new Elements(fields.bytes, list).inside(tag.sequence);
  const found: Buffer[] = [];
  while (!oids.isOver && found.length < mostMechanisms) found.push(content(oids, tag.oid));
  fields.skip(tag.context(1));
  const token = fields.tag === tag.context(2) ? content(fields.inside(tag.context(2)), tag.octets) : null;
  return { kind: 'init', mechanisms: found, encodedList, token };
}

function readResponse(whole: Elements): SpnegoResponse {
  const fields = whole.inside(tag.context(1)).inside(tag.sequence);
  const field = (number: number, kind: number): Buffer | null =>
    fields.tag === tag.context(number) ? content(fields.inside(tag.context(number)), kind) : null;
  const state = field(0, tag.enumerated);
  if (state !== null && state.length !== 1)
    throw new NtlmError('malformed', 'a state of SPNEGO that is no single byte');
  return {
    kind: 'response',
    state: state?.[0] ?? null,
    mechanism: field(1, tag.oid),
    token: field(2, tag.octets),
    mic: field(3, tag.octets),
  };
}
