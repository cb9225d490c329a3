import { RpcDecodeError } from '../../src/fsso/rpc/errors.ts';
import { decodeQueryValue, encodeQueryValue } from '../../src/fsso/rpc/interfaces/winreg-values.ts';
import {
  decodeCreate,
  decodeIoctl,
  decodeRead,
  decodeSessionSetup,
  decodeTreeConnect,
  decodeWrite,
} from '../../src/fsso/smb/bodies.ts';
import { isEncrypted, MessageCipher } from '../../src/fsso/smb/encryption.ts';
import { SmbDecodeError } from '../../src/fsso/smb/errors.ts';
import { FrameReader, frame } from '../../src/fsso/smb/frames.ts';
import { decodeHeader } from '../../src/fsso/smb/header.ts';
import { confirmsNegotiate, decodeNegotiateResponse } from '../../src/fsso/smb/negotiate.ts';
import { unprotect } from '../../src/fsso/smb/protection.ts';
import { MessageSigner } from '../../src/fsso/smb/signing.ts';
import { negotiateAnswer, response } from '../fsso/smb/some-messages.ts';
import type { Target } from './targets.ts';

const key = Buffer.alloc(16, 7);

function decoding(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SmbDecodeError)) throw error;
  }
}

/** Every reader of answers, whatever the command: a server chooses what it sends. */
const readers: readonly ((message: Buffer) => unknown)[] = [
  decodeHeader,
  decodeSessionSetup,
  decodeTreeConnect,
  decodeCreate,
  decodeRead,
  decodeWrite,
  (message) => decodeIoctl(message, 1000),
  (message) => {
    const choice = decodeNegotiateResponse(message);
    return confirmsNegotiate(message.subarray(64), choice);
  },
];

const body = (size: number, structure: number, more: readonly (readonly [at: number, value: number])[]) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16LE(structure, 0);
  for (const [at, value] of more) bytes.writeUInt32LE(value, at);
  return bytes;
};

/** What machines answer over SMB. */
export const smbTargets: Readonly<Record<string, Target>> = {
  'smb-message': {
    read(bytes) {
      for (const read of readers) decoding(() => void read(bytes));
      decoding(() => void unprotect(bytes, null));
      decoding(() => {
        const cipher = new MessageCipher('aes-128-gcm', key, key, 9n);
        const signer = new MessageSigner('aes-gmac', key);
        const { header } = unprotect(bytes, { signer, cipher, encrypts: false });
        // The fuzzer knows no key.
        if (isEncrypted(bytes)) throw new Error(`message ${header.messageId} was let in`);
      });
      const count = (pieces: readonly Buffer[]): number => {
        const reader = new FrameReader(4096);
        let found = 0;
        decoding(() => {
          for (const piece of pieces) for (const _ of reader.push(piece)) found += 1;
        });
        return found;
      };
      const whole = count([bytes]);
      const pieces = count(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} messages in one piece, ${pieces} byte by byte`);
    },
    sources: '/src/fsso/smb/',
    seeds: [
      negotiateAnswer('3.1.1'),
      negotiateAnswer('2.1'),
      frame(response(13, Buffer.from([4, 0, 0, 0]))),
      response(1, body(20, 9, [[4, 0x000c0048]]), 0xc0000016),
      response(3, body(16, 16, [[4, 0x8000]])),
      response(5, body(88, 89, [])),
      response(
        8,
        body(24, 17, [
          [2, 80],
          [4, 8],
        ]),
      ),
      response(9, body(16, 17, [[4, 8]])),
      response(
        11,
        body(72, 49, [
          [32, 112],
          [36, 24],
        ]),
      ),
      new MessageCipher('aes-128-gcm', key, key, 8n).encrypt(response(13, Buffer.from([4, 0, 0, 0]))),
    ],
  },
  'winreg-value': {
    read(bytes) {
      try {
        if (decodeQueryValue(bytes).text.includes('\0')) throw new Error('a text with a NUL');
      } catch (error) {
        if (!(error instanceof RpcDecodeError)) throw error;
      }
    },
    sources: '/src/fsso/rpc/interfaces/winreg-values',
    seeds: [
      encodeQueryValue(Buffer.alloc(20), 'USERNAME'),
      Buffer.from(
        '000002000100000004000200' +
          '0c000000000000000c00000061006e006e00610000000000' +
          '080002000a0000000c0002000a00000000000000',
        'hex',
      ),
    ],
  },
};
