import { expect, test } from 'vitest';
import { GateLinkFrames } from '../../../../../src/fsso/collector/ntlm/gate-link/frames.ts';
import { GateLinkError } from '../../../../../src/fsso/collector/ntlm/gate-link/gate-link-error.ts';
import {
  encodeGateLink,
  type GateLinkMessage,
  longestFrame,
} from '../../../../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { ownVerdict } from '../../../../../src/fsso/collector/ntlm/service.ts';
import { gateLinkMessages } from './some-messages.ts';

function read(pieces: Iterable<Buffer>, longest: number = longestFrame.gate): GateLinkMessage[] {
  const frames = new GateLinkFrames(longest);
  return [...pieces].flatMap((piece) => [...frames.push(piece)]);
}

const stream = Buffer.concat(gateLinkMessages.map(encodeGateLink));

test('what is written is read again, in one piece and octet by octet', () => {
  expect(read([stream])).toEqual(gateLinkMessages);
  expect(read(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(gateLinkMessages);
});

test('a message has the bytes that the documentation names', () => {
  expect(encodeGateLink({ kind: 'hello', version: 1 }).toString('hex')).toBe(
    '00000006' + '01' + '00000000' + '01',
  );
  expect(encodeGateLink({ kind: 'drop', negotiation: 258 }).toString('hex')).toBe(
    '00000005' + '07' + '00000102',
  );
});

test('a length that nobody has ends the stream before anything is kept for it', () => {
  const frames = new GateLinkFrames(longestFrame.collector);
  const long = Buffer.alloc(4);
  long.writeUInt32BE(longestFrame.collector + 1);
  expect(() => [...frames.push(long)]).toThrow(GateLinkError);
});

test.each([
  ['a kind that is not known', '00000005' + '63' + '00000001'],
  ['a frame without its head', '00000002' + '0101'],
  ['a field that is longer than the frame', '00000008' + '03' + '00000001' + '01' + 'ffff'],
  ['more groups than anybody has', '0000000b' + '06' + '00000001' + '00000000' + '0fff'],
])('%s is refused', (_what, hex) => {
  expect(() => read([Buffer.from(hex, 'hex')])).toThrow(GateLinkError);
});

test('a verdict of a kind that we do not know is no yes', () => {
  const bytes = encodeGateLink({ kind: 'verdict', negotiation: 1, verdict: ownVerdict('ok') });
  bytes.write('OK', bytes.indexOf('ok'));
  expect(read([bytes])).toMatchObject([{ verdict: { kind: 'unknown' } }]);
});

test('what is longer than anybody writes is cut, so that the other side can read it', () => {
  const groupNames = Array.from({ length: 5000 }, (_, index) => `CORP/${'g'.repeat(index)}`);
  const verdict = ownVerdict('ok', { user: '€'.repeat(70_000), groupNames });
  const [message] = read([encodeGateLink({ kind: 'verdict', negotiation: 1, verdict })]);
  const found = message?.kind === 'verdict' ? message.verdict : null;
  expect(found?.user).toHaveLength(1024);
  expect(found?.groupNames).toHaveLength(2048);
});
