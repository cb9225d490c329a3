import { HttpFailure } from '../../ems/http-failure.ts';
import type { FailedCall, FortigateClient, FortigateOverview } from './client.ts';
import type { FortigateCluster } from './cluster.ts';
import type { FortigateEndpoint } from './endpoint-reading.ts';
import type { FortigateFacts } from './envelope.ts';
import type { FortigateFssoEntry, FortigateSystem, FortigateUser } from './identity-reading.ts';
import { type Part, partOf, type Rows } from './part.ts';
import type { FortigateCertificate, FortigateConnector } from './reading.ts';
import { isPartial } from './rest.ts';

/** One EMS connector with what the FortiGate says about the certificate. */
export interface Entry {
  readonly connector: FortigateConnector;
  readonly certificate: FortigateCertificate | null;
}

/** Everything that a FortiGate tells at one moment; a part that fails leaves the others. */
export interface FortigateSnapshot {
  readonly facts: FortigateFacts;
  readonly system: Part<FortigateSystem & { vdoms: readonly string[] }>;
  readonly cluster: Part<FortigateCluster>;
  readonly ems: Part<readonly Entry[]>;
  /** Of the calls behind the EMS connectors those that failed although others answered. */
  readonly emsFailed: readonly FailedCall[];
  readonly fsso: Part<readonly FortigateFssoEntry[]>;
  readonly users: Part<Rows<FortigateUser>>;
  readonly endpoints: Part<Rows<FortigateEndpoint>>;
}

const nobody: FortigateFacts = { serial: null, version: null, build: null };

/**
 * Reads all parts but the policies, which are long and change rarely.
 * @throws HttpFailure where the FortiGate itself cannot be asked, or answers no part at all
 */
export async function readSnapshot(client: FortigateClient, signal: AbortSignal): Promise<FortigateSnapshot> {
  const { identity } = client;
  // Alone and first: a FortiGate that is not there, or does not take the token, is asked once and not six times.
  const system = await partOf(identity.system(signal), (failure) => !isPartial(failure));
  const overview = partOf(client.overview(signal), isRefusedAltogether);
  const [ems, fsso, users, endpoints, cluster] = await Promise.all([
    overview.then((part) => withCertificates(client, part, signal)),
    partOf(identity.fssoEntries(signal), isRefusedAltogether),
    partOf(identity.users(signal), isRefusedAltogether),
    partOf(identity.endpoints(signal), isRefusedAltogether),
    partOf(client.cluster(system.value?.serial ?? null, signal), isRefusedAltogether),
  ]);
  const failures = [system, ems, fsso, users, endpoints].map(({ failure }) => failure);
  if (failures.every((failure) => failure !== null)) throw failures[0];
  const told = await overview;
  const { serial, version, build } = system.value ?? told.value ?? nobody;
  return {
    facts: { serial, version, build },
    system,
    cluster,
    ems,
    emsFailed: told.value?.failed ?? [],
    fsso,
    users,
    endpoints,
  };
}

/** No other part could answer either: the token is wrong, or calls are too many. */
function isRefusedAltogether({ fault }: HttpFailure): boolean {
  return fault === 'unauthorized' || fault === 'throttled';
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
