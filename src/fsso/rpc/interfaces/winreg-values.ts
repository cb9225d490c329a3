import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

// Keys below those that are listed, and the text in them (MS-RRP 3.1.5.15, 3.1.5.17).

/** BaseRegOpenKey, BaseRegQueryValue. */
export const valueCalls = { openKey: 15, queryValue: 17 } as const;

/** Win32: no such key, or no such value. */
export const notFound = 2;

/** KEY_QUERY_VALUE. */
const readRights = 0x1;
/** REG_SZ. */
const textType = 1;
/** Bytes of a text, at most; names of users and domains are far shorter. */
const longestText = 2048;

/** @param path below the key of the handle, with backslashes */
export function encodeOpenKey(handle: Buffer, path: string): Buffer {
  // The length of a name counts its NUL here.
  return new NdrWriter().bytes(handle).wholeUnicodeString(`${path}\0`).u32(0).u32(readRights).finish();
}

export function encodeQueryValue(handle: Buffer, name: string): Buffer {
  const writer = new NdrWriter().bytes(handle).wholeUnicodeString(`${name}\0`);
  writer.pointer().u32(0);
  // Room for the text, of which nothing is sent.
  writer.pointer().u32(longestText).u32(0).u32(0);
  return writer.pointer().u32(longestText).pointer().u32(0).finish();
}

export interface TextAnswer {
  /** Empty where the value is no text. */
  readonly text: string;
  /** Win32; 0 where there is a value. */
  readonly status: number;
}

/** @throws RpcDecodeError */
export function decodeQueryValue(stub: Buffer): TextAnswer {
  const reader = new NdrReader(stub);
  const type = reader.pointer() ? reader.u32() : 0;
  const bytes = reader.pointer() ? reader.varyingBytes() : Buffer.alloc(0);
  if (reader.pointer()) reader.u32();
  if (reader.pointer()) reader.u32();
  const status = reader.u32();
  const text = type === textType ? bytes.toString('utf16le').split('\0', 1)[0] : '';
  return { text: text ?? '', status };
}
