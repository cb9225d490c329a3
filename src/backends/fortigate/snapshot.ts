import { HttpFailure } from '../../ems/http-failure.ts';
import type { FortigateClient, FortigateOverview } from './client.ts';
import type { FortigateEndpoint } from './endpoint-reading.ts';
import type { FortigateFacts } from './envelope.ts';
import type { Rows } from './identity.ts';
import type { FortigateFssoEntry, FortigateSystem, FortigateUser } from './identity-reading.ts';
import type { FortigateCertificate, FortigateConnector } from './reading.ts';

/** One EMS connector with what the FortiGate says about the certificate. */
export interface Entry {
  readonly connector: FortigateConnector;
  readonly certificate: FortigateCertificate | null;
}

/** A part of what a FortiGate tells, or why it does not. */
export type Part<T> =
  | { readonly value: T; readonly failure: null }
  | { readonly value: null; readonly failure: HttpFailure };

/** Everything that a FortiGate tells at one moment; a part that fails leaves the others. */
export interface FortigateSnapshot {
  readonly facts: FortigateFacts;
  readonly system: Part<FortigateSystem & { vdoms: readonly string[] }>;
  readonly ems: Part<readonly Entry[]>;
  readonly fsso: Part<readonly FortigateFssoEntry[]>;
  readonly users: Part<Rows<FortigateUser>>;
  readonly endpoints: Part<Rows<FortigateEndpoint>>;
}

/**
 * Reads all parts but the policies, which are long and change rarely.
 * @throws HttpFailure where the FortiGate itself cannot be asked, or answers no part at all
 */
export async function readSnapshot(client: FortigateClient, signal: AbortSignal): Promise<FortigateSnapshot> {
  const { identity } = client;
  // Alone and first: a FortiGate that is not there, or does not take the token, is asked once and not six times.
  const system = await partOf(identity.system(signal), false);
  const overview = partOf(client.overview(signal));
  const [ems, fsso, users, endpoints] = await Promise.all([
    overview.then((part) => withCertificates(client, part, signal)),
    partOf(identity.fssoEntries(signal)),
    partOf(identity.users(signal)),
    partOf(identity.endpoints(signal)),
  ]);
  const failures = [system, ems, fsso, users, endpoints].map(({ failure }) => failure);
  if (failures.every((failure) => failure !== null)) throw failures[0];
  const facts = system.value ?? (await overview).value ?? { serial: null, version: null };
  return {
    facts: { serial: facts.serial, version: facts.version },
    system,
    ems,
    fsso,
    users,
    endpoints,
  };
}

/** Ends all where no other part could answer either: the token is wrong, or calls are too many. */
function endsAll({ fault }: HttpFailure, isReached: boolean): boolean {
  if (fault === 'unauthorized' || fault === 'throttled') return true;
  return !isReached && !['forbidden', 'not-found', 'refused', 'server-error', 'unreadable'].includes(fault);
}

async function partOf<T>(promise: Promise<T>, isReached = true): Promise<Part<T>> {
  try {
    return { value: await promise, failure: null };
  } catch (error) {
    if (!(error instanceof HttpFailure) || endsAll(error, isReached)) throw error;
    return { value: null, failure: error };
  }
}

async function withCertificates(
  client: FortigateClient,
  { value, failure }: Part<FortigateOverview>,
  signal: AbortSignal,
): Promise<Part<readonly Entry[]>> {
  if (failure !== null) return { value: null, failure };
  const entries: Entry[] = [];
  for (const connector of value.connectors) {
    // One that was left out is no reason to lose the others.
    const certificate = await client.certificate(connector, signal).catch((error: unknown) => {
      if (error instanceof HttpFailure) return null;
      throw error;
    });
    entries.push({ connector, certificate });
  }
  return { value: entries, failure: null };
}
