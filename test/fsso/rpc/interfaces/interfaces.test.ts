import { describe, expect, test } from 'vitest';
import { RpcDecodeError } from '../../../../src/fsso/rpc/errors.ts';
import {
  decodeEventRecords,
  type EventRecord,
  encodeEventRecord,
} from '../../../../src/fsso/rpc/interfaces/event-record.ts';
import * as log from '../../../../src/fsso/rpc/interfaces/eventlog.ts';
import * as srvsvc from '../../../../src/fsso/rpc/interfaces/srvsvc.ts';
import * as winreg from '../../../../src/fsso/rpc/interfaces/winreg.ts';
import * as wkssvc from '../../../../src/fsso/rpc/interfaces/wkssvc.ts';
import { someRecords } from './some-replies.ts';

const anna = { client: '\\\\10.0.0.7', user: 'anna', activeSeconds: 61, idleSeconds: 3, guest: false };
const guest = { client: '\\\\PC-SAL-002', user: 'Jürgen', activeSeconds: 0, idleSeconds: 0, guest: true };

describe('NetrSessionEnum', () => {
  test('the question asks for all clients and users', () => {
    const question = { server: '\\\\dc1', level: 10, most: 0xffffffff, resume: 7 };
    const stub = srvsvc.encodeSessionQuestion(question);
    expect(srvsvc.decodeSessionQuestion(stub)).toEqual({ ...question, client: null, user: null });
    // Pointer and text of the server, no client, no user, level twice, the container, no rows, wish, handle.
    expect(stub.toString('hex')).toBe(
      '04000200' +
        `06000000${'00000000'}06000000${Buffer.from('\\\\dc1\0', 'utf16le').toString('hex')}` +
        '00000000' +
        '00000000' +
        '0a000000' +
        '0a000000' +
        '08000200' +
        '00000000' +
        '00000000' +
        'ffffffff' +
        '0c000200' +
        '07000000',
    );
  });

  test.each([1, 10, 502])('level %i tells the sessions', (level) => {
    const answer = { level, sessions: [anna, guest], total: 2, resume: 5, status: 234 };
    const read = srvsvc.decodeSessionAnswer(srvsvc.encodeSessionAnswer(answer));
    // Level 10 does not tell who is a guest.
    const told = level === 10 ? [anna, { ...guest, guest: false }] : [anna, guest];
    expect(read).toEqual({ ...answer, sessions: told });
  });

  test('a refusal has no sessions', () => {
    const refused = { level: 99, sessions: [], total: 0, resume: 0, status: 124 };
    expect(srvsvc.decodeSessionAnswer(srvsvc.encodeSessionAnswer(refused))).toEqual(refused);
    expect(srvsvc.isSessionLevel(99)).toBe(false);
  });

  test('a session of less than a second at Samba, whose age is below zero, is new', () => {
    const stub = srvsvc.encodeSessionAnswer({
      level: 1,
      sessions: [{ ...anna, activeSeconds: 0xffffffff }],
      total: 1,
      resume: 0,
      status: 0,
    });
    expect(srvsvc.decodeSessionAnswer(stub).sessions[0]?.activeSeconds).toBe(0);
  });

  test('rows that are announced and not there are refused', () => {
    const stub = srvsvc.encodeSessionAnswer({ level: 10, sessions: [anna], total: 1, resume: 0, status: 0 });
    const changed = Buffer.from(stub);
    // Entries of the container, and the size of its array.
    changed.writeUInt32LE(0x0fffffff, 12);
    expect(() => srvsvc.decodeSessionAnswer(changed)).toThrow(RpcDecodeError);
    changed.writeUInt32LE(0x0fffffff, 20);
    expect(() => srvsvc.decodeSessionAnswer(changed)).toThrow(RpcDecodeError);
  });
});

test('NetrWkstaUserEnum tells who is logged on', () => {
  const question = { server: '\\\\ws1', level: 1, most: 65536, resume: 0 };
  expect(wkssvc.decodeUserQuestion(wkssvc.encodeUserQuestion(question))).toEqual(question);
  const answer = {
    level: 1,
    users: [
      { user: 'anna', domain: 'CORP', logonServer: 'DC1' },
      { user: 'WS1$', domain: 'CORP', logonServer: '' },
    ],
    total: 2,
    resume: 0,
    status: 0,
  };
  expect(wkssvc.decodeUserAnswer(wkssvc.encodeUserAnswer(answer))).toEqual(answer);
});

test('the keys of HKEY_USERS are asked for one by one', () => {
  const handle = Buffer.alloc(20, 7);
  expect(winreg.decodeOpenUsers(winreg.encodeOpenUsers()).rights).toBe(0x20008);
  const opened = { handle, status: 0 };
  expect(winreg.decodeHandleAnswer(winreg.encodeHandleAnswer(opened))).toEqual(opened);
  expect(winreg.decodeEnumKey(winreg.encodeEnumKey(handle, 3))).toEqual({ handle, index: 3 });
  const key = { name: 'S-1-5-21-1-2-3-1104', status: 0 };
  expect(winreg.decodeEnumKeyAnswer(winreg.encodeEnumKeyAnswer(key))).toEqual(key);
  const end = { name: '', status: winreg.registryStatuses.noMoreItems };
  expect(winreg.decodeEnumKeyAnswer(winreg.encodeEnumKeyAnswer(end))).toEqual(end);
});

describe('event logs', () => {
  const handle = Buffer.alloc(20, 7);

  test('are opened, counted and read', () => {
    expect(log.decodeOpenLog(log.encodeOpenLog('Security'))).toBe('Security');
    expect(log.decodeLogHandle(log.encodeLogHandle(handle))).toEqual(handle);
    expect(log.decodeLogNumber(log.encodeLogNumber(1574, 0))).toEqual({ value: 1574, status: 0 });
    const question = {
      handle,
      flags: log.readFlags.seek | log.readFlags.forwards,
      record: 18930,
      bytes: 65536,
    };
    expect(log.decodeReadLog(log.encodeReadLog(question))).toEqual(question);
    const records = Buffer.concat(someRecords.map(encodeEventRecord));
    const answer = { records, needed: 0, status: 0 };
    expect(log.decodeReadAnswer(log.encodeReadAnswer(4096, answer))).toEqual(answer);
    const small = { records: Buffer.alloc(0), needed: 300, status: log.logStatuses.bufferTooSmall };
    expect(log.decodeReadAnswer(log.encodeReadAnswer(0, small))).toEqual(small);
  });

  test('records are read as they were written', () => {
    const bytes = Buffer.concat(someRecords.map(encodeEventRecord));
    expect(decodeEventRecords(bytes)).toEqual(someRecords);
    expect(bytes.length % 4).toBe(0);
  });

  test('records that do not fit are refused', () => {
    const good = encodeEventRecord(someRecords[0] as EventRecord);
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(good);
      bytes.writeUInt32LE(value, at);
      return () => decodeEventRecords(bytes);
    };
    expect(() => decodeEventRecords(good.subarray(0, 40))).toThrow(RpcDecodeError);
    expect(changed(0, 0)).toThrow(RpcDecodeError);
    expect(changed(0, good.length + 4)).toThrow(RpcDecodeError);
    expect(changed(4, 0)).toThrow(RpcDecodeError);
    expect(changed(36, 0xfffffff0)).toThrow(RpcDecodeError);
    // More strings than there are.
    const many = Buffer.from(good);
    many.writeUInt16LE(0xffff, 26);
    expect(() => decodeEventRecords(many)).toThrow(RpcDecodeError);
  });
});
