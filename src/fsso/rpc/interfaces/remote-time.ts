import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

/** NetrRemoteTOD of the server service (MS-SRVS 3.1.4): what time it is there. */
export const remoteTime = 28;

export function encodeTimeQuestion(server: string): Buffer {
  return new NdrWriter().optionalString(server).finish();
}

export interface TimeAnswer {
  /** Milliseconds since the epoch, in steps of ten; null where the machine did not say. */
  readonly time: number | null;
  /** A Win32 error. */
  readonly status: number;
}

/** Numbers of TIME_OF_DAY_INFO (MS-SRVS 2.2.4) between its seconds since the epoch and its hundredths, and behind those. */
const numbersBetween = 4;
const numbersBehind = 6;

/** @throws RpcDecodeError */
export function decodeTimeAnswer(stub: Buffer): TimeAnswer {
  const reader = new NdrReader(stub);
  let time: number | null = null;
  if (reader.pointer()) {
    const seconds = reader.u32();
    for (let count = 0; count < numbersBetween; count++) reader.u32();
    const hundredths = reader.u32();
    for (let count = 0; count < numbersBehind; count++) reader.u32();
    time = seconds * 1000 + (hundredths < 100 ? hundredths * 10 : 0);
  }
  return { time, status: reader.u32() };
}

/** The other half, for a server. */
export function encodeTimeAnswer(time: number): Buffer {
  const date = new Date(time);
  return new NdrWriter()
    .pointer()
    .u32(Math.floor(time / 1000))
    .u32(time % 0x1_0000_0000)
    .u32(date.getUTCHours())
    .u32(date.getUTCMinutes())
    .u32(date.getUTCSeconds())
    .u32(Math.floor(date.getUTCMilliseconds() / 10))
    .u32(0)
    .u32(310)
    .u32(date.getUTCDate())
    .u32(date.getUTCMonth() + 1)
    .u32(date.getUTCFullYear())
    .u32(date.getUTCDay())
    .u32(0)
    .finish();
}
