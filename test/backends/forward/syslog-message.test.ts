import fc from 'fast-check';
import { expect, test } from 'vitest';
import { octetCounted, syslogMessage } from '../../../src/backends/forward/syslog-message.ts';

const sender = { facility: 'local7', hostname: 'gate.example', version: '0.1.0', processId: 42 } as const;
const event = {
  time: Date.UTC(2026, 0, 15, 9, 0, 1, 250),
  level: 'notice',
  logId: 43014,
  source: 'corp',
  text: 'user ANNA logged on 10.0.0.9',
} as const;

test('a message has the header of RFC 5424, registered structured data and the text of a FortiGate', () => {
  expect(syslogMessage({ number: 7, event }, sender, 2048).toString()).toBe(
    '<189>1 2026-01-15T09:00:01.250Z gate.example fabrictop 42 43014 ' +
      '[origin software="fabrictop" swVersion="0.1.0"][meta sequenceId="7"] ' +
      'date=2026-01-15 time=09:00:01 logid="0102043014" type="event" subtype="user" level="notice" ' +
      'eventtime=1768467601250000000 tz="+0000" msg="user ANNA logged on 10.0.0.9"',
  );
});

test('the severity goes by the level, and the sequence starts anew before it overflows', () => {
  const severe = { ...event, level: 'error', logId: null } as const;
  expect(
    syslogMessage({ number: 2_147_483_648, event: severe }, { ...sender, facility: 'user' }, 2048).toString(),
  ).toMatch(/^<11>1 \S+ gate\.example fabrictop 42 - \[.*sequenceId="1"\]/);
});

test('a host name without a printable character is left out', () => {
  expect(syslogMessage({ number: 1, event }, { ...sender, hostname: 'ä ö' }, 2048).toString()).toMatch(
    /^<189>1 \S+ - fabrictop/,
  );
});

test('whatever the text, a message is UTF-8 and no longer than allowed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.integer({ min: 200, max: 600 }),
      (text, longest) => {
        const message = syslogMessage({ number: 1, event: { ...event, text } }, sender, longest);
        expect(message.length).toBeLessThanOrEqual(longest);
        expect(() => new TextDecoder('utf-8', { fatal: true }).decode(message)).not.toThrow();
      },
    ),
  );
});

test('a stream carries the length in octets before each message', () => {
  expect(octetCounted(Buffer.from('ä')).toString()).toBe('2 ä');
});
