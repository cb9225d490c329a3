import { expect, test } from 'vitest';
import type { LinkReport } from '../../../src/fsso/gate/changes.ts';
import type { Logon } from '../../../src/fsso/gate/logon-table.ts';
import type { Predecessor } from '../../../src/fsso/gate/predecessors.ts';
import { whyCauses } from '../../../src/fsso/why/causes.ts';
import type { WhyCollector, WhyEntry, WhyFacts } from '../../../src/fsso/why/facts.ts';
import { explainWhy } from '../../../src/fsso/why/why.ts';
import { logon as record } from '../../support/fake-network.ts';
import { interval } from '../../support/history-rows.ts';
import { policy, policySet } from '../../support/policies.ts';

const now = Date.UTC(2026, 0, 15, 9, 30);
const ago = (minutes: number) => now - minutes * 60_000;

const link = (patch: Partial<LinkReport> = {}): LinkReport =>
  ({
    server: '10.0.0.11:8000',
    position: 1,
    active: true,
    state: 'online',
    since: ago(60),
    lastHeard: now - 3000,
    logons: 12,
    problem: null,
    ...patch,
  }) as LinkReport;

const alice = (patch: Partial<Logon> = {}, given: Parameters<typeof record>[0] = {}): Logon => ({
  key: '10.1.0.5|0',
  server: '10.0.0.11:8000',
  record: record({
    ip: '10.1.0.5',
    user: 'alice',
    groups: 'CORP/SALES',
    logonTime: ago(20) / 1000,
    ...given,
  }),
  receivedAt: ago(20),
  stale: false,
  expiresAt: null,
  before: null,
  overlaps: [],
  ...patch,
});

function facts(patch: Partial<WhyFacts> = {}): WhyFacts {
  return {
    subject: { kind: 'user', value: 'alice' },
    to: '10.9.0.10',
    vdom: 'root',
    sourceInterface: null,
    destinationInterface: null,
    now,
    logons: [{ connector: 'corp', logon: alice() }],
    replaced: [],
    connectors: [{ name: 'corp', identity: 'FGVM-root', groupFilter: null, links: [link()] }],
    history: { rows: [] },
    collectors: [],
    directory: null,
    policies: [policySet([policy({ id: 7, name: 'staff', fssoGroups: ['CORP/SALES'] })])],
    policyProblems: [],
    ...patch,
  };
}

const states = (report: ReturnType<typeof explainWhy>) =>
  Object.fromEntries(report.steps.map(({ step, state }) => [step, state]));

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

const entry = (patch: Partial<WhyEntry> = {}): WhyEntry => ({
  user: 'alice',
  domain: 'CORP',
  ip: '10.1.0.5',
  session: 0,
  workstation: 'PC1',
  groups: ['CORP/SALES'],
  feed: 'dc-agent',
  agent: '10.0.0.10',
  updatedAt: ago(21),
  verifiedAt: null,
  doubt: null,
  expiresAt: null,
  ...patch,
});
const attached = (patch: Partial<WhyCollector> = {}): WhyCollector => ({
  name: 'main',
  failure: null,
  logons: 40,
  entries: [entry()],
  fortigates: [{ identity: 'fgvm-ROOT', filter: null }],
  unreported: [],
  ...patch,
});

test('an attached collector says which agent told it of the logon, and what it doubts', () => {
  const report = explainWhy(
    facts({
      collectors: [attached({ entries: [entry({ doubt: 'workstation-unknown', verifiedAt: ago(300) })] })],
    }),
  );
  expect(states(report)).toMatchObject({ agent: 'ok', address: 'doubtful', groups: 'ok', filter: 'implied' });
  const [agent, , address] = report.steps;
  expect(agent?.text).toBe('10.0.0.10 (dc-agent) told collector main of the logon');
  expect(address?.evidence).toContainEqual({
    text: 'Not Verified: its workstation could not be asked, or its answer said nothing of the user',
    source: 'main',
    at: null,
  });
  expect(report).toMatchObject({ outcome: 'allow', fault: null });
});

test('a logon that a collector found by polling names the domain controller, the way and the last poll', () => {
  const poller = { how: 'event log Security', lastPoll: ago(4) };
  const polled = entry({ agent: 'dc1.corp.example', feed: 'poller', poller });
  const [agent] = explainWhy(facts({ collectors: [attached({ entries: [polled] })] })).steps;
  expect(agent?.text).toBe(
    'collector main found the logon on dc1.corp.example, which it polls (event log Security)',
  );
  expect(agent?.evidence).toContainEqual({
    text: 'last polled by event log Security',
    source: 'poller of dc1.corp.example',
    at: ago(4),
  });
});

