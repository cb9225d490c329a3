import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';
import { handleBytes } from './context-handle.ts';

export { decodeHandleAnswer, encodeHandleAnswer } from './context-handle.ts';

/** The remote registry (MS-RRP 1.9). */
export const winreg: RpcInterface = {
  name: 'winreg',
  pipe: 'winreg',
  uuid: '338cd001-2244-31f1-aaaa-900038001003',
  major: 1,
  minor: 0,
};

/** MS-RRP 3.1.5: OpenUsers, BaseRegCloseKey, BaseRegEnumKey. */
export const registryCalls = { openUsers: 4, closeKey: 5, enumKey: 9 } as const;

/** Win32 errors. */
export const registryStatuses = { done: 0, badHandle: 6, noMoreItems: 259 } as const;

/** KEY_ENUMERATE_SUB_KEYS and READ_CONTROL: no more than what is needed to list who has a hive loaded. */
const listRights = 0x00020008;

/** Names of keys are up to 255 characters (MS-RRP 3.1.1). */
const nameRoom = 256;

/** The question for a handle of HKEY_USERS, under which everybody who is logged on has a key named by the SID. */
export function encodeOpenUsers(): Buffer {
  return new NdrWriter().pointer(false).u32(listRights).finish();
}

/** @throws RpcDecodeError */
export function decodeOpenUsers(stub: Buffer): { readonly rights: number } {
  const reader = new NdrReader(stub);
  // A server name of one character, which nobody looks at.
  if (reader.pointer()) reader.u16();
  return { rights: reader.u32() };
}

/** The key at `index`, from 0 on. */
export function encodeEnumKey(handle: Buffer, index: number): Buffer {
  const room = (writer: NdrWriter) =>
    writer
      .u16(0)
      .u16(nameRoom * 2)
      .pointer();
  // Room for the name, for its class, and for when it was written: each says its size and holds nothing.
  const writer = new NdrWriter().bytes(handle).u32(index);
  room(writer).u32(nameRoom).u32(0).u32(0);
  room(writer.pointer()).u32(nameRoom).u32(0).u32(0);
  return writer.pointer(false).finish();
}

/** @throws RpcDecodeError */
export function decodeEnumKey(stub: Buffer): { readonly handle: Buffer; readonly index: number } {
  const reader = new NdrReader(stub);
  return { handle: Buffer.from(reader.bytes(handleBytes)), index: reader.u32() };
}

export interface EnumKeyAnswer {
  readonly name: string;
  /** registryStatuses and others. */
  readonly status: number;
}

/** @throws RpcDecodeError */
export function decodeEnumKeyAnswer(stub: Buffer): EnumKeyAnswer {
  const reader = new NdrReader(stub);
  const text = () => (reader.unicodeString().hasText ? reader.wideString() : '');
  const name = text();
  if (reader.pointer()) text();
  if (reader.pointer()) {
    reader.u32();
    reader.u32();
  }
  return { name, status: reader.u32() };
}

export function encodeEnumKeyAnswer({ name, status }: EnumKeyAnswer): Buffer {
  // Here the length of a name counts its NUL (MS-RRP 3.1.5.10).
  return new NdrWriter()
    .wholeUnicodeString(status === registryStatuses.done ? `${name}\0` : '')
    .pointer(false)
    .pointer(false)
    .u32(status)
    .finish();
}
