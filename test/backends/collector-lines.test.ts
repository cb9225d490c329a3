import { expect, test } from 'vitest';
import { collectorLine } from '../../src/backends/collector-lines.ts';
import { collectorEvent } from '../../src/fsso/collector/events.ts';

const who = { ip: '10.0.0.1', session: 0, user: 'AN\u001b[2JNA', domain: 'CORP', workstation: 'PC-1' };

test('a logon of the collector is a line with its fields, made safe, and without a FortiOS log id', () => {
  const event = collectorEvent({
    ...who,
    msg: 'logon',
    action: 'replaced',
    previous: 'CORP\\BOB',
    groups: 'CORP/IT',
    agent: '10.0.0.9',
  });
  expect(collectorLine(event, 1000)).toEqual({
    time: 1000,
    level: 'info',
    source: 'collector',
    logId: null,
    text: 'logon replaced: CORP\\AN\\x1b[2JNA at 10.0.0.1',
    fields: {
      ip: '10.0.0.1',
      session: 0,
      user: 'AN\\x1b[2JNA',
      domain: 'CORP',
      workstation: 'PC-1',
      action: 'replaced',
      previous: 'CORP\\BOB',
      groups: 'CORP/IT',
      agent: '10.0.0.9',
    },
  });
});

test('levels are those of the event log, and what is for developers is left out', () => {
  const dropped = collectorEvent({ msg: 'datagram dropped', agent: '10.0.0.9', why: 'bad-length' });
  expect(collectorLine(dropped, 0)).toMatchObject({
    level: 'warning',
    text: 'datagram dropped: 10.0.0.9 (bad-length)',
  });
  const missed = collectorEvent({ msg: 'sequence numbers missed', peer: 'p', identity: 'i', missed: 1 });
  expect(collectorLine(missed, 0)).toBeNull();
});

test('a line about a domain controller names it, and says how much of its log was lost', () => {
  const lost = collectorEvent({
    msg: 'event log was overwritten',
    ...{ controller: 'dc1.corp.example', log: 'Security', lost: 12 },
  });
  expect(collectorLine(lost, 0)?.text).toBe('event log was overwritten: dc1.corp.example (12 records lost)');
});