test('a logon that an attached collector has and we do not is held back by its filter, or we are not told why', () => {
  const filtered = { identity: 'FGVM-root', filter: { from: 'configuration', groups: 2 } };
  const held = explainWhy(facts({ logons: [], collectors: [attached({ fortigates: [filtered] })] }));
  expect(states(held)).toMatchObject({
    agent: 'ok',
    collector: 'ok',
    address: 'ok',
    groups: 'ok',
    filter: 'broken',
  });
  expect(held.fault).toEqual(whyCauses['held-back']);
  const unfiltered = explainWhy(facts({ logons: [], collectors: [attached()] }));
  expect(states(unfiltered)).toMatchObject({ filter: 'doubtful' });
  expect(unfiltered.fault?.step).not.toBe('filter');
  const elsewhere = explainWhy(facts({ logons: [], collectors: [attached({ fortigates: [] })] }));
  expect(states(elsewhere)).toMatchObject({ filter: 'unknown' });
});

test('whom no attached collector heard of was not seen by an agent, and the domain controllers without one are named', () => {
  const nobody = attached({ entries: [], unreported: ['DC03'] });
  const report = explainWhy(facts({ logons: [], collectors: [nobody] }));
  expect(report.fault).toEqual(whyCauses['not-seen']);
  expect(report.steps[0]?.evidence.map(({ text }) => text)).toEqual([
    'has 40 logons, alice not among them',
    'no agent reports for domain controller DC03',
  ]);
  // One that did not answer may know more.
  const away = attached({ name: 'branch', entries: [], failure: 'it cannot be reached' });
  const unsure = explainWhy(facts({ logons: [], collectors: [nobody, away] }));
  expect(states(unsure)).toMatchObject({ agent: 'unknown' });
  expect(unsure.fault).toEqual(whyCauses['never-reported']);
  // Who was there and has gone is no question of agents.
  const rows = [interval(0, { ended: ago(5), endedBy: 'logoff' })];
  const gone = explainWhy(facts({ logons: [], collectors: [nobody], history: { rows } }));
  expect(gone.fault?.step).toBe('table');
});
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

test('a permitted group that the user has through another one is named: standard mode does not tell it', () => {
  const directory = {
    name: 'corp-ad',
    at: now,
    problem: null,
    user: {
      dn: 'CN=alice,DC=corp',
      groups: [
        { dn: 'CN=Sales,DC=corp', name: 'CORP/SALES', isDirect: true },
        { dn: 'CN=Staff,DC=corp', name: 'CORP/Staff', isDirect: false },
        { dn: 'CN=VPN,DC=corp', name: 'CORP/VPN', isDirect: true },
      ],
    },
  };
  const asking = (group: string) =>
    explainWhy(facts({ directory, policies: [policySet([policy({ id: 7, fssoGroups: [group] })])] }));
  const nested = asking('CORP/STAFF');
  expect(nested.fault).toMatchObject({ step: 'policy', row: 14 });
  expect(nested.fault?.cause).toContain('It is CORP/STAFF');
  expect(asking('CN=VPN,DC=corp').fault).toMatchObject({
    row: 13,
    cause: expect.stringContaining('after the logon'),
  });
  expect(asking('CORP/IT').fault).toEqual(expect.objectContaining(whyCauses['other-group']));
  const step = nested.steps.find(({ step: name }) => name === 'groups');
  expect(step?.shownBy).toBeNull();
  expect(
    step?.evidence.filter(({ source }) => source === 'directory corp-ad').map(({ text }) => text),
  ).toEqual([
    'CN=alice,DC=corp: in 2 groups directly, in 1 through others',
    'CN=Staff,DC=corp, through another group: the collector did not name it',
    'CN=VPN,DC=corp, directly: the collector did not name it',
  ]);
});

test('a directory that cannot be asked, or knows nobody, is evidence and no answer', () => {
  const problem = { stage: 'tcp', code: null, message: 'connection refused', cause: '', fix: [] };
  const told = (directory: WhyFacts['directory']) =>
    explainWhy(facts({ directory })).steps.find(({ step }) => step === 'groups');
  const away = told({ name: 'ad', at: now, user: null, problem });
  expect(away).toMatchObject({ state: 'ok', shownBy: expect.stringContaining('the directory itself') });
  expect(away?.evidence.at(-1)?.text).toBe('could not be asked: connection refused');
  expect(told({ name: 'ad', at: now, user: null, problem: null })?.evidence.at(-1)?.text).toBe(
    'knows no such user',
  );
});
