import type { LinkReport } from '../../src/fsso/gate/changes.ts';
import type { Logon } from '../../src/fsso/gate/logon-table.ts';
import type { WhyCollector, WhyEntry, WhyFacts } from '../../src/fsso/why/facts.ts';
import type { explainWhy } from '../../src/fsso/why/why.ts';
import { logon as record } from './fake-network.ts';
import { policy, policySet } from './policies.ts';

/** When the questions of tests are asked. */
export const now = Date.UTC(2026, 0, 15, 9, 30);
export const ago = (minutes: number) => now - minutes * 60_000;

/** A link that is online. */
export const link = (patch: Partial<LinkReport> = {}): LinkReport =>
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

/** Alice of CORP/SALES at 10.1.0.5, logged on for twenty minutes. */
export const alice = (patch: Partial<Logon> = {}, given: Parameters<typeof record>[0] = {}): Logon => ({
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

/** Alice is logged on, everything is well, and a policy lets her in. */
export function facts(patch: Partial<WhyFacts> = {}): WhyFacts {
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

/** The state of each step by its name. */
export const states = (report: ReturnType<typeof explainWhy>) =>
  Object.fromEntries(report.steps.map(({ step, state }) => [step, state]));

/** Alice as an attached collector has her. */
export const entry = (patch: Partial<WhyEntry> = {}): WhyEntry => ({
  user: 'alice',
  domain: 'CORP',
  ip: '10.1.0.5',
  session: 0,
  workstation: 'PC1',
  groups: ['CORP/SALES'],
  feed: 'dc-agent',
  agent: '10.0.0.10',
  logonTime: ago(20),
  evidence: null,
  updatedAt: ago(21),
  verifiedAt: null,
  doubt: null,
  expiresAt: null,
  ...patch,
});
/** A collector that has her. */
export const attached = (patch: Partial<WhyCollector> = {}): WhyCollector => ({
  name: 'main',
  failure: null,
  logons: 40,
  entries: [entry()],
  fortigates: [{ identity: 'fgvm-ROOT', filter: null }],
  unreported: [],
  ...patch,
});
