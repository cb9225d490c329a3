import { isIP } from 'node:net';
import { longestNtlmMessage } from '../../../ntlm/messages.ts';
import { type VerdictKind, verdictWords } from '../../../windows/netlogon/verdicts.ts';
import { type NtlmVerdict, ownVerdict } from '../service.ts';
import { FieldReader, fieldOf } from './fields.ts';
import { GateLinkError } from './gate-link-error.ts';

/**
 * What a gate and a collector say to each other over a connection of their own. This framing is OURS: how a FortiGate hands NTLM
 * to a collector over TCP 8000 is not published (docs/protocol/windows.md, Gate link).
 */
export type GateLinkMessage =
  /** From the gate: somebody's Type 1. `negotiation` is a number that the gate chooses, and that it uses for nothing else meanwhile. */
  | {
      readonly kind: 'begin';
      readonly negotiation: number;
      /** Of the client. */
      readonly address: string;
      readonly wantsGroups: boolean;
      readonly negotiate: Buffer;
    }
  /** From the gate: the Type 3. */
  | { readonly kind: 'answer'; readonly negotiation: number; readonly authenticate: Buffer }
  /** From the gate: the client is gone. */
  | { readonly kind: 'drop'; readonly negotiation: number }
  /** From the collector, first of all: the certificate is accepted. */
  | { readonly kind: 'hello'; readonly version: number }
  /** From the collector: the Type 2. */
  | { readonly kind: 'challenge'; readonly negotiation: number; readonly challenge: Buffer }
  /** From the collector: the end of a negotiation. SIDs and `problem` do not travel. */
  | { readonly kind: 'verdict'; readonly negotiation: number; readonly verdict: NtlmVerdict }
  /** From the gate, and back. */
  | { readonly kind: 'alive' };

export const gateLinkVersion = 1;

const codes = { hello: 1, alive: 2, begin: 3, challenge: 4, answer: 5, verdict: 6, drop: 7 } as const;
const kinds = new Map<number, GateLinkMessage['kind']>(
  Object.entries(codes).map(([kind, code]) => [code, kind as GateLinkMessage['kind']]),
);

/** Characters of a name or a sentence; what is longer is cut by who writes it. */
const longestText = 1024;
const mostGroups = 2048;
const groupsUnknown = 0xffff;
/** What a frame counts before its body: kind and negotiation. */
const headBytes = 5;
/** Bytes behind the length, by what the reader of them is. */
export const longestFrame = { collector: longestNtlmMessage + 1024, gate: 4 * 1024 * 1024 } as const;

/** Length (4 bytes, of what follows it), kind (1), number of the negotiation (4, 0 where there is none), and what belongs to the kind. */
export function encodeGateLink(message: GateLinkMessage): Buffer {
  const body = bodyOf(message);
  const head = Buffer.alloc(4 + headBytes);
  head.writeUInt32BE(headBytes + body.length, 0);
  head.writeUInt8(codes[message.kind], 4);
  head.writeUInt32BE('negotiation' in message ? message.negotiation : 0, 5);
  return Buffer.concat([head, body]);
}

function bodyOf(message: GateLinkMessage): Buffer {
  switch (message.kind) {
    case 'hello':
      return Buffer.from([message.version]);
    case 'begin':
      return Buffer.concat([
        Buffer.from([message.wantsGroups ? 1 : 0]),
        fieldOf(message.address, longestText),
        message.negotiate,
      ]);
    case 'answer':
      return message.authenticate;
    case 'challenge':
      return message.challenge;
    case 'verdict':
      return verdictBody(message.verdict);
    default:
      return Buffer.alloc(0);
  }
}

function verdictBody(verdict: NtlmVerdict): Buffer {
  const { kind, status, user, domain, workstation, cause, ms } = verdict;
  const groups = verdict.groupNames?.slice(0, mostGroups) ?? [];
  const numbers = Buffer.alloc(6);
  numbers.writeUInt32BE(Math.min(Math.max(Math.round(ms), 0), 0xffffffff), 0);
  numbers.writeUInt16BE(verdict.groupNames === null ? groupsUnknown : groups.length, 4);
  const texts = [kind, status ?? '', user, domain, workstation, cause, ...groups];
  return Buffer.concat([numbers, ...texts.map((text) => fieldOf(text, longestText))]);
}

/** One frame without its length. @throws GateLinkError */
export function decodeGateLink(frame: Buffer): GateLinkMessage {
  if (frame.length < headBytes) throw new GateLinkError(`a frame of ${frame.length} bytes`);
  const kind = kinds.get(frame.readUInt8(0));
  const negotiation = frame.readUInt32BE(1);
  const body = frame.subarray(headBytes);
  switch (kind) {
    case undefined:
      throw new GateLinkError(`a message of kind ${frame.readUInt8(0)}`);
    case 'alive':
      return { kind };
    case 'drop':
      return { kind, negotiation };
    case 'hello':
      return { kind, version: new FieldReader(body).byte() };
    case 'begin': {
      const fields = new FieldReader(body);
      const wantsGroups = fields.byte() === 1;
      const address = fields.text();
      // It becomes the address of a logon.
      if (isIP(address) === 0) throw new GateLinkError('a client without an address');
      return { kind, negotiation, wantsGroups, address, negotiate: ntlm(fields.rest()) };
    }
    case 'answer':
      return { kind, negotiation, authenticate: ntlm(body) };
    case 'challenge':
      return { kind, negotiation, challenge: ntlm(body) };
    case 'verdict':
      return { kind, negotiation, verdict: readVerdict(body) };
  }
}

function ntlm(bytes: Buffer): Buffer {
  if (bytes.length > longestNtlmMessage) throw new GateLinkError(`an NTLM message of ${bytes.length} bytes`);
  // A copy, so that a message does not hold the chunk that it came in.
  return Buffer.from(bytes);
}

function readVerdict(body: Buffer): NtlmVerdict {
  const fields = new FieldReader(body);
  const ms = fields.long();
  const count = fields.short();
  if (count !== groupsUnknown && count > mostGroups) throw new GateLinkError(`${count} groups`);
  const said = fields.text();
  // A later collector may know more kinds than we do: what is not known is no yes.
  const kind: VerdictKind = Object.hasOwn(verdictWords, said) ? (said as VerdictKind) : 'unknown';
  const status = fields.text() || null;
  const [user, domain, workstation, cause] = [fields.text(), fields.text(), fields.text(), fields.text()];
  const groupNames = count === groupsUnknown ? null : Array.from({ length: count }, () => fields.text());
  return ownVerdict(kind, { ms, status, user, domain, workstation, cause, groupNames });
}
