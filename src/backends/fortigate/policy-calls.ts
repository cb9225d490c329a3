import type { PolicySet } from '../../fsso/policy/model.ts';
import { type Part, partOf, type Rows } from './part.ts';
import { addressesOf, directoryGroupsOf, policiesOf, userGroupsOf } from './policy-reading.ts';
import type { FortigateCall } from './profile.ts';
import type { FortigateRest, Listing } from './rest.ts';

/** A call that was made for the policies, and how it ended. */
export interface PolicyCall {
  readonly call: FortigateCall;
  readonly part: Part<Rows<unknown>>;
}

/** The policies with what they name, and how each of the calls behind them ended. */
export interface PolicyReading extends PolicySet {
  readonly calls: readonly PolicyCall[];
}

/** What the objects beside the policies are called where they are not told. */
const names = {
  userGroups: 'user groups',
  directoryGroups: 'groups of the directory',
  addresses: 'addresses',
  addressGroups: 'address groups',
} as const;

type Objects = keyof typeof names;

/** The calls of one reading, each noted with its end. */
class Calls {
  readonly made: PolicyCall[] = [];
  readonly #rest: FortigateRest;
  readonly #signal: AbortSignal | undefined;

  constructor(rest: FortigateRest, signal: AbortSignal | undefined) {
    this.#rest = rest;
    this.#signal = signal;
  }

  async take<T>(call: FortigateCall, read: (envelopes: Listing['envelopes']) => T[]): Promise<Part<Rows<T>>> {
    const part = await partOf(
      this.#rest
        .list(this.#rest.profile.calls[call], this.#signal)
        .then(({ envelopes, isCut }) => ({ rows: read(envelopes), isCut })),
    );
    this.made.push({ call, part });
    return part;
  }

  get missing(): string[] {
    return this.made.flatMap(({ call, part }) => {
      const name = names[call as Objects] ?? 'policies';
      if (part.failure !== null) return [`${name}: ${part.failure.message}`];
      return part.value.isCut ? [`${name}: there are more than were told`] : [];
    });
  }
}

/**
 * Its policies in their order, with the groups and addresses that they name. Of these objects may be missing what the token
 * may not see; `missing` says so.
 * @throws HttpFailure where the policies themselves cannot be had
 */
export async function readPolicies(
  rest: FortigateRest,
  source: string,
  signal?: AbortSignal,
): Promise<PolicyReading> {
  const calls = new Calls(rest, signal);
  const policies = await calls.take('policies', policiesOf);
  if (policies.failure !== null) throw policies.failure;
  const groups = await readGroups(calls);
  const addresses = await calls.take('addresses', addressesOf);
  const addressGroups = await calls.take('addressGroups', addressesOf);
  return {
    source,
    policies: policies.value.rows,
    ...groups,
    addresses: [...(addresses.value?.rows ?? []), ...(addressGroups.value?.rows ?? [])],
    missing: calls.missing,
    calls: calls.made,
  };
}

type Groups = Pick<PolicyReading, 'groups' | 'directoryGroups' | 'missing' | 'calls'>;

/** User groups, and groups of the directory. @throws HttpFailure where neither can be had */
export async function readUserGroups(rest: FortigateRest, signal?: AbortSignal): Promise<Groups> {
  const calls = new Calls(rest, signal);
  const groups = await readGroups(calls);
  const [first, second] = calls.made.map(({ part }) => part.failure);
  if (first && second) throw first;
  return { ...groups, missing: calls.missing, calls: calls.made };
}

async function readGroups(calls: Calls): Promise<Pick<Groups, 'groups' | 'directoryGroups'>> {
  const groups = await calls.take('userGroups', userGroupsOf);
  const directoryGroups = await calls.take('directoryGroups', directoryGroupsOf);
  return { groups: groups.value?.rows ?? [], directoryGroups: directoryGroups.value?.rows ?? [] };
}
