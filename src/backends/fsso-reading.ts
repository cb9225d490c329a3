import type { Clock } from '../clock.ts';
import type { LinkReport } from '../fsso/gate/changes.ts';
import { FssoConnector } from '../fsso/gate/connector.ts';
import type { LinkLimits } from '../fsso/gate/link.ts';
import type { Logon } from '../fsso/gate/logon-table.ts';
import { timers } from '../fsso/wire/profile.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import { connectorOptions, type FssoSetup } from './fsso-setup.ts';

/** Part of the time that one step of one collector may take, so that its failure is told before time is over. */
const stepShare = 0.8;

/** What one connector knows once its list is complete, or why it has none. */
export interface Reading {
  readonly connector: string;
  readonly logons: readonly Logon[];
  /** As they were before the connector was stopped. */
  readonly links: readonly LinkReport[];
  readonly failure: string | null;
}

/** Connects, reads every logon of a connector, and leaves again. */
export async function readLogons(setup: FssoSetup, clock: Clock, timeoutMs: number): Promise<Reading> {
  const { name, servers } = setup.config;
  const limits = stepLimits(timeoutMs, servers.length);
  const outcome = Promise.withResolvers<string | null>();
  const connector = new FssoConnector(
    { ...connectorOptions(setup, clock), probeIntervalMs: 0, limits },
    (change) => {
      if (change.kind === 'bulk-complete') outcome.resolve(null);
      else if (change.kind === 'event' && change.event.name === 'round-failed')
        outcome.resolve(failureLine(name, connector.links, timeoutMs));
    },
  );
  const deadline = clock.after(timeoutMs, () =>
    outcome.resolve(failureLine(name, connector.links, timeoutMs)),
  );
  connector.start();
  const failure = await outcome.promise;
  deadline.cancel();
  const logons = failure === null ? [...connector.logons.values()] : [];
  const { links } = connector;
  await connector.stop();
  return { connector: name, logons, links, failure };
}

function failureLine(connector: string, links: readonly LinkReport[], timeoutMs: number): string {
  const seconds = timeoutMs / 1000;
  const lines = links.flatMap(({ server, state, problem }) => {
    if (problem !== null) return [problemLine(server, problem)];
    if (state === 'standby') return [`${server} was not reached within ${seconds} s: raise --timeout`];
    if (state === 'online')
      return [`${server} failed at logons: no complete list within ${seconds} s: raise --timeout`];
    return [`${server} is still at ${state} after ${seconds} s: raise --timeout`];
  });
  return `${connector}: ${lines.join('; ')}`;
}

/** One line of diagnostics about a collector. */
export function problemLine(server: string, { stage, message, cause, fix }: Problem): string {
  return safeText(`${server} failed at ${stage}: ${message}. ${cause} Fix: ${fix[0]}`);
}

/** What each step may take, so that a failure is told before `timeoutMs` is over. */
export function stepLimits(timeoutMs: number, collectors: number): LinkLimits {
  const step = Math.round((timeoutMs * stepShare) / collectors);
  return {
    connect: Math.min(timers.connectLimit, step),
    hello: Math.min(timers.helloLimit, step),
    verdict: Math.min(timers.verdictLimit, step),
  };
}
