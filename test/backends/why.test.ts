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

test('who is known to a FortiGate and to none of our connectors is explained as the FortiGate has him', async () => {
  const { client, feed } = await usersLab();
  const target = { name: 'edge', client, clock: systemClock, trust: null as never };
  const { askWhy } = whyActions({
    sources: [],
    config: configSchema.parse({}),
    fortigates: [target],
    collectors: [],
    history: null,
    clock: systemClock,
  });
  const ask = async (question: Parameters<typeof askWhy>[0]) => {
    const answer = await askWhy(question);
    if (!answer.ok) throw new Error(answer.problem.message);
    return answer.report;
  };
  const seen = { fortigate: 'edge', vdom: 'root', ip: '10.0.0.1' };
  const subject = { kind: 'user', value: 'ALICE' } as const;
  const report = await ask({ subject, to: '10.9.0.10', logon: 'edge/root|10.0.0.1|1', seen });
  expect(report).toMatchObject({
    outcome: 'allow',
    fault: null,
    logon: { user: 'alice', ip: '10.0.0.1', connector: 'edge/root', server: 'corp', groups: ['FSSO_Sales'] },
    decisions: [{ source: 'edge', policy: { id: 7 } }],
  });
  expect(report.steps.find(({ step }) => step === 'link')?.evidence[0]?.text).toContain(String(feed.port));
  expect((await ask({ subject: { kind: 'user', value: 'bob' }, to: '10.9.0.10', logon: null })).outcome).toBe(
    'deny',
  );
  expect((await ask({ subject: { kind: 'ip', value: '10.0.0.2' }, to: null, logon: null })).logon?.user).toBe(
    'bob',
  );
  // Another one is at the address by now.
  const gone = await ask({ subject: { kind: 'user', value: 'carla' }, to: null, logon: null, seen });
  expect(gone.logon).toBeNull();
});
