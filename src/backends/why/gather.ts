import type { Clock } from '../../clock.ts';
import type { LinkReport } from '../../fsso/gate/changes.ts';
import type { ListedLogon } from '../../fsso/gate/fortios.ts';
import type { Logon } from '../../fsso/gate/logon-table.ts';
import type { WhyConnector, WhyFacts } from '../../fsso/why/facts.ts';
import { runInSlices, type Steps } from '../../slices.ts';
import type { WhyQuestion } from '../../why-report.ts';
import type { FssoSetup } from '../fsso-setup.ts';
import { subjectTest } from './subject.ts';

/** One connector with its table, as it stands when the question is asked. */
export interface WhySource {
  readonly connector: WhyConnector;
  readonly logons: Iterable<Logon>;
}

/** Logons of a subject, and of who took its place. */
export type WhyLogons = Pick<WhyFacts, 'connectors' | 'logons' | 'replaced'>;

/** Logons that are kept of one subject: more are the work of a program. */
const mostLogons = 200;

// Logons looked at before the time is.
const lookedAtPerStep = 256;

/**
 * What the tables of the connectors say of a subject: live ones first, newest first, the one that is meant before all. Tables are looked
 * through in slices, and may change meanwhile.
 */
export function logonsOf(
  sources: readonly WhySource[],
  { subject, logon: meant }: WhyQuestion,
  clock: Pick<Clock, 'now' | 'after'>,
): Promise<WhyLogons> {
  const { promise, resolve } = Promise.withResolvers<WhyLogons>();
  const { owns, lostTo } = subjectTest(subject);
  // By their keys: one that leaves its table meanwhile and returns is met twice.
  const logons = new Map<string, ListedLogon>();
  const replaced = new Map<string, ListedLogon>();
  function* look(): Steps {
    let lookedAt = 0;
    for (const { connector, logons: table } of sources)
      for (const logon of table) {
        const found = owns(logon) ? logons : lostTo(logon) ? replaced : null;
        if (found !== null && found.size < mostLogons)
          found.set(logon.key, { connector: connector.name, logon });
        lookedAt += 1;
        if (lookedAt % lookedAtPerStep === 0) yield;
      }
    resolve(inOrder(sources, [...logons.values()], [...replaced.values()], meant));
  }
  runInSlices(clock, look());
  return promise;
}

function inOrder(
  sources: readonly WhySource[],
  logons: readonly ListedLogon[],
  replaced: readonly ListedLogon[],
  meant: string | null,
): WhyLogons {
  const isMeant = ({ logon }: ListedLogon) => logon.key === meant;
  const newestFirst = (one: ListedLogon, other: ListedLogon) =>
    Number(isMeant(other)) - Number(isMeant(one)) ||
    Number(one.logon.stale) - Number(other.logon.stale) ||
    other.logon.receivedAt - one.logon.receivedAt;
  return {
    connectors: sources.map(({ connector }) => connector),
    logons: logons.toSorted(newestFirst),
    replaced: replaced.toSorted(newestFirst),
  };
}

/** A connector in the words of the explanation. */
export function whyConnector({ config, identity }: FssoSetup, links: readonly LinkReport[]): WhyConnector {
  return { name: config.name, identity, groupFilter: config['group-filter'] ?? null, links };
}
