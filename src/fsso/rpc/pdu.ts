import { pduFlags, type pduTypes } from './profile.ts';
import type { Around } from './security.ts';

// Protocol data units of connection-oriented DCE/RPC (C706 12.6, MS-RPCE 2.2.2), as pdu-reader.ts and pdu-writer.ts have them for both
// sides. Only little-endian integers and ASCII: what every Windows and Samba sends.

/** Bytes of the header that all have in common. */
export const headerBytes = 16;
/** Of what stands before the token of a verifier. */
export const trailerBytes = 8;
/** The first byte of the data representation. */
export const littleEndian = 0x10;

/** What proves or protects a PDU (MS-RPCE 2.2.2.11). */
export interface AuthVerifier {
  readonly type: number;
  readonly level: number;
  /** Bytes at the end of the body that only fill up. */
  readonly padding: number;
  readonly contextId: number;
  readonly token: Buffer;
}

/** An interface or a transfer syntax: `version` holds the minor one in its high half. */
export interface Syntax {
  readonly uuid: string;
  readonly version: number;
}

export interface PresentationContext {
  readonly id: number;
  readonly abstract: Syntax;
  readonly transfers: readonly Syntax[];
}

export interface PresentationResult {
  readonly result: number;
  readonly reason: number;
  readonly transfer: Syntax;
}

interface AnyPdu {
  /** Of the fragment: pduFlags. */
  readonly flags: number;
  readonly callId: number;
  readonly auth: AuthVerifier | null;
}

export interface BindPdu extends AnyPdu {
  readonly type: typeof pduTypes.bind | typeof pduTypes.alterContext;
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  readonly contexts: readonly PresentationContext[];
}

export interface BindAckPdu extends AnyPdu {
  readonly type: typeof pduTypes.bindAck | typeof pduTypes.alterContextResponse;
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  /** The endpoint, as `\PIPE\srvsvc`. */
  readonly address: string;
  readonly results: readonly PresentationResult[];
}

export interface BindNakPdu extends AnyPdu {
  readonly type: typeof pduTypes.bindNak;
  readonly reason: number;
}

export interface RequestPdu extends AnyPdu {
  readonly type: typeof pduTypes.request;
  /** What the whole stub will take; 0 says nothing. Never believed. */
  readonly allocHint: number;
  readonly contextId: number;
  readonly opnum: number;
  /** With the padding of `auth`. */
  readonly stub: Buffer;
  /** Of one that was read and has a verifier. */
  readonly around?: Around;
}

export interface ResponsePdu extends AnyPdu {
  readonly type: typeof pduTypes.response;
  readonly allocHint: number;
  readonly contextId: number;
  readonly stub: Buffer;
  /** Of one that was read and has a verifier. */
  readonly around?: Around;
}

export interface FaultPdu extends AnyPdu {
  readonly type: typeof pduTypes.fault;
  readonly contextId: number;
  readonly status: number;
}

/** The third message of a login; its body is only padding. */
export interface Auth3Pdu extends AnyPdu {
  readonly type: typeof pduTypes.auth3;
}

/** What has no body that matters: shutdown, cancel, orphaned. */
export interface BarePdu extends AnyPdu {
  readonly type: typeof pduTypes.shutdown | typeof pduTypes.cancel | typeof pduTypes.orphaned;
}

export type Pdu =
  | BindPdu
  | BindAckPdu
  | BindNakPdu
  | RequestPdu
  | ResponsePdu
  | FaultPdu
  | Auth3Pdu
  | BarePdu;

/** Both: a PDU in one piece. */
export const wholePdu = pduFlags.first | pduFlags.last;
