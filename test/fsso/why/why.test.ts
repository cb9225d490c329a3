import { expect, test } from 'vitest';
import type { Predecessor } from '../../../src/fsso/gate/predecessors.ts';
import { whyCauses } from '../../../src/fsso/why/causes.ts';
import { explainWhy } from '../../../src/fsso/why/why.ts';
import { interval } from '../../support/history-rows.ts';
import { policy, policySet } from '../../support/policies.ts';
import { ago, alice, facts, link, now, states } from '../../support/why-facts.ts';

test('a logon that every step holds for is allowed, and what nobody can see from here is said to be implied', () => {
  const report = explainWhy(facts());
  expect(states(report)).toEqual({
    agent: 'implied',
    collector: 'ok',
    address: 'ok',
    groups: 'ok',
    filter: 'implied',
    link: 'ok',
    table: 'ok',
    policy: 'ok',
  });
  expect(report).toMatchObject({ outcome: 'allow', fault: null, logon: { user: 'alice', ip: '10.1.0.5' } });
});

test('a user in another group is denied at the policy, with the case of the troubleshooting table', () => {
  const report = explainWhy(facts({ policies: [policySet([policy({ id: 7, fssoGroups: ['CORP/IT'] })])] }));
  expect(report).toMatchObject({ outcome: 'deny', fault: { step: 'policy', row: 13 } });
  const mixed = explainWhy(
    facts({ policies: [policySet([policy({ id: 7, fssoGroups: ['CN=Sales,DC=corp'] })])] }),
  );
  expect(mixed.fault?.cause).toContain('different');
  expect(mixed.fault?.cause).toContain('CN=Sales,DC=corp');
  const deny = explainWhy(facts({ policies: [policySet([policy({ id: 8, action: 'deny' })])] }));
  expect(deny.fault).toBe(whyCauses['denied-by-policy']);
});

test('a user nobody saw breaks at the collector; what lies before it is not known, and what would show it is said', () => {
  const report = explainWhy(facts({ logons: [] }));
  expect(states(report)).toMatchObject({
    agent: 'unknown',
    collector: 'broken',
    link: 'ok',
    table: 'unknown',
  });
  expect(report.fault).toMatchObject({ step: 'collector', row: 16 });
  expect(report.steps[0]?.shownBy).toContain('log of the collector');
});

test('without a collector online nobody is blamed for not being reported: the link is what is broken', () => {
  const problem = {
    stage: 'authentication',
    code: null,
    message: 'refused',
    cause: 'The password differs.',
    fix: ['set it'],
  };
  const report = explainWhy(
    facts({
      logons: [],
      connectors: [
        {
          name: 'corp',
          identity: 'x',
          groupFilter: null,
          links: [link({ state: 'refused', active: false, problem })],
        },
      ],
    }),
  );
  expect(states(report)).toMatchObject({ collector: 'unknown', link: 'broken' });
  expect(report.fault).toMatchObject({ step: 'link', row: 1, fix: ['set it'] });
});

test('a stale logon is still allowed, and its link is what is broken', () => {
  const stale = alice({ stale: true, expiresAt: now + 90_000 });
  const report = explainWhy(facts({ logons: [{ connector: 'corp', logon: stale }] }));
  expect(report).toMatchObject({ outcome: 'allow', fault: { step: 'link', row: 5 } });
  expect(report.steps.find(({ step }) => step === 'table')?.text).toContain('for 90 s more');
});

test('a replaced user is told by whom and until when, from the table or from the history', () => {
  const before: Predecessor = {
    user: 'alice',
    domain: 'CORP',
    workstation: 'PC-1',
    server: '10.0.0.11:8000',
    receivedAt: ago(40),
    endedAt: ago(16),
    how: 'overwritten',
  };
  const newer = alice({ before, receivedAt: ago(16) }, { user: 'svc-backup' });
  const live = explainWhy(facts({ logons: [], replaced: [{ connector: 'corp', logon: newer }] }));
  expect(live.fault).toMatchObject({ step: 'table', row: 9 });
  expect(live.steps.find(({ step }) => step === 'table')?.text).toBe(
    'alice was at 10.1.0.5 until 2026-01-15T09:14:00Z, then replaced by CORP\\svc-backup',
  );
  const rows = [
    interval(1, { user: 'alice', ended: ago(16), endedBy: 'replaced', next: 'CORP\\svc-backup' }),
  ];
  const past = explainWhy(facts({ logons: [], history: { rows } }));
  expect(past.fault).toMatchObject({ step: 'table', row: 9 });
  expect(past.steps.find(({ step }) => step === 'table')?.text).toContain('replaced by CORP\\svc-backup');
});

