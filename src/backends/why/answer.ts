import type { Clock } from '../../clock.ts';
import type { WhyDirectory } from '../../fsso/why/directory.ts';
import type { WhyCollector, WhyHistory, WhyToldLogon } from '../../fsso/why/facts.ts';
import { explainWhy } from '../../fsso/why/why.ts';
import type { WhyQuestion, WhyReport, WhySubject } from '../../why-report.ts';
import type { WhoInDirectory } from './directory.ts';
import { logonsOf, type WhyLogons, type WhySource } from './gather.ts';
import type { KnownPolicies } from './policies.ts';

/** Everything that is asked beside the tables, each at most once. */
export interface WhyAsked {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Of our identity: only its policies count. */
  readonly vdom: string;
  readonly sourceInterface: string | null;
  readonly destinationInterface: string | null;
  readonly sources: readonly WhySource[];
  /** The subject as FortiGates have it; asked where our own tables do not. */
  told?(question: WhyQuestion): Promise<WhyToldLogon | null>;
  history(question: WhyQuestion): Promise<WhyHistory>;
  policies(): Promise<KnownPolicies>;
  /** Collectors that can be asked beside the links to them. */
  collectors(subject: WhySubject): Promise<readonly WhyCollector[]>;
  /** Asks the directory of a connector; null where it has none. Never rejects. Absent: no directory is asked. */
  directory?(who: WhoInDirectory): Promise<WhyDirectory | null>;
}

/** Puts together what is known, and explains it. */
export async function answerWhy(question: WhyQuestion, asked: WhyAsked): Promise<WhyReport> {
  const { clock, vdom, sourceInterface, destinationInterface, sources } = asked;
  const found = await logonsOf(sources, question, clock);
  const [told, history, policies, collectors, directory] = await Promise.all([
    found.logons.length > 0 ? null : (asked.told?.(question) ?? null),
    found.logons.length > 0 ? { rows: [] } : asked.history(question),
    asked.policies(),
    asked.collectors(question.subject),
    askedOf(question, found, asked),
  ]);
  const { subject, to, seen } = question;
  // A collector that has the logon says more of why we do not, unless the FortiGate's own logon is meant.
  const isHeld = seen === undefined && collectors.some(({ entries }) => entries.length > 0);
  return explainWhy({
    subject,
    to,
    vdom,
    sourceInterface,
    destinationInterface,
    now: clock.now(),
    ...found,
    told: isHeld ? null : told,
    history,
    collectors,
    directory,
    ...policies,
  });
}

/** What the directory of the logon's connector says; of who is not logged on, that of the first connector that has one. */
async function askedOf(
  { subject }: WhyQuestion,
  { logons: [listed], connectors }: WhyLogons,
  { directory }: WhyAsked,
): Promise<WhyDirectory | null> {
  if (directory === undefined || (!listed && subject.kind === 'ip')) return null;
  const slash = subject.value.indexOf('\\');
  const [domain, user] = listed
    ? [listed.logon.record.domain, listed.logon.record.user]
    : [subject.value.slice(0, Math.max(0, slash)), subject.value.slice(slash + 1)];
  for (const connector of listed ? [listed.connector] : connectors.map(({ name }) => name)) {
    const told = await directory({ connector, domain, user });
    if (told !== null) return told;
  }
  return null;
}
