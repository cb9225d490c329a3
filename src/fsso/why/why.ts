import type { WhyDecision, WhyOutcome, WhyReport, WhyStep } from '../../why-report.ts';
import type { ListedLogon } from '../gate/fortios.ts';
import { decide } from '../policy/policy.ts';
import { splitGroups } from '../wire/groups.ts';
import { withCollectors } from './collectors.ts';
import type { WhyFacts, WhyToldLogon } from './facts.ts';
import { linkStep } from './links.ts';
import { policyStep } from './policy.ts';
import { accountOf, addressStep, collectorStep, filterStep, groupsStep, tableStep } from './steps.ts';
import { decisionsOf, toldLogon, toldSteps } from './told.ts';

/**
 * Why somebody is allowed or denied: each step from the agent to the policy with what it rests on, the first one that does not
 * hold, and what the policies decide (docs/why.md). Pure: everything it says follows from the facts.
 */
export function explainWhy(facts: WhyFacts): WhyReport {
  const [listed, ...others] = facts.logons;
  if (!listed && facts.told) return explainTold(facts, facts.told);
  const groups = listed ? splitGroups(listed.logon.record.groups) : [];
  const decisions = facts.policies.map((set) =>
    decide(set, {
      ip: listed?.logon.record.ip ?? (facts.subject.kind === 'ip' ? facts.subject.value : null),
      destination: facts.to,
      sourceInterface: facts.sourceInterface,
      destinationInterface: facts.destinationInterface,
      vdom: facts.vdom,
      logon: listed ? { groups } : null,
    }),
  );
  const outcome = together(decisions);
  const told = withCollectors(
    [
      { step: agentStep(facts), fault: null },
      collectorStep(facts),
      { step: addressStep(facts), fault: null },
      groupsStep(facts),
      filterStep(facts),
      linkStep(facts),
      tableStep(facts),
      policyStep(facts, decisions, outcome, groups),
    ],
    facts,
  );
  return {
    subject: facts.subject,
    to: facts.to,
    at: facts.now,
    logon: listed ? shownLogon(listed) : null,
    others: others.map(
      ({ logon }) => `${accountOf(logon.record)} at ${logon.record.ip}${sessionOf(logon.record.session)}`,
    ),
    steps: told.map(({ step }) => step),
    fault: told.find(({ step }) => step.state === 'broken')?.fault ?? null,
    decisions,
    outcome,
  };
}

/** The same of a logon that only a FortiGate tells of. */
function explainTold(facts: WhyFacts, told: WhyToldLogon): WhyReport {
  const decisions = decisionsOf(facts, told);
  const outcome = together(decisions);
  const steps = toldSteps(facts, told, decisions, outcome);
  return {
    subject: facts.subject,
    to: facts.to,
    at: facts.now,
    logon: toldLogon(told),
    others: [],
    steps: steps.map(({ step }) => step),
    fault: steps.find(({ step }) => step.state === 'broken')?.fault ?? null,
    decisions,
    outcome,
  };
}

/** What all sources of policies decide; `depends` where they differ. */
function together(decisions: readonly WhyDecision[]): WhyOutcome {
  const outcomes = new Set(decisions.map(({ outcome }) => outcome));
  const [first] = outcomes;
  if (first === undefined) return 'unknown';
  return outcomes.size === 1 ? first : 'depends';
}

function agentStep({ logons: [listed] }: WhyFacts): WhyStep {
  const shownBy =
    'the log of the collector, or "fabrictop collector" in its place: which agent told of the logon, and when';
  if (!listed)
    return {
      step: 'agent',
      state: 'unknown',
      text: 'what agents saw is not known from here',
      evidence: [],
      shownBy,
    };
  const what = listed.logon.record.session === 0 ? 'an agent or a poller' : 'a terminal-server agent';
  return {
    step: 'agent',
    state: 'implied',
    text: `${what} saw the logon: the collector would not know of it otherwise`,
    evidence: [
      {
        text: 'logged on, by the clock of the collector',
        source: listed.logon.server,
        at: listed.logon.record.logonTime * 1000,
      },
    ],
    shownBy,
  };
}

function shownLogon({ connector, logon: { server, record } }: ListedLogon): WhyReport['logon'] {
  const { user, domain, ip, session, workstation } = record;
  return { user, domain, ip, session, workstation, groups: splitGroups(record.groups), connector, server };
}

const sessionOf = (session: number) => (session === 0 ? '' : `, session ${session}`);