test.each([
  ['logoff', 7],
  ['expired', 5],
  ['cleared', null],
  ['not-listed', 7],
] as const)('a logon that ended by %s is case %s', (endedBy, row) => {
  const rows = [interval(1, { user: 'alice', ended: ago(5), endedBy })];
  expect(explainWhy(facts({ logons: [], history: { rows } })).fault).toMatchObject({ step: 'table', row });
});

test('ports that two sessions claim break the table, and an address that is not routed is a doubt', () => {
  const overlap = explainWhy(facts({ logons: [{ connector: 'corp', logon: alice({ overlaps: [4] }) }] }));
  expect(overlap.fault).toMatchObject({ row: 18 });
  const local = explainWhy(
    facts({ logons: [{ connector: 'corp', logon: alice({}, { ip: '169.254.3.4' }) }] }),
  );
  expect(states(local)['address']).toBe('doubtful');
});

test('without policies the answer is not known, and who would tell is said', () => {
  const report = explainWhy(facts({ policies: [], policyProblems: ['FortiGate edge did not tell'] }));
  expect(report).toMatchObject({ outcome: 'unknown', fault: null });
  expect(report.steps.at(-1)).toMatchObject({
    state: 'unknown',
    shownBy: expect.stringContaining('FortiGate'),
  });
});

test('every case that a cause names is in the troubleshooting table, and fixes are steps', () => {
  for (const { row, fix, cause } of Object.values(whyCauses)) {
    if (row !== null) expect(row).toBeGreaterThan(0);
    expect(row ?? 1).toBeLessThan(21);
    expect(fix.length).toBeGreaterThan(0);
    expect(cause).toMatch(/[.]$/);
  }
});

test.each([
  [null, 'online', /a collector of corp is online that can check/],
  [null, 'lost', /no collector is online that could check/],
  ['corp', 'online', /fsso-agent-for-ntlm names corp, of which a collector is online/],
  ['corp', 'lost', /fsso-agent-for-ntlm names corp, of which no collector is online: nobody can check/],
  ['other', 'online', /fsso-agent-for-ntlm names other, which is none of our connectors/],
] as const)(
  'NTLM with the agent %s while the collector is %s names who checks it',
  (agent, state, expected) => {
    const report = explainWhy(
      facts({
        logons: [],
        connectors: [{ name: 'corp', identity: 'FGVM-root', groupFilter: null, links: [link({ state })] }],
        policies: [policySet([policy({ id: 6, fssoGroups: ['CORP/SALES'], ntlm: true, ntlmAgent: agent })])],
      }),
    );
    expect(report.outcome).toBe('ntlm');
    expect(report.decisions[0]?.ntlm).toEqual({ agent, guests: false });
    const texts = report.steps.find(({ step }) => step === 'policy')?.evidence.map(({ text }) => text) ?? [];
    expect(texts.join('\n')).toMatch(expected);
    expect(texts.join('\n')).toContain('denied (no ntlm-guest)');
  },
);

test.each([
  [{ workstation: 'PC1' }, 'PC1 is 10.1.0.5'],
  [{ workstation: '10.1.0.5' }, 'the workstation at 10.1.0.5 has no name that was told'],
  [{ workstation: '' }, 'the workstation at 10.1.0.5 has no name that was told'],
])('an address is not said to be itself (%o)', (given, text) => {
  const report = explainWhy(facts({ logons: [{ connector: 'corp', logon: alice({}, given) }] }));
  expect(report.steps.find(({ step }) => step === 'address')?.evidence[0]?.text).toBe(text);
});
