import type { LinkReport } from '../../fsso/gate/changes.ts';
import type { ListedLogon } from '../../fsso/gate/fortios.ts';
import type { Logon } from '../../fsso/gate/logon-table.ts';
import type { WhyConnector, WhyFacts } from '../../fsso/why-facts.ts';
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

/** What the tables of the connectors say of a subject: live ones first, newest first, the one that is meant before all. */
export function logonsOf(sources: readonly WhySource[], { subject, logon: meant }: WhyQuestion): WhyLogons {
  const { owns, lostTo } = subjectTest(subject);
  const logons: ListedLogon[] = [];
  const replaced: ListedLogon[] = [];
  for (const { connector, logons: table } of sources)
    for (const logon of table) {
      const found = owns(logon) ? logons : lostTo(logon) ? replaced : null;
      if (found !== null && found.length < mostLogons) found.push({ connector: connector.name, logon });
    }
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
