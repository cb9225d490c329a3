import { expect, test } from 'vitest';
import { decodeIoctl, decodeRead, decodeSessionSetup } from '../../../src/fsso/smb/bodies.ts';
import { FrameReader, frame } from '../../../src/fsso/smb/frames.ts';
import { decodeHeader, encodeHeader } from '../../../src/fsso/smb/header.ts';
import {
  confirmsNegotiate,
  decodeNegotiateResponse,
  encodeNegotiate,
  encodeValidateNegotiate,
  sortedDialects,
} from '../../../src/fsso/smb/negotiate.ts';
import { allDialects, offeredCiphers, offeredSignings } from '../../../src/fsso/smb/profile.ts';
import { negotiateAnswer, response } from './some-messages.ts';

const refused = (reason: string) => expect.objectContaining({ name: 'SmbDecodeError', reason });

test('messages come out whole, however their bytes were split', () => {
  const messages = [Buffer.from('abc'), Buffer.alloc(0), Buffer.alloc(300, 7)];
  const bytes = Buffer.concat(messages.map(frame));
  for (const size of [1, 2, 5, 400]) {
    const reader = new FrameReader();
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...reader.push(bytes.subarray(at, at + size)));
    expect(found).toEqual(messages);
    expect(reader.held).toBe(0);
  }
});

test('a message beyond the limit is refused by its length, before it is there', () => {
  const reader = new FrameReader(100);
  expect(() => [...reader.push(Buffer.from([0, 0, 0, 101]))]).toThrow(refused('too-long'));
  expect(() => [...new FrameReader().push(Buffer.from([1, 0, 0, 4]))]).toThrow(refused('bad-value'));
});

test('a header comes back as it was, synchronous or not', () => {
  const header = {
    command: 8,
    status: 0x103,
    credits: 3,
    creditCharge: 1,
    flags: 1,
    messageId: 0x1_0000_0001n,
    asyncId: null,
    treeId: 5,
    sessionId: 6n,
  };
  expect(decodeHeader(encodeHeader(header))).toEqual(header);
  const late = { ...header, asyncId: 77n, treeId: 0 };
  expect(decodeHeader(encodeHeader(late))).toEqual({ ...late, flags: 3 });
});

test('SMB 1, chains and short messages are refused', () => {
  const good = encodeHeader(decodeHeader(response(0, Buffer.alloc(0))));
  expect(() => decodeHeader(good.subarray(0, 63))).toThrow(refused('truncated'));
  expect(() => decodeHeader(Buffer.concat([Buffer.from('ff534d42', 'hex'), good.subarray(4)]))).toThrow(
    refused('bad-value'),
  );
  good.writeUInt32LE(64, 20);
  expect(() => decodeHeader(good)).toThrow(refused('bad-value'));
});

const offer = {
  dialects: allDialects,
  securityMode: 3,
  capabilities: 0x40,
  clientGuid: Buffer.alloc(16, 1),
  salt: Buffer.alloc(32, 2),
  ciphers: offeredCiphers,
  signings: offeredSignings,
};

test('contexts are offered with 3.1.1 only, each at a multiple of eight', () => {
  const body = encodeNegotiate(offer);
  expect(body.readUInt32LE(28) % 8).toBe(0);
  expect(body.readUInt16LE(32)).toBe(3);
  const older = encodeNegotiate({ ...offer, dialects: ['2.0.2', '3.0'] });
  expect(older.length).toBe(36 + 4);
  expect(encodeNegotiate({ ...offer, dialects: ['2.0.2'] }).subarray(12, 28)).toEqual(Buffer.alloc(16));
});

test('what a server chose is read, the contexts of 3.1.1 too', () => {
  const choice = decodeNegotiateResponse(negotiateAnswer('3.1.1'));
  expect(choice).toMatchObject({ dialect: '3.1.1', cipher: 'aes-128-gcm', signing: 'aes-gmac' });
  expect(decodeNegotiateResponse(negotiateAnswer('2.1'))).toMatchObject({ dialect: '2.1', cipher: null });
});

test('3.1.1 without preauthentication integrity is refused', () => {
  const message = negotiateAnswer('3.1.1');
  // The hash that it chose.
  message.writeUInt16LE(9, message.readUInt32LE(64 + 60) + 8 + 4);
  expect(() => decodeNegotiateResponse(message)).toThrow(refused('bad-value'));
});

test('the negotiation is confirmed by the same words only', () => {
  const choice = decodeNegotiateResponse(negotiateAnswer('3.0'));
  const answer = Buffer.alloc(24);
  answer.writeUInt32LE(choice.capabilities, 0);
  answer.set(choice.serverGuid, 4);
  answer.writeUInt16LE(choice.securityMode, 20);
  answer.writeUInt16LE(0x300, 22);
  expect(confirmsNegotiate(answer, choice)).toBe(true);
  for (const at of [0, 4, 20, 22]) {
    const changed = Buffer.from(answer);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(confirmsNegotiate(changed, choice)).toBe(false);
  }
  expect(() => confirmsNegotiate(answer.subarray(0, 23), choice)).toThrow(refused('truncated'));
  expect(encodeValidateNegotiate(offer).readUInt16LE(22)).toBe(5);
});

test('offsets and lengths that lead outside of a message are refused', () => {
  const read = Buffer.alloc(17);
  read.writeUInt16LE(17, 0);
  read.writeUInt8(80, 2);
  read.writeUInt32LE(2, 4);
  expect(() => decodeRead(response(8, read))).toThrow(refused('bad-length'));
  read.writeUInt32LE(1, 4);
  expect(decodeRead(response(8, read))).toEqual(Buffer.from([0]));
  const control = Buffer.alloc(48);
  control.writeUInt16LE(49, 0);
  control.writeUInt32LE(0xffff_fff0, 32);
  control.writeUInt32LE(16, 36);
  expect(() => decodeIoctl(response(11, control), 100)).toThrow(refused('bad-length'));
  control.writeUInt32LE(101, 36);
  expect(() => decodeIoctl(response(11, control), 100)).toThrow(refused('too-long'));
  expect(() => decodeSessionSetup(response(1, Buffer.from([9, 0, 0, 0])))).toThrow(refused('truncated'));
});

test('dialects are offered in their order', () => {
  expect(sortedDialects(['3.1.1', '2.0.2'])).toEqual(['2.0.2', '3.1.1']);
});
