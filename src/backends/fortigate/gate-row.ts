import type { HttpFailure } from '../../ems/http-failure.ts';
import type { PolicySet } from '../../fsso/policy/model.ts';
import type {
  GateCall,
  GateCluster,
  GateFsso,
  GateGroup,
  GatePolicies,
  GatePolicy,
  GateRow,
  GateUsers,
} from '../../state/changes.ts';
import type { FortigateUser } from './identity-reading.ts';
import type { Part, Rows } from './part.ts';
import type { PolicyCall, PolicyReading } from './policy-calls.ts';
import type { FortigateCall, FortigateProfile } from './profile.ts';
import type { FortigateSnapshot } from './snapshot.ts';

/** What the calls are called on a screen. */
const callNames: Readonly<Partial<Record<FortigateCall, string>>> = {
  connectors: 'EMS connectors',
  status: 'EMS status',
  summary: 'EMS summary',
  users: 'users',
  fsso: 'FSSO connectors',
  system: 'system',
  ha: 'cluster',
  devices: 'endpoints',
  policies: 'policies',
  userGroups: 'user groups',
  directoryGroups: 'directory groups',
  addresses: 'addresses',
  addressGroups: 'address groups',
};

type Calls = FortigateProfile['calls'];

/** Everything but the policies; `at` is when it was read, in milliseconds since the epoch. */
export type GateFacts = Omit<GateRow, 'id' | 'policies' | 'lastSuccess' | 'nextTryAt' | 'problem'>;

/** A FortiGate that has told nothing yet. */
export const noFacts: GateFacts = {
  hostName: null,
  model: null,
  serial: null,
  version: null,
  build: null,
  vdoms: [],
  cluster: null,
  users: [],
  fsso: [],
  calls: [],
};

export function gateFacts(snapshot: FortigateSnapshot, calls: Calls, at: number): GateFacts {
  const { facts, system, cluster, ems, emsFailed, fsso, users, endpoints } = snapshot;
  const call = noted(calls, at);
  return {
    ...facts,
    hostName: system.value?.hostName ?? null,
    model: system.value?.model ?? null,
    vdoms: system.value?.vdoms ?? [],
    cluster: cluster.value === null ? null : clusterOf(cluster.value),
    users: countUsers(users.value?.rows ?? []),
    fsso: fssoOf(snapshot),
    calls: [
      call('system', system, null),
      call('ha', cluster, null),
      ...(cluster.value?.failures ?? []).map((failure) => call('ha', { value: null, failure }, null)),
      call('connectors', ems, ems.value?.length ?? null),
      ...emsFailed.map(({ call: failed, failure }) => call(failed, { value: null, failure }, null)),
      call('fsso', fsso, fsso.value?.length ?? null),
      call('users', users, users.value?.rows.length ?? null),
      call('devices', endpoints, endpoints.value?.rows.length ?? null),
    ],
  };
}

/** Notes the end of a call. */
function noted(calls: Calls, at: number) {
  return (call: FortigateCall, part: Part<unknown>, rows: number | null): GateCall => ({
    name: callNames[call] ?? call,
    path: calls[call],
    at,
    rows,
    isCut: isCut(part.value),
    problem: part.failure?.problem ?? null,
  });
}

function isCut(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as Partial<Rows<unknown>>).isCut === true;
}

function clusterOf({ mode, group, role, members }: GateCluster): GateCluster {
  return { mode, group, role, members };
}

/** By VDOM in the order of the FortiGate, then the most. */
function countUsers(users: readonly FortigateUser[]): GateUsers[] {
  const found = new Map<string, { vdom: string | null; method: string; count: number }>();
  for (const { vdom, method: said } of users) {
    const method = said ?? 'not said';
    const key = JSON.stringify([vdom, method]);
    const row = found.get(key) ?? { vdom, method, count: 0 };
    row.count += 1;
    found.set(key, row);
  }
  return [...found.values()];
}

function fssoOf({ fsso, users }: FortigateSnapshot): GateFsso[] {
  const counts = new Map<string, number>();
  const keyOf = (vdom: string | null, name: string | null) => JSON.stringify([vdom, name]);
  for (const { vdom, server } of users.value?.rows ?? []) {
    const key = keyOf(vdom, server);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (fsso.value ?? []).map(({ vdom, name, type, status, activeServer }) => ({
    vdom,
    name,
    type,
    status,
    activeServer,
    users: counts.get(keyOf(vdom, name)) ?? 0,
  }));
}

/** The policies and groups for the page of a FortiGate. */
export function gatePolicies(reading: PolicyReading, calls: Calls, at: number): GatePolicies {
  return {
    readAt: at,
    policies: reading.policies.map(policyOf),
    groups: groupsOf(reading),
    calls: callsOf(reading.calls, calls, at),
  };
}

/** The same where the policies cannot be had, and the groups perhaps can. */
export function gateGroups(
  reading: Pick<PolicyReading, 'groups' | 'directoryGroups' | 'calls'> | null,
  failure: HttpFailure,
  calls: Calls,
  at: number,
): GatePolicies {
  return {
    readAt: at,
    policies: [],
    groups: reading === null ? [] : groupsOf(reading),
    calls: [
      noted(calls, at)('policies', { value: null, failure }, null),
      ...callsOf(reading?.calls ?? [], calls, at),
    ],
  };
}

function callsOf(made: readonly PolicyCall[], calls: Calls, at: number): GateCall[] {
  const call = noted(calls, at);
  return made.map(({ call: name, part }) => call(name, part, part.value?.rows.length ?? null));
}

function policyOf(policy: PolicySet['policies'][number]): GatePolicy {
  const { vdom, id, name, enabled, action, ntlm, ntlmAgent, groups, fssoGroups, users } = policy;
  const listed = (interfaces: readonly string[], negated: boolean, addresses: readonly string[]) =>
    `${interfaces.join('+') || 'any'} ${negated ? 'not ' : ''}${addresses.join('+') || 'all'}`;
  return {
    vdom,
    id,
    name,
    enabled,
    action,
    from: listed(policy.sourceInterfaces, policy.sourceNegated, policy.sourceAddresses),
    to: listed(policy.destinationInterfaces, policy.destinationNegated, policy.destinationAddresses),
    who: [...groups, ...fssoGroups, ...users],
    ntlm,
    ntlmAgent,
  };
}

function groupsOf({ groups, directoryGroups }: Pick<PolicySet, 'groups' | 'directoryGroups'>): GateGroup[] {
  return [
    ...groups.map(({ vdom, name, type, members }) => ({ vdom, name, type, members })),
    ...directoryGroups.map(({ vdom, name, server }) => ({
      vdom,
      name,
      type: 'directory',
      members: server === null ? [] : [server],
    })),
  ];
}
