import { expect, test } from 'vitest';
import { EventBatch } from '../../../src/fsso/collector/event-batch.ts';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import { encodeEvent } from '../../../src/fsso/wire/messages.ts';

const frame = (user: string) =>
  encodeEvent(0, {
    loggedOn: true,
    ip: '10.0.0.1',
    session: 0,
    user,
    domain: 'CORP',
    workstation: 'PC1',
    groups: '',
    logonTime: 1,
    kind: 1,
    portRanges: [],
    extra: [],
  });

const read = (bytes: Buffer) =>
  [...new MessageDecoder('collector').push(bytes)].flatMap((message) =>
    message.kind === 'event' ? [[message.sync, message.record.user]] : [],
  );

test('a batch is numbered for each FortiGate anew, in the same bytes', () => {
  const batch = new EventBatch([frame('alice'), frame('a much longer name')]);
  expect(batch.count).toBe(2);
  expect(batch.frameLengths).toEqual([frame('alice').length, frame('a much longer name').length]);
  const first = batch.numbered(100_007);
  expect(read(first)).toEqual([
    [100_007, 'alice'],
    [100_008, 'a much longer name'],
  ]);
  const second = batch.numbered(0xffff_0000);
  expect(second).toBe(first);
  expect(read(second).map(([sync]) => sync)).toEqual([0xffff_0000, 0xffff_0001]);
});

test('bytes that were given away are never written to again', () => {
  const batch = new EventBatch([frame('alice')]);
  const kept = batch.numbered(7);
  batch.giveAway();
  expect(read(batch.numbered(8))).toEqual([[8, 'alice']]);
  expect(read(batch.numbered(9))).toEqual([[9, 'alice']]);
  expect(read(kept)).toEqual([[7, 'alice']]);
});

test('the frames that it was made of stay as they are', () => {
  const alone = frame('alice');
  new EventBatch([alone]).numbered(5);
  expect(read(alone)).toEqual([[0, 'alice']]);
});
