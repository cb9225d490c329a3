import { expect, test } from 'vitest';
import { AddressRanges } from '../../../../src/fsso/collector/address-ranges.ts';
import { HeldHosts } from '../../../../src/fsso/collector/checks/held-hosts.ts';
import type { CheckAnswer } from '../../../../src/fsso/collector/checks/workstation-check.ts';
import { WorkstationChecks } from '../../../../src/fsso/collector/checks/workstation-check.ts';
import { EntryTable } from '../../../../src/fsso/collector/entries.ts';
import { mostHeldHosts, workstationConnect } from '../../../../src/fsso/collector/limits.ts';
import type { Problem } from '../../../../src/problem.ts';
import { collectorLogon } from '../../../support/collector-logon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const problem: Problem = { stage: 'tcp', code: 'ETIMEDOUT', message: 'no answer', cause: '', fix: [] };

test('a machine is left alone for longer each time, half an hour at most, until it answers', () => {
  const clock = new ManualClock();
  const hosts = new HeldHosts(clock);
  const pauses = [1, 2, 3, 4, 5].map(() => {
    hosts.failed('10.0.0.1', problem);
    let minutes = 0;
    for (; hosts.problemOf('10.0.0.1', 0) !== null; minutes += 1) clock.advance(60_000);
    return minutes;
  });
  expect(pauses).toEqual([5, 10, 20, 30, 30]);
  hosts.failed('10.0.0.1', problem);
  hosts.answered('10.0.0.1');
  expect(hosts.problemOf('10.0.0.1', 0)).toBeNull();
  hosts.failed('10.0.0.1', problem);
  clock.advance(300_000);
  expect(hosts.problemOf('10.0.0.1', 0)).toBeNull();
});

test('where somebody logs on the machine is asked again, whatever it was before', () => {
  const clock = new ManualClock();
  const hosts = new HeldHosts(clock);
  const before = clock.now();
  clock.advance(1);
  hosts.failed('10.0.0.1', problem);
  expect(hosts.problemOf('10.0.0.1', before)).toBe(problem);
  expect(hosts.problemOf('10.0.0.1', clock.now() + 1)).toBeNull();
});

test('machines that are remembered are bounded, and the one that failed longest ago goes first', () => {
  const hosts = new HeldHosts(new ManualClock());
  for (let index = 0; index <= mostHeldHosts; index += 1) hosts.failed(`host${index}`, problem);
  expect(hosts.problemOf('host0', 0)).toBeNull();
  expect(hosts.problemOf('host1', 0)).toBe(problem);
});

test('with 10,000 entries, one in five of them off, sixteen at once get everybody asked within the interval', async () => {
  const clock = new ManualClock();
  const hosts = new HeldHosts(clock);
  const interval = 300_000;
  const entries = new EntryTable({ clock, deadEntryTimeoutMs: 0 }, (change) => checks.observe(change));
  const asked = new Map<string, number>();
  const later = (ms: number, answer: CheckAnswer) =>
    new Promise<CheckAnswer>((done) => clock.after(ms, () => done(answer)));
  const checks: WorkstationChecks = new WorkstationChecks(
    {
      ...{ intervalMs: interval, threads: 16, networks: new AddressRanges(['10.0.0.0/8']) },
      // Machines that are off keep silent for as long as is waited for them, the others take 100 ms.
      check: () => ({
        async ask({ ip }) {
          asked.set(ip, (asked.get(ip) ?? 0) + 1);
          if (hosts.problemOf(ip, 0) !== null) return { presence: 'unknown', method: 'netapi', problem };
          if (Number(ip.split('.')[3]) % 5 !== 0)
            return later(100, { presence: 'present', method: 'netapi', problem: null });
          const answer = await later(workstationConnect, { presence: 'unknown', method: 'netapi', problem });
          hosts.failed(ip, problem);
          return answer;
        },
      }),
    },
    { clock, report: () => {} },
    entries,
  );
  for (let index = 0; index < 10_000; index += 1)
    entries.put(collectorLogon({ ip: `10.0.${Math.trunc(index / 200)}.${(index % 200) + 1}` }));
  const past = async (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      clock.advance(100);
      await new Promise((done) => setImmediate(done));
    }
  };
  await past(2 * interval);
  expect(asked.size).toBe(10_000);
  await past(interval);
  expect(checks.sweep.health.oldestMs ?? 0).toBeLessThan(interval);
  checks.stop();
});
