import { expect, test } from 'vitest';
import { AnsweredRequests } from '../../../../../src/fsso/collector/feeds/radius/answered.ts';
import { OpenSessions } from '../../../../../src/fsso/collector/feeds/radius/sessions.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';

test('a session is known until it ends, and all of a server end together', () => {
  const sessions = new OpenSessions();
  const anna = { ip: '10.0.0.1', user: 'anna' };
  const bert = { ip: '10.0.0.2', user: 'bert' };
  sessions.begin('one', '1', anna);
  sessions.begin('one', '2', bert);
  sessions.begin('one', '2', bert);
  sessions.begin('other', '1', bert);
  expect(sessions.size).toBe(3);
  expect(sessions.end('one', '1')).toEqual(anna);
  expect(sessions.end('one', '1')).toBeNull();
  expect(sessions.endAll('one')).toEqual([['2', bert]]);
  expect(sessions.endAll('one')).toEqual([]);
  expect(sessions.size).toBe(1);
});

test('a server that never ends a session is forgotten from its oldest one on', () => {
  const sessions = new OpenSessions();
  for (let id = 0; id < 100_001; id++) sessions.begin('one', String(id), { ip: '10.0.0.1', user: null });
  expect(sessions.size).toBe(100_000);
  expect(sessions.end('one', '0')).toBeNull();
  expect(sessions.end('one', '1')).not.toBeNull();
});

test('a request is answered again from memory for half a minute, if it is the same', () => {
  const clock = new ManualClock();
  const answered = new AnsweredRequests(clock);
  const [one, two, answer] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2), Buffer.from('answer')];
  answered.keep('10.0.0.1:1024', 7, one, answer);
  expect(answered.find('10.0.0.1:1024', 7, one)).toBe(answer);
  expect(answered.find('10.0.0.1:1024', 7, two)).toBeNull();
  expect(answered.find('10.0.0.1:1024', 8, one)).toBeNull();
  expect(answered.find('10.0.0.2:1024', 7, one)).toBeNull();
  clock.advance(30_000);
  expect(answered.find('10.0.0.1:1024', 7, one)).toBeNull();
});
