import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import type { WhyCollector, WhyEntry } from '../../fsso/why/facts.ts';
import type { LogonEvidence } from '../../logon-evidence.ts';
import { quoted } from '../../query/tree.ts';
import type { WhySubject } from '../../why-report.ts';
import { CallFailure, call } from '../attached/call.ts';
import type { AttachedTarget } from '../attached/source.ts';
import {
  type LogonDocument,
  logonDocument,
  type StatusDocument,
  statusDocument,
} from '../collector-control/protocol.ts';

/** Entries that are asked for: more of one subject are the work of a program. */
const mostEntries = 50;

const page = z.object({ logons: z.array(logonDocument).max(mostEntries), total: z.number() });

/** What each of these collectors says of the subject; one that cannot be asked says why. */
export function askCollectors(
  targets: readonly AttachedTarget[],
  subject: WhySubject,
  clock: Clock,
): Promise<WhyCollector[]> {
  return Promise.all(targets.map((target) => askOne(target, subject, clock)));
}

async function askOne(
  { name, socket }: AttachedTarget,
  subject: WhySubject,
  clock: Clock,
): Promise<WhyCollector> {
  const blank = { name, logons: 0, entries: [], fortigates: [], unreported: [] };
  const path = `/logons?limit=${mostEntries}&filter=${encodeURIComponent(filterOf(subject))}`;
  try {
    const [found, status] = await Promise.all([
      call({ socket, path }, clock),
      call({ socket, path: '/status' }, clock),
    ]);
    const logons = page.safeParse(found);
    const told = statusDocument.safeParse(status);
    if (!logons.success || !told.success) return { ...blank, failure: 'what it answered is not understood' };
    const { health, fortigates, feeds, 'domain-controllers': controllers } = told.data;
    const polled = feeds.flatMap((feed) => feed.polled ?? []);
    return {
      name,
      failure: null,
      logons: health.entries,
      entries: logons.data.logons
        .map((logon) => entryOf(logon, polled))
        .toSorted((one, other) => other.updatedAt - one.updatedAt),
      fortigates,
      unreported: controllers.flatMap((dc) => (dc.agent === null ? [dc.name] : [])),
    };
  } catch (error) {
    if (error instanceof CallFailure) return { ...blank, failure: error.problem.message };
    throw error;
  }
}

/** The subject as a query (docs/query.md). */
function filterOf({ kind, value }: WhySubject): string {
  if (kind === 'ip') return `ip:${value}`;
  const slash = value.indexOf('\\');
  const user = `user:=${quoted(value.slice(slash + 1))}`;
  return slash <= 0 ? user : `${user} domain:=${quoted(value.slice(0, slash))}`;
}

type Polled = NonNullable<StatusDocument['feeds'][number]['polled']>[number];

function entryOf(document: LogonDocument, polled: readonly Polled[]): WhyEntry {
  const { verifiedAt, expiresAt } = document;
  const poller = pollerOf(document, polled);
  return {
    ...document,
    ...(poller && { poller }),
    logonTime: Date.parse(document.logonTime),
    updatedAt: Date.parse(document.updatedAt),
    verifiedAt: verifiedAt === null ? null : Date.parse(verifiedAt),
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  };
}

const modeWords: Readonly<Record<string, string>> = {
  netapi: 'sessions',
  'event-log': 'event log',
  wmi: 'WMI',
};

/** Who polls the machine that the entry was found at, in the way in which it was found; of an older collector, which does not say that, any of them. */
function pollerOf(
  { feed, agent, evidence }: LogonDocument,
  polled: readonly Polled[],
): WhyEntry['poller'] | undefined {
  if (feed !== 'poller' && feed !== 'exchange') return undefined;
  const own = polled.filter(({ name }) => name === agent);
  const ways = evidence === null ? own : own.filter((each) => isWayOf(each, evidence));
  const [first] = ways;
  if (first === undefined) return undefined;
  const words = ways.map(({ mode, log }) => `${modeWords[mode] ?? mode}${log === null ? '' : ` ${log}`}`);
  return {
    how: words.join(' or '),
    lastPoll: first.lastPoll === null || ways.length > 1 ? null : Date.parse(first.lastPoll),
  };
}

function isWayOf({ mode, log }: Polled, evidence: LogonEvidence): boolean {
  if (evidence.kind === 'session') return mode === 'netapi';
  return mode === evidence.by && log === evidence.log;
}
