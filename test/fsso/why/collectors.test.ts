import { expect, test } from 'vitest';
import { whyCauses } from '../../../src/fsso/why/causes.ts';
import { explainWhy } from '../../../src/fsso/why/why.ts';
import { interval } from '../../support/history-rows.ts';
import { ago, attached, entry, facts, states } from '../../support/why-facts.ts';

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
  const evidence = {
    ...({ kind: 'event', id: 4768, record: 46, log: 'Security', by: 'event-log', logonType: null } as const),
  };
  const polled = entry({ agent: 'dc1.corp.example', feed: 'poller', poller, evidence });
  const [agent] = explainWhy(facts({ collectors: [attached({ entries: [polled] })] })).steps;
  expect(agent?.text).toBe(
    'collector main found the logon on dc1.corp.example, which it polls (event log Security)',
  );
  expect(agent?.evidence[0]).toEqual({
    text: 'event 4768 (Kerberos ticket), record 46, log Security, read at dc1.corp.example',
    source: 'main',
    at: ago(20),
  });
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
