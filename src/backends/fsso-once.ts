import type { Clock } from '../clock.ts';
import { authListDocument, authListText } from '../fsso/gate/auth-list.ts';
import {
  type ListedLogon,
  listDocument,
  listText,
  type ServerStatus,
  serverStatusDocument,
  serverStatusText,
  sortLogons,
} from '../fsso/gate/fortios.ts';
import { Link, type LinkOptions, serverName } from '../fsso/gate/link.ts';
import type { LogonTest } from '../fsso/gate/list-filter.ts';
import { summaryDocument, summaryText } from '../fsso/gate/summary.ts';
import type { Problem } from '../problem.ts';
import type { LogonFacts } from '../query/logon-fields.ts';
import type { Query } from '../query/query.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { problemLine, readLogons, stepLimits } from './fsso-reading.ts';
import { connectorOptions, type FssoSetup } from './fsso-setup.ts';
import { factsOf } from './logon-choice.ts';

/** How a one-shot command went. */
export interface OnceResult {
  /** For standard output; null when there is nothing that could be shown. */
  readonly output: string | null;
  /** For standard error: one line for each thing that is wrong, its stage and what to do. */
  readonly diagnostics: readonly string[];
  /** What was asked about is up. */
  readonly isHealthy: boolean;
}

export interface OnceOptions {
  readonly clock: Clock;
  /** For everything together, in milliseconds. */
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Which logons are printed: by the filter of the command line, and by those of FortiOS. */
export interface Selection {
  readonly filter: Query<LogonFacts>;
  readonly test: LogonTest;
}

/** Commands that read every logon and print them one way or another. `filtered` counts those left out. */
type LogonOutput = (
  listed: readonly ListedLogon[],
  filtered: number,
  options: { json: boolean; now: number },
) => string;

/** What `fsso list`, `summary` and `auth-list` print (docs/cli.md, fsso). */
export const logonOutputs = {
  list: (listed, filtered, { json }) => (json ? safeJson(listDocument(listed)) : listText(listed, filtered)),
  summary: (listed, _, { json }) => (json ? safeJson(summaryDocument(listed)) : summaryText(listed)),
  'auth-list': (listed, filtered, { json, now }) =>
    json ? safeJson(authListDocument(listed, filtered, now)) : authListText(listed, filtered, now),
} satisfies Record<string, LogonOutput>;

/** Reads the logons of every connector given and prints those that are selected (docs/cli.md, fsso). */
export async function listOnce(
  setups: readonly FssoSetup[],
  {
    clock,
    timeoutMs,
    json,
    filter,
    test,
    output: kind,
  }: OnceOptions & Selection & { output: keyof typeof logonOutputs },
): Promise<OnceResult> {
  const readings = await Promise.all(setups.map((setup) => readLogons(setup, clock, timeoutMs)));
  const diagnostics = readings.flatMap((reading) => reading.failure ?? []);
  const isHealthy = diagnostics.length === 0;
  if (readings.every((reading) => reading.failure !== null)) return { output: null, diagnostics, isHealthy };
  const now = clock.now();
  const all = readings.flatMap(({ connector, logons }) => logons.map((logon) => ({ connector, logon })));
  const listed = sortLogons(all.filter((each) => test(each) && filter.matches(factsOf(each), now)));
  const output = logonOutputs[kind](listed, all.length - listed.length, { json, now });
  return { output, diagnostics, isHealthy };
}

/** Tries each collector of every connector given once and prints how it went (docs/cli.md, fsso server-status). */
export async function serverStatusOnce(
  setups: readonly FssoSetup[],
  { clock, timeoutMs, json }: OnceOptions,
): Promise<OnceResult> {
  const probed = await Promise.all(setups.map((setup) => probeConnector(setup, clock, timeoutMs)));
  const servers = probed.flatMap((each) => each.servers);
  return {
    output: json ? safeJson(serverStatusDocument(servers)) : serverStatusText(servers),
    diagnostics: probed.flatMap((each) => each.diagnostics),
    isHealthy: probed.every((each) => each.servers.some((server) => server.active)),
  };
}

async function probeConnector(
  setup: FssoSetup,
  clock: Clock,
  timeoutMs: number,
): Promise<{ servers: ServerStatus[]; diagnostics: string[] }> {
  const { collectors, name: connector, ...options } = connectorOptions(setup, clock);
  const limits = stepLimits(timeoutMs, 1);
  const links = await Promise.all(
    collectors.map((collector) => probe({ ...options, ...collector, limits }, timeoutMs)),
  );
  const first = links.findIndex(({ isConnected }) => isConnected);
  const servers = links.map((link, index) => {
    const { host, port } = collectors[index] as (typeof collectors)[number];
    const { isConnected, version, problem } = link;
    const stage = problem?.stage ?? null;
    const error = problem === null ? null : safeText(problem.message);
    return { connector, host, port, isConnected, active: index === first, version, stage, error };
  });
  const diagnostics = links.flatMap(({ problem }, index) => {
    const { host, port } = collectors[index] as (typeof collectors)[number];
    return problem === null ? [] : [`${connector}: ${problemLine(serverName(host, port), problem)}`];
  });
  return { servers, diagnostics };
}

interface Probed {
  readonly isConnected: boolean;
  readonly version: string | null;
  readonly problem: Problem | null;
}

async function probe(options: LinkOptions, timeoutMs: number): Promise<Probed> {
  const over = Promise.withResolvers<boolean>();
  const link = new Link(options, {
    changed: () => {},
    received: () => {},
    online: () => over.resolve(true),
    ended: () => over.resolve(false),
  });
  const deadline = options.clock.after(timeoutMs, () => link.giveUp(timeoutMs / 1000));
  link.open();
  const isConnected = await over.promise;
  deadline.cancel();
  const { version, problem } = link;
  await link.close();
  return { isConnected, version, problem };
}
