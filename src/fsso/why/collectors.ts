import { doubtWords } from '../../entry-doubts.ts';
import { evidenceText } from '../../evidence-text.ts';
import { isoTime } from '../../logon-history.ts';
import type { WhyEvidence, WhyStep, WhyStepName } from '../../why-report.ts';
import { whyCauses } from './causes.ts';
import type { WhyCollector, WhyEntry, WhyFacts } from './facts.ts';
import { accountOf, placeText, subjectOf, type Told } from './steps.ts';

interface Found {
  readonly collector: WhyCollector;
  readonly entry: WhyEntry;
}

/** The steps as the links tell them, with what attached collectors know better: agents, addresses, groups, filters. */
export function withCollectors(told: readonly Told[], facts: WhyFacts): readonly Told[] {
  if (facts.collectors.length === 0) return told;
  const found = foundFor(facts);
  const neverReported = told.some(({ step, fault }) => step.step === 'collector' && fault !== null);
  const better: Partial<Record<WhyStepName, (before: Told) => Told>> =
    found === null
      ? { agent: (before) => (neverReported ? notSeen(before, facts) : before) }
      : {
          agent: () => seen(found),
          address: (before) => addressOf(before, found),
          groups: (before) => groupsOf(before, found, facts),
          ...(neverReported
            ? { collector: () => known(found), filter: (before: Told) => heldBack(before, found, facts) }
            : {}),
        };
  return told.map((each) => better[each.step.step]?.(each) ?? each);
}

/** The entry of the logon that we have, else the newest of the subject. */
function foundFor({ collectors, logons: [listed] }: WhyFacts): Found | null {
  const all = collectors.flatMap((collector) => collector.entries.map((entry) => ({ collector, entry })));
  if (!listed) return all.toSorted((one, other) => other.entry.updatedAt - one.entry.updatedAt)[0] ?? null;
  const { ip, session } = listed.logon.record;
  return all.find(({ entry }) => entry.ip === ip && entry.session === session) ?? null;
}

function seen({ collector, entry }: Found): Told {
  const { feed, agent, logonTime, updatedAt, evidence, poller } = entry;
  const by = feed === null ? agent : `${agent} (${feed})`;
  const step: WhyStep = {
    step: 'agent',
    state: 'ok',
    text: poller
      ? `collector ${collector.name} found the logon on ${agent}, which it polls (${poller.how})`
      : `${by} told collector ${collector.name} of the logon`,
    evidence: [
      ...(evidence === null
        ? []
        : [{ text: evidenceText(evidence, agent), source: collector.name, at: logonTime }]),
      { text: `${accountOf(entry)} at ${entry.ip}, last reported`, source: collector.name, at: updatedAt },
      ...(poller
        ? [{ text: `last polled by ${poller.how}`, source: `poller of ${agent}`, at: poller.lastPoll }]
        : []),
    ],
    shownBy: null,
  };
  return { step, fault: null };
}

/** Nobody told any attached collector, and no other one is known to have heard of it. */
function notSeen(before: Told, facts: WhyFacts): Told {
  const { collectors } = facts;
  const name = subjectOf(facts);
  const evidence = collectors.flatMap((collector): WhyEvidence[] =>
    collector.failure === null
      ? [
          {
            text: `has ${collector.logons} logons, ${name} not among them`,
            source: collector.name,
            at: facts.now,
          },
          ...collector.unreported.map((dc) => ({
            text: `no agent reports for domain controller ${dc}`,
            source: collector.name,
            at: facts.now,
          })),
        ]
      : [{ text: `not asked: ${collector.failure}`, source: collector.name, at: null }],
  );
  if (collectors.some(({ failure }) => failure !== null))
    return { ...before, step: { ...before.step, evidence: [...before.step.evidence, ...evidence] } };
  const names = collectors.map((collector) => collector.name).join(', ');
  const step: WhyStep = {
    step: 'agent',
    state: 'broken',
    text: `nobody told collector ${names} of a logon of ${name}`,
    evidence,
    shownBy: 'the log of the collector: it names what was ignored, and names without an address',
  };
  return { step, fault: whyCauses['not-seen'] };
}

