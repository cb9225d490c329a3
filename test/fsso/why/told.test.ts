import { expect, test } from 'vitest';
import type { WhyFacts } from '../../../src/fsso/why/facts.ts';
import { explainWhy } from '../../../src/fsso/why/why.ts';
import { policy, policySet } from '../../support/policies.ts';
import { ago, facts } from '../../support/why-facts.ts';

const told: NonNullable<WhyFacts['told']> = {
  fortigate: 'edge',
  vdom: 'guest',
  user: 'alice',
  ip: '10.1.0.5',
  method: 'fsso',
  entry: 'corp',
  groups: ['FSSO_Sales'],
  since: ago(20),
  policyId: 7,
  link: { status: 'connected', activeServer: '10.0.0.11:8000' },
};
const ofEdge = (...policies: ReturnType<typeof policy>[]) => policySet(policies, { source: 'edge' });

test('a logon that only a FortiGate tells of is explained by its policies, in the VDOM of the logon', () => {
  const report = explainWhy(
    facts({
      logons: [],
      told,
      policies: [
        policySet([policy({ id: 1 })]),
        ofEdge(
          policy({ id: 1, vdom: 'root', action: 'deny' }),
          policy({ id: 1, vdom: 'guest', groups: ['FSSO_Sales'] }),
        ),
      ],
    }),
  );
  expect(report).toMatchObject({
    outcome: 'allow',
    fault: null,
    logon: { user: 'alice', ip: '10.1.0.5', connector: 'edge/guest', server: 'corp' },
    decisions: [{ source: 'edge', policy: { id: 1 } }],
  });
  expect(report.steps.map(({ step, state }) => [step, state])).toEqual([
    ['agent', 'implied'],
    ['collector', 'implied'],
    ['address', 'ok'],
    ['groups', 'ok'],
    ['filter', 'implied'],
    ['link', 'ok'],
    ['table', 'ok'],
    ['policy', 'ok'],
  ]);
});

test('what the FortiGate does not tell of groups leaves the answer open, and a lost entry is doubtful', () => {
  const report = explainWhy(
    facts({
      logons: [],
      told: { ...told, link: { status: 'disconnected', activeServer: null } },
      policies: [ofEdge(policy({ id: 3, fssoGroups: ['CORP/SALES'] }))],
    }),
  );
  expect(report.outcome).toBe('depends');
  expect(report.decisions[0]?.policies[0]?.because).toContain('CORP/SALES the FortiGate does not tell');
  expect(report.steps.find(({ step }) => step === 'link')).toMatchObject({
    state: 'doubtful',
    text: expect.stringContaining('disconnected'),
  });
  const none = explainWhy(
    facts({ logons: [], told, policies: [ofEdge(policy({ id: 3, groups: ['FSSO_Other'] }))] }),
  );
  expect(none.outcome).toBe('deny');
});

test('our own table goes before what a FortiGate tells', () => {
  expect(explainWhy(facts({ told })).logon?.connector).toBe('corp');
});
