import type { WhyDecision, WhyOutcome, WhyPolicy } from '../../why-report.ts';
import { AddressBook, type Fitting, fitsInterface } from './addresses.ts';
import type { Policy, PolicySet } from './model.ts';
import { GroupBook, type LoggedOn } from './users.ts';

/** Traffic of somebody, as far as policies look at it. What is null was not said. */
export interface Traffic {
  /** Where it comes from. */
  readonly ip: string | null;
  readonly destination: string | null;
  readonly sourceInterface: string | null;
  readonly destinationInterface: string | null;
  /** Only policies of this VDOM count, and those of which none is known. */
  readonly vdom: string;
  /** Null where nobody is logged on at the address. */
  readonly logon: LoggedOn | null;
}

interface Judged extends WhyPolicy {
  readonly permitted: readonly string[];
  readonly ntlm: WhyDecision['ntlm'];
}

const interfacesNotSaid = 'interfaces were not named: every policy is taken to have the right ones';
const notLookedAt = 'services, schedules and security profiles are not looked at';

/**
 * What policies do with traffic: the first one that fits decides, and where none does the implicit deny (docs/protocol/fsso.md,
 * Policies). A policy of which it is not known whether it fits makes the answer `depends` where it would do something else than
 * the one that decides.
 */
export function decide(set: PolicySet, traffic: Traffic): WhyDecision {
  const here = set.policies.filter(({ vdom }) => vdom === null || vdom === traffic.vdom);
  const limits = [
    ...limitsOf(set, traffic),
    ...(here.length < set.policies.length ? [otherVdoms(set, traffic)] : []),
  ];
  if (here.length === 0)
    return {
      source: set.source,
      outcome: 'unknown',
      policy: null,
      ntlm: null,
      because:
        set.policies.length === 0 ? 'no policy is known' : `no policy of VDOM ${traffic.vdom} is known`,
      permitted: [],
      policies: [],
      limits,
    };
  const books: Books = { addresses: new AddressBook(set.addresses), groups: new GroupBook(set) };
  const looked: Judged[] = [];
  let final: Judged | null = null;
  for (const policy of here) {
    const judged = judge(policy, traffic, books);
    looked.push(judged);
    if (judged.verdict !== 'match') continue;
    final = judged;
    break;
  }
  const outcome = final?.outcome ?? 'deny';
  const open = looked.filter((each) => each.verdict === 'unknown' && each.outcome !== outcome);
  const policies = looked.map(({ permitted: _, ntlm: _ntlm, ...told }): WhyPolicy => told);
  const near = looked.flatMap(({ permitted }) => permitted);
  const common = { source: set.source, policies, limits };
  const otherwise = final === null ? 'the implicit deny' : policyText(final);
  if (open.length > 0)
    return {
      ...common,
      outcome: 'depends',
      policy: null,
      ntlm: open.find(({ ntlm }) => ntlm !== null)?.ntlm ?? null,
      because: `${open.map((each) => `${policyText(each)} may fit and would ${outcomeVerb[each.outcome]}`).join('; ')}; else ${otherwise} would ${outcomeVerb[outcome]}`,
      permitted: [...new Set(near)],
    };
  return {
    ...common,
    outcome,
    policy: final && { id: final.id, name: final.name },
    ntlm: final?.ntlm ?? null,
    because:
      final === null
        ? 'no policy fits, so the implicit deny decides'
        : `${policyText(final)}: ${final.because}`,
    permitted: [...new Set(final?.permitted ?? near)],
  };
}

/** What a policy does, as a verb. */
export const outcomeVerb: Readonly<Record<WhyOutcome, string>> = {
  allow: 'allow',
  deny: 'deny',
  ntlm: 'ask by NTLM',
  depends: 'decide by more than is known',
  unknown: 'do what is not known',
};

/** `policy 7 (staff)`. */
export function policyText({ id, name }: Pick<WhyPolicy, 'id' | 'name'>): string {
  return name === null || name === '' ? `policy ${id}` : `policy ${id} (${name})`;
}

interface Books {
  readonly addresses: AddressBook;
  readonly groups: GroupBook;
}

function judge(policy: Policy, traffic: Traffic, { addresses, groups }: Books): Judged {
  const { id, name, vdom } = policy;
  const users = groups.fits(policy, traffic.logon);
  const lets = policy.action === 'accept' || policy.action === 'ipsec';
  const outcome: WhyOutcome = !lets ? 'deny' : users.way === 'ntlm' ? 'ntlm' : 'allow';
  const ntlm = outcome === 'ntlm' ? { agent: policy.ntlmAgent, guests: policy.ntlmGuest } : null;
  const told = { id, name, vdom, outcome, permitted: users.permitted, ntlm };
  if (!policy.enabled) return { ...told, permitted: [], verdict: 'no', because: 'it is disabled' };
  const { ip, destination, sourceInterface, destinationInterface } = traffic;
  const network: Fitting[] = [
    fitsInterface(sourceInterface, policy.sourceInterfaces, 'source interface'),
    fitsInterface(destinationInterface, policy.destinationInterfaces, 'destination interface'),
    addresses.fits(ip, policy.sourceAddresses, policy.sourceNegated, vdom, 'source'),
    addresses.fits(destination, policy.destinationAddresses, policy.destinationNegated, vdom, 'destination'),
  ];
  const all = [...network, users];
  const no = all.find(({ fit }) => fit === 'no');
  // Groups that are elsewhere permitted are no hint for this traffic.
  if (no !== undefined)
    return { ...told, permitted: no === users ? users.permitted : [], verdict: 'no', because: no.because };
  const unknown = all.filter(({ fit }) => fit === 'unknown').map(({ because }) => because);
  if (unknown.length > 0) return { ...told, verdict: 'unknown', because: unknown.join('; ') };
  const [, , source, target] = network;
  return { ...told, verdict: 'match', because: [source?.because, target?.because, users.because].join(', ') };
}

function limitsOf({ missing }: PolicySet, { sourceInterface, destinationInterface }: Traffic): string[] {
  const said = sourceInterface !== null && destinationInterface !== null;
  return [...(said ? [] : [interfacesNotSaid]), notLookedAt, ...missing.map((what) => `not told: ${what}`)];
}

function otherVdoms({ policies }: PolicySet, { vdom }: Traffic): string {
  const others = new Set(policies.flatMap((policy) => policy.vdom ?? []));
  others.delete(vdom);
  return `policies of other VDOMs are left out: ${[...others].join(', ')}`;
}
