import { explainWhy } from '../../fsso/why.ts';
import type { WhyDirectory, WhyHistory } from '../../fsso/why-facts.ts';
import type { WhyQuestion, WhyReport } from '../../why-report.ts';
import { logonsOf, type WhySource } from './gather.ts';
import type { KnownPolicies } from './policies.ts';

/** Whom a directory is asked about. */
export interface DirectoryQuestion {
  readonly user: string;
  readonly domain: string;
  /** Null where nobody of the kind is logged on: any connector then. */
  readonly connector: string | null;
}

/** Everything that is asked beside the tables, each at most once. */
export interface WhyAsked {
  readonly now: number;
  /** Of our identity: only its policies count. */
  readonly vdom: string;
  readonly sourceInterface: string | null;
  readonly destinationInterface: string | null;
  readonly sources: readonly WhySource[];
  history(question: WhyQuestion): Promise<WhyHistory>;
  directory(who: DirectoryQuestion): Promise<WhyDirectory | null>;
  policies(): Promise<KnownPolicies>;
}

/** Puts together what is known, and explains it. */
export async function answerWhy(question: WhyQuestion, asked: WhyAsked): Promise<WhyReport> {
  const { now, vdom, sourceInterface, destinationInterface, sources } = asked;
  const found = logonsOf(sources, question);
  const [listed] = found.logons;
  const [history, directory, policies] = await Promise.all([
    listed ? { rows: [] } : asked.history(question),
    who(question, listed?.logon.record, listed?.connector ?? null, asked),
    asked.policies(),
  ]);
  const { subject, to } = question;
  return explainWhy({
    subject,
    to,
    vdom,
    sourceInterface,
    destinationInterface,
    now,
    ...found,
    history,
    directory,
    ...policies,
  });
}

function who(
  { subject }: WhyQuestion,
  record: { readonly user: string; readonly domain: string } | undefined,
  connector: string | null,
  asked: WhyAsked,
): Promise<WhyDirectory | null> {
  if (record) return asked.directory({ user: record.user, domain: record.domain, connector });
  if (subject.kind === 'ip') return Promise.resolve(null);
  const slash = subject.value.indexOf('\\');
  return asked.directory({
    user: subject.value.slice(slash + 1),
    domain: subject.value.slice(0, Math.max(0, slash)),
    connector,
  });
}
