// The server's half of SMB 2 (MS-SMB2 2.2), as much of it as pipes need.

export const commands = {
  negotiate: 0,
  sessionSetup: 1,
  logoff: 2,
  treeConnect: 3,
  treeDisconnect: 4,
  create: 5,
  close: 6,
  flush: 7,
  read: 8,
  write: 9,
  ioctl: 11,
  cancel: 12,
  echo: 13,
  queryInfo: 16,
} as const;

/** MS-SMB2 2.2.1.2. */
export const smbFlags = { response: 0x1, async: 0x2, related: 0x4, signed: 0x8 } as const;

/** NTSTATUS values of the server. */
export const smbStatuses = {
  done: 0,
  pending: 0x103,
  bufferOverflow: 0x80000005,
  moreProcessing: 0xc0000016,
  invalidParameter: 0xc000000d,
  accessDenied: 0xc0000022,
  notFound: 0xc0000034,
  logonFailure: 0xc000006d,
  notSupported: 0xc00000bb,
  badNetworkName: 0xc00000cc,
  pipeEmpty: 0xc00000d9,
  pipeBroken: 0xc000014b,
  noSession: 0xc0000203,
  noTree: 0xc00000c9,
  fileClosed: 0xc0000128,
  noDfs: 0xc000019c,
  invalidDevice: 0xc0000010,
} as const;

export const headerBytes = 64;
const magic = 0x424d53fe;

/** One request of a client, in a frame or in a compound. */
export interface SmbRequest {
  readonly command: number;
  readonly flags: number;
  readonly credits: number;
  readonly messageId: bigint;
  readonly treeId: number;
  readonly sessionId: bigint;
  /** Header and body, without what follows in a compound: offsets in the body count from its beginning. */
  readonly message: Buffer;
  readonly body: Buffer;
}

/** Thrown for what is no SMB 2; the connection ends. */
export class NotSmb extends Error {
  override readonly name = 'NotSmb';
}

/** The requests of one frame. @throws NotSmb */
export function decodeRequests(frame: Buffer): SmbRequest[] {
  const requests: SmbRequest[] = [];
  let rest = frame;
  for (;;) {
    if (rest.length < headerBytes || rest.readUInt32LE(0) !== magic) throw new NotSmb('no header of SMB 2');
    const next = rest.readUInt32LE(20);
    if (next !== 0 && (next < headerBytes || next > rest.length))
      throw new NotSmb('a compound that does not fit');
    const message = next === 0 ? rest : rest.subarray(0, next);
    requests.push({
      command: message.readUInt16LE(12),
      credits: message.readUInt16LE(14),
      flags: message.readUInt32LE(16),
      messageId: message.readBigUInt64LE(24),
      treeId: message.readUInt32LE(36),
      sessionId: message.readBigUInt64LE(40),
      message,
      body: message.subarray(headerBytes),
    });
    if (next === 0) return requests;
    rest = rest.subarray(next);
  }
}

export interface SmbResponse {
  readonly status: number;
  readonly body: Buffer;
  readonly treeId?: number;
  readonly sessionId?: bigint;
}

/** The most that a client holds at a time. */
const mostCredits = 256;

/** A response, not signed. */
export function encodeResponse(request: SmbRequest, response: SmbResponse): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt16LE(headerBytes, 4);
  header.writeUInt32LE(response.status, 8);
  header.writeUInt16LE(request.command, 12);
  header.writeUInt16LE(Math.max(1, Math.min(mostCredits, request.credits)), 14);
  header.writeUInt32LE(smbFlags.response, 16);
  header.writeBigUInt64LE(request.messageId, 24);
  header.writeUInt32LE(response.treeId ?? request.treeId, 36);
  header.writeBigUInt64LE(response.sessionId ?? request.sessionId, 40);
  return Buffer.concat([header, response.body]);
}

/** The body of an error (MS-SMB2 2.2.2). */
export const errorBody = Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0]);

/** Bytes that a field of a request names by offset, from the header on, and length. @throws RangeError */
export function namedBytes(message: Buffer, offset: number, length: number): Buffer {
  if (offset + length > message.length) throw new RangeError('a field behind the end');
  return message.subarray(offset, offset + length);
}
