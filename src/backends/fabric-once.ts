import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { FabricRefusal } from '../ems/fabric/refusal.ts';
import { generateKeys } from '../ems/fabric/signature.ts';
import { FabricStateError } from '../ems/fabric/state-file.ts';
import { FabricTransportError } from '../ems/fabric/transport.ts';
import type { FabricConflict } from '../ems/fabric/trust-plan.ts';
import type { Problem } from '../problem.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { syncedConfig } from './fabric-config.ts';
import { conflictLines, takeLines } from './fabric-events.ts';
import type { MemberSetup, RootSetup } from './fabric-setup.ts';

/** What a one-shot prints, and whether all is well. */
export interface FabricOnceResult {
  readonly output: string;
  readonly diagnostics: readonly string[];
  readonly isHealthy: boolean;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function knownProblem(error: unknown): Problem {
  if (
    error instanceof FabricRefusal ||
    error instanceof FabricStateError ||
    error instanceof FabricTransportError
  )
    return error.problem;
  throw error;
}

function lines(problem: Problem | null): string[] {
  return problem === null ? [] : [problem.message, ...problem.fix.map((step) => `  ${step}`)];
}

function report(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([title, text]) => `${`${title}:`.padEnd(14)}${safeText(text)}\n`).join('');
}

/** `fabric status` on the root. Reads and changes nothing else. */
export function rootStatusOnce(setup: RootSetup, json: boolean): FabricOnceResult {
  let last: ReturnType<RootSetup['root']['last']> = null;
  let problem: Problem | null = null;
  try {
    last = setup.root.last();
  } catch (error) {
    problem = knownProblem(error);
  }
  const places = setup.publishers.map(({ place }) => place);
  const isHealthy = problem === null && last?.isCurrent === true;
  const document = {
    role: 'root',
    root: setup.serial,
    rootKey: setup.rootKey,
    places,
    revision: last?.revision ?? null,
    publishedAt: last === null ? null : iso(last.at),
    isCurrent: last?.isCurrent ?? false,
    error: problem,
  };
  const text = report([
    ['Role', 'root'],
    ['Serial number', setup.serial],
    ['Root key', setup.rootKey ?? 'none: what is published is not signed'],
    ['Members find', places.join(', ')],
    ['Revision', last === null ? 'nothing was published yet' : `${last.revision} of ${iso(last.at)}`],
    ['Settings', last?.isCurrent ? 'published as they are' : 'changed since, or never published'],
  ]);
  const diagnostics = problem
    ? lines(problem)
    : isHealthy
      ? []
      : ['the settings are not published: run "fabrictop fabric publish" or "fabrictop fabric run"'];
  return { output: json ? safeJson(document) : text, diagnostics, isHealthy };
}

/** `fabric status` on a member: what is in force, and what the root has now. Applies nothing. */
export async function memberStatusOnce(setup: MemberSetup, json: boolean): Promise<FabricOnceResult> {
  const { member, subscriber, fabric, loaded } = setup;
  const isLocal = fabric['configuration-sync'] === 'local';
  let problem: Problem | null = null;
  let applied: ReturnType<typeof member.applied> = null;
  let available: { revision: number; isNewer: boolean } | null = null;
  let conflicts: readonly FabricConflict[] = [];
  try {
    applied = isLocal ? null : member.applied();
    if (applied !== null) conflicts = syncedConfig(loaded, applied).conflicts;
    const received = isLocal ? { kind: 'absent' as const } : await subscriber.fetch();
    if (received.kind === 'failed') problem = received.problem;
    if (received.kind === 'document') {
      const { document, isNewer } = member.judge(received.octets);
      available = { revision: document.revision, isNewer };
    }
  } catch (error) {
    problem = knownProblem(error);
  }
  const inForce = applied?.document ?? null;
  const entries = inForce?.settings.ems.map(({ name }) => name) ?? [];
  const document = {
    role: 'downstream',
    configurationSync: fabric['configuration-sync'],
    place: subscriber.place,
    rootKey: fabric['root-key'] ?? null,
    root: inForce?.root ?? null,
    revision: inForce?.revision ?? null,
    issuedAt: inForce === null ? null : iso(inForce.issuedAt),
    appliedAt: applied === null ? null : iso(applied.at),
    verified: applied?.verified ?? null,
    entries,
    available,
    conflicts,
    error: problem,
  };
  const unsigned = 'none: settings are taken unsigned, CAs and pins never';
  const text = report([
    ['Role', isLocal ? 'downstream, configuration-sync local: nothing is taken' : 'downstream'],
    ['Looks at', subscriber.place],
    ['Root key', fabric['root-key'] ?? unsigned],
    [
      'In force',
      inForce === null
        ? 'nothing'
        : `revision ${inForce.revision} of ${inForce.root}, ${iso(inForce.issuedAt)}`,
    ],
    ['Signature', applied === null ? 'none' : applied.verified ? 'of the root' : 'not asked for'],
    ['EMS entries', entries.join(', ') || 'none'],
    [
      'Root has',
      available === null
        ? 'nothing that can be taken'
        : `revision ${available.revision}${available.isNewer ? ', not taken yet' : ''}`,
    ],
    ...conflicts.map(({ subject, text: words }) => ['Conflict', `${subject}: ${words}`] as const),
  ]);
  const isHealthy = isLocal || (problem === null && applied !== null && available !== null);
  const diagnostics = problem ? lines(problem) : isHealthy ? [] : ['nothing was taken from the root yet'];
  return { output: json ? safeJson(document) : text, diagnostics, isHealthy };
}

