import type { WhyDecision, WhyEvidence, WhyOutcome, WhyReport, WhyStep } from '../../why-report.ts';
import { decide } from '../policy/policy.ts';
import type { WhyFacts, WhyToldLogon } from './facts.ts';
import { policyStep } from './policy.ts';
import type { Told } from './steps.ts';

/** What the policies of the FortiGate that told of a logon do; where those are not known, all that are. */
export function decisionsOf(facts: WhyFacts, told: WhyToldLogon): WhyDecision[] {
  const own = facts.policies.filter(({ source }) => source === told.fortigate);
  return (own.length > 0 ? own : facts.policies).map((set) =>
    decide(set, {
      ip: told.ip,
      destination: facts.to,
      sourceInterface: facts.sourceInterface,
      destinationInterface: facts.destinationInterface,
      vdom: told.vdom ?? facts.vdom,
      logon: { groups: [], userGroups: told.groups },
    }),
  );
}

/** The way of a logon that only a FortiGate tells of, as far as it says. */
export function toldSteps(
  facts: WhyFacts,
  told: WhyToldLogon,
  decisions: readonly WhyDecision[],
  outcome: WhyOutcome,
): Told[] {
  const { fortigate, vdom, user, ip, method, entry, groups, since, link } = told;
  const source = `FortiGate ${fortigate}${vdom === null ? '' : `, VDOM ${vdom}`}`;
  const at = since;
  const isFsso = method?.startsWith('fsso') ?? false;
  const by = isFsso
    ? `by its FSSO entry ${entry ?? 'that it does not name'}`
    : `by ${method ?? 'a method that it does not name'}`;
  const say = (
    step: WhyStep['step'],
    state: WhyStep['state'],
    text: string,
    evidence: readonly WhyEvidence[] = [],
    shownBy: string | null = null,
  ): Told => ({ step: { step, state, text, evidence, shownBy }, fault: null });
  const known: WhyEvidence = { text: `${user} at ${ip} ${by}`, source, at };
  const connector = isFsso
    ? say(
        'link',
        link === null ? 'unknown' : link.status === 'connected' ? 'ok' : 'doubtful',
        link === null
          ? `${source} does not say how its FSSO entry stands`
          : `the FSSO entry ${entry} of ${source} is ${link.status ?? 'without a status'}`,
        link?.activeServer ? [{ text: `uses ${link.activeServer}`, source, at: null }] : [],
      )
    : say('link', 'implied', `${source} knows the user without a collector`);
  return [
    say(
      'agent',
      'implied',
      isFsso ? `a collector of ${source} heard of the logon` : `${source} asked the user itself`,
      [],
      'the log of that collector',
    ),
    say('collector', isFsso ? 'implied' : 'ok', `${source} has the user ${by}`, [known]),
    say('address', 'ok', `${source} knows the address ${ip}`, [known]),
    groupsStep(groups, source, at),
    say(
      'filter',
      'implied',
      'a group filter let the logon through: the FortiGate would not have it otherwise',
    ),
    connector,
    say('table', 'ok', `the logon is in the table of ${source}`, [
      known,
      ...facts.connectors.map(({ name }) => ({
        text: 'has no such logon',
        source: `our connector ${name}`,
        at: null,
      })),
    ]),
    policyStep(facts, decisions, outcome, []),
  ];
}

function groupsStep(groups: readonly string[], source: string, at: number | null): Told {
  const step: WhyStep = {
    step: 'groups',
    state: groups.length > 0 ? 'ok' : 'doubtful',
    text:
      groups.length > 0
        ? `${source} has the user in its groups ${groups.join(', ')}`
        : `${source} has the user in none of its user groups`,
    evidence: groups.map((text) => ({ text, source, at })),
    shownBy:
      'the collector, or the directory: a FortiGate tells its own user groups, and no groups of the directory',
  };
  return { step, fault: null };
}

/** The logon as the answer names it. */
export function toldLogon({ fortigate, vdom, user, ip, groups, entry }: WhyToldLogon): WhyReport['logon'] {
  return {
    user,
    domain: '',
    ip,
    session: 0,
    workstation: '',
    groups,
    connector: vdom === null ? fortigate : `${fortigate}/${vdom}`,
    server: entry ?? '',
  };
}