function known({ collector, entry }: Found): Told {
  const step: WhyStep = {
    step: 'collector',
    state: 'ok',
    text: `collector ${collector.name} has the logon, and has not told us of it`,
    evidence: [{ text: `${accountOf(entry)} at ${entry.ip}`, source: collector.name, at: entry.updatedAt }],
    shownBy: null,
  };
  return { step, fault: null };
}

function addressOf(before: Told, { collector, entry }: Found): Told {
  const { ip, verifiedAt, doubt, expiresAt } = entry;
  const evidence: WhyEvidence[] = [];
  if (before.step.state === 'unknown')
    evidence.push({
      text: placeText(entry),
      source: collector.name,
      at: entry.updatedAt,
    });
  if (verifiedAt !== null)
    evidence.push({
      text: 'the workstation said that the user is there',
      source: collector.name,
      at: verifiedAt,
    });
  if (doubt !== null)
    evidence.push({ text: `Not Verified: ${doubtWords(doubt)}`, source: collector.name, at: null });
  if (expiresAt !== null)
    evidence.push({
      text: `ends at ${isoTime(expiresAt)} if nothing speaks for it until then`,
      source: collector.name,
      at: null,
    });
  const isNew = before.step.state === 'unknown';
  const step: WhyStep = {
    ...before.step,
    state:
      doubt !== null && (isNew || before.step.state === 'ok') ? 'doubtful' : isNew ? 'ok' : before.step.state,
    text: isNew
      ? `collector ${collector.name} knows the address ${ip}`
      : doubt !== null && before.step.state === 'ok'
        ? `${before.step.text}, and could not verify that the user is still there`
        : before.step.text,
    evidence: [...before.step.evidence, ...evidence],
  };
  return { ...before, step };
}

/** Only where we were told of no groups ourselves: those that count for policies are the ones that came. */
function groupsOf(before: Told, { collector, entry }: Found, { logons: [listed] }: WhyFacts): Told {
  if (listed) return before;
  const { groups, updatedAt } = entry;
  const evidence = groups.map((text): WhyEvidence => ({ text, source: collector.name, at: updatedAt }));
  const step: WhyStep = {
    step: 'groups',
    state: groups.length === 0 ? 'broken' : 'ok',
    text:
      groups.length === 0
        ? `collector ${collector.name} knows no group of the user`
        : `collector ${collector.name} knows ${groups.length} group${groups.length === 1 ? '' : 's'} of the user`,
    evidence: [...evidence, ...before.step.evidence],
    shownBy: null,
  };
  return { step, fault: groups.length === 0 ? whyCauses['no-groups'] : null };
}

/** The collector has the logon, and we were not told: its filter for us, or we are not connected to it. */
function heldBack(before: Told, { collector }: Found, { connectors }: WhyFacts): Told {
  const identities = new Set(connectors.map(({ identity }) => identity.toUpperCase()));
  const own = collector.fortigates.filter(
    ({ identity }) => identity !== null && identities.has(identity.toUpperCase()),
  );
  const say = (state: WhyStep['state'], text: string): WhyStep => ({
    ...before.step,
    state,
    text,
    evidence: [
      ...own.map(({ identity, filter }) => ({
        text:
          filter === null
            ? `${identity} is told of everybody`
            : `${identity} is told of ${filter.groups} group${filter.groups === 1 ? '' : 's'}, by the filter of the ${filter.from}`,
        source: collector.name,
        at: null,
      })),
      ...before.step.evidence,
    ],
  });
  if (own.length === 0)
    return { step: say('unknown', `we are not connected to collector ${collector.name}`), fault: null };
  if (own.every(({ filter }) => filter === null))
    return {
      step: say(
        'doubtful',
        `collector ${collector.name} has no filter for us, so the logon should be on its way`,
      ),
      fault: null,
    };
  return {
    step: say('broken', `the group filter of collector ${collector.name} for us holds the logon back`),
    fault: whyCauses['held-back'],
  };
}
