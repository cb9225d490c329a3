import type { WhyEvidence, WhyFault, WhyStep } from '../../why-report.ts';
import type { LinkReport } from '../gate/changes.ts';
import { linkRows, whyCauses } from './causes.ts';
import type { WhyConnector, WhyFacts } from './facts.ts';
import type { Told } from './steps.ts';

/** Whether the collectors can tell us of logons now: of the connector that has the logon, else of each. */
export function linkStep({ logons: [listed], connectors }: WhyFacts): Told {
  const own = listed ? connectors.filter(({ name }) => name === listed.connector) : connectors;
  const evidence = own.flatMap(({ links }) => links.map(linkEvidence));
  const say = (state: WhyStep['state'], text: string, fault: WhyFault | null = null): Told => ({
    step: { step: 'link', state, text, evidence, shownBy: null },
    fault,
  });
  if (own.length === 0) return say('unknown', 'no FSSO connector is configured');
  const down = own.filter(({ links }) => !links.some(isServing));
  if (listed?.logon.stale)
    return say(
      'broken',
      `the link to ${listed.logon.server}, which reported the logon, is lost`,
      whyCauses['link-lost'],
    );
  if (down.length === 0) {
    const serving = own.flatMap(({ links }) => links.filter(isServing));
    return say('ok', `${serving.map(({ server }) => server).join(', ')} is online and in use`);
  }
  const names = down.map(({ name }) => name).join(', ');
  // Another connector may have the user: only where none is left nobody can be known.
  if (down.length < own.length) return say('doubtful', `connector ${names} has no collector online`);
  return say('broken', `connector ${names} has no collector online`, downFault(own));
}

function isServing({ active, state }: LinkReport): boolean {
  return active && state === 'online';
}

function linkEvidence({ server, state, lastHeard, since, problem }: LinkReport): WhyEvidence {
  const why = problem === null ? '' : `: ${problem.message}`;
  return { text: `${state}${why}`, source: server, at: state === 'online' ? (lastHeard ?? since) : since };
}

/** The collector that says most about why: the first of the list with a problem. */
function downFault(connectors: readonly WhyConnector[]): WhyFault {
  const link = connectors.flatMap(({ links }) => links).find(({ problem }) => problem !== null);
  const general = whyCauses['link-down'];
  if (!link?.problem) return general;
  const { stage, message, cause, fix } = link.problem;
  return {
    step: 'link',
    row: linkRows[stage] ?? general.row,
    cause: `${link.server} failed at ${stage}: ${message}. ${cause}`,
    fix,
  };
}
