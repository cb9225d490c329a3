import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  CommandCheck,
  type CommandCheckOptions,
  namesUser,
} from '../../../../src/fsso/collector/checks/command-check.ts';
import type { Entry } from '../../../../src/fsso/collector/entry.ts';
import type { CollectorEvent } from '../../../../src/fsso/collector/events.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { patience } from '../../../support/raw-fortigate.ts';

const entryOf = (more: Partial<Entry> = {}) => ({ ...collectorLogon(), key: '10.0.0.1|0', ...more }) as Entry;

/** A check by a shell script of the test. */
async function checkBy(script: string, options: Partial<CommandCheckOptions> = {}, argv = ['{ip}']) {
  const directory = await mkdtemp(join(tmpdir(), 'fabrictop-check-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const program = join(directory, 'who');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o700);
  const clock = new ManualClock();
  const events: CollectorEvent[] = [];
  const check = new CommandCheck({
    clock,
    command: [program, ...argv],
    timeoutMs: 10_000,
    verdict: 'status',
    env: { PATH: process.env['PATH'], NOTE: join(directory, 'note') },
    report: (event) => events.push(event),
    ...options,
  });
  const stop = new AbortController();
  const ask = async (more: Partial<Entry> = {}) => (await check.ask(entryOf(more), stop.signal)).presence;
  const note = async () => (await readFile(join(directory, 'note'), 'utf8')).trim();
  const problem = async () => (await check.ask(entryOf(), stop.signal)).problem;
  return { clock, events, stop, ask, problem, note };
}

test('the exit status is the verdict: 0 present, 1 absent, any other says nothing', async () => {
  const { ask, events } = await checkBy('exit "$1"', {}, ['{workstation}']);
  expect(await ask({ workstation: '0' })).toBe('present');
  expect(await ask({ workstation: '1' })).toBe('absent');
  expect(await ask({ workstation: '2' })).toBe('unknown');
  expect(events).toMatchObject([
    { msg: 'workstation check failed', why: 'status', status: 2, level: 'warn' },
  ]);
});

test('what a program did instead of a verdict stands beside the answer, with what to do', async () => {
  const { problem } = await checkBy('exit 7');
  expect(await problem()).toMatchObject({
    code: 7,
    message: expect.stringMatching(/who ended with status 7$/),
  });
  const missing = await checkBy('', { command: ['/nonexistent/who'] });
  expect(await missing.problem()).toMatchObject({
    code: 'not-started',
    message: '/nonexistent/who could not be started',
    fix: ['check workstation-check-command'],
  });
  expect(await (await checkBy('exit 1')).problem()).toBeNull();
});

test('address and name stand on the command line, who is asked for in the environment, and no shell reads either', async () => {
  const { ask, note } = await checkBy(
    'printf "%s|%s|%s|%s|%s" "$1" "$2" "$FSSO_USER" "$FSSO_DOMAIN" "$FSSO_WORKSTATION" > "$NOTE"',
    {},
    ['{ip}', 'at={workstation}'],
  );
  await ask({ user: '$(reboot); `id`', domain: 'CORP' });
  expect(await note()).toBe('10.0.0.1|at=PC1|$(reboot); `id`|CORP|PC1');
});

test('a workstation whose name could be an option, or is none, is not put on a command line', async () => {
  const { ask, note } = await checkBy('echo ran > "$NOTE"', {}, ['{workstation}']);
  for (const workstation of ['-o', '--help', 'a b', '', 'x\u0000y'])
    expect(await ask({ workstation }), JSON.stringify(workstation)).toBe('unknown');
  await expect(note()).rejects.toThrow('ENOENT');
});

test('with users the output names who is there, and a failure is not taken for an empty list', async () => {
  const { ask } = await checkBy(`printf '%s\\n' 'CORP\\alice' 'CORP\\svc$'`, { verdict: 'users' });
  expect(await ask()).toBe('present');
  expect(await ask({ user: 'bob' })).toBe('absent');
  const failing = await checkBy(`printf '%s\\n' 'CORP\\alice'; exit 1`, { verdict: 'users' });
  expect(await failing.ask({ user: 'bob' })).toBe('unknown');
});

test('a user is found in any layout, but not in a part of another name, nor in another domain', () => {
  const alice = { user: 'alice', domain: 'CORP' };
  for (const output of [
    'alice',
    'CORP\\Alice',
    'corp\\alice\n',
    'user: "alice",',
    'bob,alice;eve',
    'alice@corp',
  ])
    expect(namesUser(output, alice), output).toBe(true);
  for (const output of ['', 'malice', 'alice2', 'alice.b', 'OTHER\\alice', 'svc-alice', 'alice\\bob'])
    expect(namesUser(output, alice), output).toBe(false);
  expect(namesUser('OTHER\\alice\nCORP\\alice', alice)).toBe(true);
  expect(namesUser('CORP\\alice', { user: 'alice', domain: 'corp.example' })).toBe(true);
  expect(namesUser('CORP\\john smith', { user: 'John Smith', domain: 'CORP' })).toBe(true);
  expect(namesUser('anything', { user: '', domain: 'CORP' })).toBe(false);
});

test('a program that does not end is killed at the limit, with all that it started', async () => {
  const { clock, events, ask, note } = await checkBy('sleep 600 & echo $! > "$NOTE"; wait');
  const verdict = ask();
  const child = await vi.waitFor(async () => {
    const text = await note();
    expect(text).toMatch(/^\d+$/);
    return Number(text);
  }, patience);
  clock.advance(10_000);
  expect(await verdict).toBe('unknown');
  expect(events).toMatchObject([{ why: 'timeout' }]);
  await vi.waitFor(async () => expect(await isRunning(child)).toBe(false), patience);
  expect(clock.waiting).toBe(0);
});

test('a program that ends and leaves another one behind is answered at once', async () => {
  const { ask } = await checkBy('sleep 600 & exit 0');
  expect(await ask()).toBe('present');
});

test('output without end, and a program that is not there, say nothing', async () => {
  const { ask, events } = await checkBy('while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done', {
    verdict: 'users',
  });
  expect(await ask()).toBe('unknown');
  expect(events).toMatchObject([{ why: 'output-too-long' }]);
  const missing = await checkBy('', { command: ['/nonexistent/program'] });
  expect(await missing.ask()).toBe('unknown');
  expect(await missing.ask()).toBe('unknown');
  expect(missing.events).toMatchObject([{ why: 'not-started' }]);
});

test('a stop kills the program', async () => {
  const { stop, ask, note, clock } = await checkBy('echo $$ > "$NOTE"; sleep 600');
  const verdict = ask();
  const child = Number(await vi.waitFor(note, patience));
  stop.abort();
  expect(await verdict).toBe('unknown');
  expect(await isRunning(child)).toBe(false);
  expect(await ask()).toBe('unknown');
  expect(clock.waiting).toBe(0);
});

async function isRunning(pid: number): Promise<boolean> {
  try {
    // A killed process whose parent has not looked yet is a zombie.
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
