import { expect, onTestFinished, test, vi } from 'vitest';
import { createFssoSource } from '../../src/backends/fsso-connector.ts';
import { whyActions } from '../../src/backends/why/actions.ts';
import { knownPolicies } from '../../src/backends/why/policies.ts';
import { systemClock } from '../../src/clock.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { WhyReport } from '../../src/why-report.ts';
import { fssoEntry } from '../support/fsso-entry.ts';
import { eventually, labClient, usersLab } from '../support/lab-users.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The users of a real collector as our own connector has them, explained with the policies of the lab's FortiGate. */
async function explainer() {
  const { feed, fabric, client } = await usersLab();
  const source = createFssoSource(
    {
      config: fssoEntry({ name: 'corp', servers: [{ server: '127.0.0.1', port: feed.port }] }),
      identity: 'FGVM010000000001-root',
      passwords: [null],
      ca: [],
    },
    systemClock,
  );
  source.start(() => {});
  onTestFinished(() => source.stop());
  const target = { name: 'edge', client, clock: systemClock, trust: null as never };
  const { askWhy } = whyActions({
    sources: [source],
    config: configSchema.parse({}),
    fortigates: [target],
    history: null,
    collectors: [],
    clock: systemClock,
  });
  const ask = async (value: string, to: string | null, logon: string | null = null): Promise<WhyReport> => {
    const answer = await askWhy({
      subject: { kind: value.startsWith('10.') ? 'ip' : 'user', value },
      to,
      logon,
    });
    if (!answer.ok) throw new Error(answer.problem.message);
    return answer.report;
  };
  await eventually(async () => {
    if ((await ask('bob', null)).logon === null) throw new Error('not all are there');
  });
  return { feed, fabric, ask };
}

test('a user by a real collector is explained with the policies that a FortiGate tells over REST', async () => {
  const { ask } = await explainer();
  const allowed = await ask('ALICE', '10.9.0.10');
  expect(allowed).toMatchObject({
    outcome: 'allow',
    fault: null,
    decisions: [{ source: 'edge', policy: { id: 7, name: 'staff' }, permitted: ['CORP/SALES'] }],
  });
  expect(await ask('corp\\bob', '10.9.0.10')).toMatchObject({
    outcome: 'deny',
    fault: { step: 'policy', row: 13 },
  });
  // Policy 7 asks by NTLM who is not logged on.
  expect(await ask('10.0.0.77', '10.9.0.10')).toMatchObject({
    outcome: 'ntlm',
    fault: { step: 'collector' },
  });
});

test('a user whose place another took is told by whom, as the table still knows it', async () => {
  const { feed, ask } = await explainer();
  await feed.logon({ ip: '10.0.0.1', user: 'svc-backup' });
  await eventually(async () => {
    const { fault } = await ask('alice', null);
    if (fault?.row !== 9) throw new Error('still there');
  });
  const report = await ask('CORP\\alice', null);
  expect(report.steps.find(({ step }) => step === 'table')?.text).toMatch(
    /then replaced by CORP\\svc-backup$/,
  );
});

test('of several logons the one that is meant is explained, and the others are named', async () => {
  const { feed, ask } = await explainer();
  await feed.logon({ ip: '10.0.0.9', user: 'alice', workstation: 'PC9' });
  await eventually(async () => {
    if ((await ask('alice', null)).others.length !== 1) throw new Error('one only');
  });
  const report = await ask('alice', null, 'corp|10.0.0.1|0');
  expect(report.logon?.ip).toBe('10.0.0.1');
  expect(report.others).toEqual(['CORP\\alice at 10.0.0.9']);
});

test('a FortiGate that tells no policies is a line of the answer, and those of the configuration go before any', async () => {
  const { fabric } = await usersLab();
  const wrong = { name: 'edge', client: labClient(fabric, { token: 'wrong' }) };
  const none = await knownPolicies(configSchema.parse({}), [wrong]);
  expect(none.policies).toEqual([]);
  expect(none.policyProblems).toEqual([expect.stringMatching(/^FortiGate edge did not tell its policies: /)]);
  const own = configSchema.parse({ policies: [{ policyid: 1 }] });
  expect((await knownPolicies(own, [wrong])).policies.map(({ source }) => source)).toEqual(['configuration']);
});
