import { expect, test } from 'vitest';
import { LineError, readCollectors, readDcLine, sendLines } from '../../../src/fsso/agents/lines.ts';
import { EncodeError } from '../../../src/fsso/wire/element.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('a line of a DC agent is a logon; without an address the collector is to resolve', () => {
  const who = { workstation: 'PC1', domain: 'CORP', user: 'alice' };
  expect(readDcLine(JSON.stringify({ ...who, ip: '10.0.0.1', ip2: '10.0.1.1' }))).toEqual({
    ...who,
    ip: '10.0.0.1',
    ip2: '10.0.1.1',
  });
  expect(readDcLine(JSON.stringify(who))).toEqual({ ...who, ip: null, ip2: null });
  expect(readDcLine(JSON.stringify({ ...who, ip: null }))).toEqual({ ...who, ip: null, ip2: null });
});

test('a line of a DC agent that is no logon is refused in words', () => {
  const refused = {
    'not json': 'is not JSON',
    '[]': 'expected an object such as {"user": "alice", ...}',
    '{"workstation":"PC1","domain":"CORP"}': 'user: missing, expected the user as text',
    '{"workstation":"PC1","domain":"CORP","user":""}': 'user: expected the user, found nothing',
    '{"workstation":"PC1","domain":"CORP","user":"a","ip":"10.0.0"}': 'ip: expected an IPv4 address',
    '{"workstation":"PC1","domain":"CORP","user":"a","adress":1}': 'unknown key adress',
  };
  for (const [line, message] of Object.entries(refused))
    expect(() => readDcLine(line), line).toThrow(new LineError(message));
  expect(() => readDcLine(' '.repeat(70_000))).toThrow('is longer than 65536 characters');
});

async function* input(lines: readonly string[]) {
  yield* lines;
}

test('a line that cannot be sent is told with its number, and the others are sent', async () => {
  const sent: string[] = [];
  const told: string[] = [];
  const counts = await sendLines(
    input(['a', '', 'bad', 'slash', 'net', 'b']),
    async (line) => {
      if (line === 'bad') throw new LineError('is not JSON');
      if (line === 'slash') throw new EncodeError('domain', 'a slash would end it');
      if (line === 'net') throw Object.assign(new Error('x'), { code: 'ENETUNREACH' });
      sent.push(line);
    },
    new ManualClock(),
    (text) => told.push(text),
  );
  expect(sent).toEqual(['a', 'b']);
  expect(counts).toEqual({ sent: 2, failed: 3 });
  expect(told).toEqual([
    'line 3: is not JSON',
    'line 4: cannot be sent: domain: a slash would end it',
    'line 5: was not sent (ENETUNREACH)',
  ]);
});

test('many lines are sent no faster than a collector can take them', async () => {
  const clock = new ManualClock();
  let sent = 0;
  const all = sendLines(
    input(Array(120).fill('x')),
    async () => {
      sent += 1;
    },
    clock,
    () => {},
  );
  for (let expected = 50; expected <= 100; expected += 50) {
    for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done));
    expect(sent).toBe(expected);
    clock.advance(10);
  }
  expect(await all).toEqual({ sent: 120, failed: 0 });
});

test('collectors are HOST:PORT, IPv6 in brackets, several behind commas, without a port at the usual one', () => {
  expect(readCollectors('10.0.0.1:1, [::1]:2,dc.example:3,[2001:db8::1],name,tls://a,tls://[::1]:4')).toEqual(
    [
      { host: '10.0.0.1', port: 1 },
      { host: '::1', port: 2 },
      { host: 'dc.example', port: 3 },
      { host: '2001:db8::1', port: 8002 },
      { host: 'name', port: 8002 },
      { host: 'a', port: 8003, tls: true },
      { host: '::1', port: 4, tls: true },
    ],
  );
  for (const wrong of ['', 'a:', 'a:0', 'a:65536', 'a:b', '::1:8002', 'a,,b', 'a b', 'tls://', 'udp://a'])
    expect(() => readCollectors(wrong), wrong).toThrow(LineError);
});
