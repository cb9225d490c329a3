import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventLog } from '../../bin/event-log.ts';
import { type Lines, openLines } from '../../bin/log-lines.ts';
import { ManualClock } from '../support/manual-clock.ts';

class Kept implements Lines {
  readonly lines: string[] = [];
  write(line: string): void {
    this.lines.push(line);
  }
  async close(): Promise<void> {}
}

test('an event is one JSON object with its level first, its time, and its message last', () => {
  const kept = new Kept();
  const log = eventLog(kept, 'info', new ManualClock());
  const event = { level: 'info', msg: 'logon', user: 'a"b\\', groups: 2, previous: null, gone: undefined };
  log.write(event as { level: 'info'; msg: string });
  expect(kept.lines).toHaveLength(1);
  expect(Object.entries(JSON.parse(kept.lines[0] ?? ''))).toEqual([
    ['level', 'info'],
    ['time', new Date(new ManualClock().now()).toISOString()],
    ['user', 'a"b\\'],
    ['groups', 2],
    ['previous', null],
    ['msg', 'logon'],
  ]);
});

test('texts from the network are made safe, and what is below the level is left out', () => {
  const kept = new Kept();
  const log = eventLog(kept, 'warn', new ManualClock());
  log.write({ level: 'info', msg: 'unwanted' });
  log.write(Object.assign({ level: 'error', msg: 'bad' } as const, { user: '\x1b[31m\u202e\n' }));
  expect(kept.lines).toHaveLength(1);
  expect(JSON.parse(kept.lines[0] ?? '')).toMatchObject({ user: '\\x1b[31m\\u{202e}\\x0a' });
});

test('the time follows the clock', () => {
  const kept = new Kept();
  const clock = new ManualClock();
  const log = eventLog(kept, 'info', clock);
  const times = [0, 0, 1500].map((ms) => {
    clock.advance(ms);
    log.write({ level: 'info', msg: 'tick' });
    return Date.parse(JSON.parse(kept.lines.at(-1) ?? '').time);
  });
  expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 0, 1500]);
});

test('a file of JSON lines begins anew at its size too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-event-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'log');
  const clock = new ManualClock();
  const log = eventLog(await openLines(file, 1000, clock), 'info', clock);
  for (let index = 0; index < 30; index += 1)
    log.write(Object.assign({ level: 'info', msg: 'logon' } as const, { index }));
  await log.close();
  expect(existsSync(`${file}.bak`)).toBe(true);
  expect(statSync(file).size).toBeLessThanOrEqual(1000);
  const lines = (readFileSync(`${file}.bak`, 'utf8') + readFileSync(file, 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ index: 29 });
});