/** `fabric publish`: the settings as they are now, once. */
export async function publishOnce(setup: RootSetup, least: number, json: boolean): Promise<FabricOnceResult> {
  const places = setup.publishers.map(({ place }) => place);
  try {
    const { revision, isNew } = await setup.root.publish(least);
    const text = `revision ${revision} ${isNew ? 'published' : 'is published already'}: ${places.join(', ')}\n`;
    const document = { root: setup.serial, revision, isNew, places, error: null };
    return {
      output: json ? safeJson(document) : safeText(text.trimEnd()).concat('\n'),
      diagnostics: [],
      isHealthy: true,
    };
  } catch (error) {
    const problem = knownProblem(error);
    const document = { root: setup.serial, revision: null, isNew: false, places, error: problem };
    return { output: json ? safeJson(document) : '', diagnostics: lines(problem), isHealthy: false };
  }
}

/** `fabric receive`: looks at the root once, and applies what may be applied. */
export async function receiveOnce(
  { member, subscriber, loaded }: MemberSetup,
  json: boolean,
): Promise<FabricOnceResult> {
  const received = await subscriber.fetch();
  const result =
    received.kind === 'document'
      ? await member.take(received.octets)
      : {
          kind: 'refused' as const,
          problem: received.kind === 'failed' ? received.problem : absent(subscriber.place),
        };
  const conflicts = result.kind === 'applied' ? syncedConfig(loaded, result.applied).conflicts : [];
  const told = [...takeLines(result), ...conflictLines(conflicts)].map(({ text }) => text);
  const problem = result.kind === 'refused' ? result.problem : null;
  const revision = result.kind === 'refused' ? null : result.applied.document.revision;
  const document = {
    result: result.kind,
    revision,
    acceptedPins: result.kind === 'applied' ? result.trust.acceptedPins : [],
    awaitingPerson: result.kind === 'applied' ? result.trust.awaitingPerson : [],
    conflicts: [...(result.kind === 'applied' ? result.trust.conflicts : []), ...conflicts],
    error: problem,
  };
  const words =
    result.kind === 'unchanged' ? [`revision ${revision} is in force already`] : problem ? [] : told;
  return {
    output: json ? safeJson(document) : words.map((each) => `${each}\n`).join(''),
    diagnostics: lines(problem),
    isHealthy: problem === null,
  };
}

function absent(place: string): Problem {
  return {
    stage: 'fabric',
    code: null,
    message: `the root has published nothing yet at ${safeText(place)}`,
    cause: 'Neither "fabrictop fabric publish" nor a running root has written there.',
    fix: ['Run "fabrictop fabric publish" on the root, or correct fabric.transport.'],
  };
}

/**
 * `fabric keygen`: writes a new private key, for its owner alone, and beside it the public one. A file that exists is never
 * replaced. @throws the system's error
 */
export function keygenOnce(path: string): FabricOnceResult {
  const { privatePem, publicPem, rootKey } = generateKeys();
  writeNew(path, privatePem, 0o600);
  try {
    writeNew(`${path}.pub`, publicPem, 0o644);
  } catch (error) {
    // Half a pair is of no use to anybody.
    rmSync(path);
    throw error;
  }
  return { output: `root-key: ${rootKey}\n`, diagnostics: [], isHealthy: true };
}

function writeNew(path: string, content: string, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeSync(file, content);
  } finally {
    closeSync(file);
  }
}
