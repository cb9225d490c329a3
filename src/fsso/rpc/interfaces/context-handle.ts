import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

/** Bytes of what a server gives out for something opened, and takes back (C706 14.2.16.6). */
export const handleBytes = 20;

/** What a server gives out where it opened nothing, and answers when it closed something. */
export const noHandle = Buffer.alloc(handleBytes);

/** What the calls with nothing but a handle send. */
export function encodeHandle(handle: Buffer): Buffer {
  return new NdrWriter().bytes(handle).finish();
}

/** The handle with which a call begins. @throws RpcDecodeError */
export function decodeHandle(stub: Buffer): Buffer {
  return Buffer.from(new NdrReader(stub).bytes(handleBytes));
}

export interface HandleAnswer {
  readonly handle: Buffer;
  readonly status: number;
}

/** The answer of what opens or closes a handle. @throws RpcDecodeError */
export function decodeHandleAnswer(stub: Buffer): HandleAnswer {
  const reader = new NdrReader(stub);
  return { handle: Buffer.from(reader.bytes(handleBytes)), status: reader.u32() };
}

export function encodeHandleAnswer({ handle, status }: HandleAnswer): Buffer {
  return new NdrWriter().bytes(handle).u32(status).finish();
}
