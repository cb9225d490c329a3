import type { HttpFailure } from '../../ems/http-failure.ts';
import { at, type Envelope, numberOf, type Row, recordOf, textOf } from './envelope.ts';
import { partOf } from './part.ts';
import type { FortigateFields } from './profile-fields.ts';
import type { FortigateRest } from './rest.ts';

/** One member of a cluster; null is not said. */
export interface ClusterMember {
  readonly serial: string;
  readonly hostName: string | null;
  readonly priority: number | null;
  readonly primary: boolean | null;
}

/** How a FortiGate is clustered. */
export interface FortigateCluster {
  /** FortiOS's word: `standalone`, `a-a`, `a-p`; null is not said. */
  readonly mode: string | null;
  readonly group: string | null;
  readonly members: readonly ClusterMember[];
  /** Its own part in it. */
  readonly role: 'primary' | 'secondary' | null;
  /** What of it was not told. */
  readonly failures: readonly HttpFailure[];
}

/** Members of a cluster that are read; FortiOS has four. */
const mostMembers = 16;

/**
 * How the FortiGate with this serial number is clustered. Who is primary is said by `ha-peer` from FortiOS 7.4 on, and by
 * `ha-checksums` before.
 * @throws HttpFailure where its mode cannot be had
 */
export async function readCluster(
  rest: FortigateRest,
  own: string | null,
  signal?: AbortSignal,
): Promise<FortigateCluster> {
  const { calls, fields } = rest.profile;
  const row = firstOf((await rest.get(calls.ha, {}, signal)).envelopes);
  const mode = textOf(at(row, fields.ha.mode), 32);
  const group = textOf(at(row, fields.ha.group), 64);
  const alone = { mode, group, members: [], role: null, failures: [] };
  if (mode === null || mode === 'standalone') return alone;
  const peers = await partOf(rest.get(calls.haPeers, {}, signal));
  if (peers.failure !== null) return { ...alone, failures: [peers.failure] };
  const told = membersOf(peers.value.envelopes, fields);
  if (told.some(({ primary }) => primary === true)) return clusterOf(alone, told, own);
  const checksums = await partOf(rest.get(calls.haChecksums, {}, signal));
  if (checksums.failure !== null) return { ...clusterOf(alone, told, own), failures: [checksums.failure] };
  const managing = new Map(
    checksums.value.envelopes.flatMap(({ rows }) =>
      rows.map((each) => [textOf(at(each, fields.ha.serial), 64), flagOf(at(each, fields.ha.manages))]),
    ),
  );
  const members = told.map((each) => ({ ...each, primary: managing.get(each.serial) ?? null }));
  return clusterOf(alone, members, own);
}

/** Members that are not primary are not said to be so: one that is makes the others secondary. */
function clusterOf(
  cluster: FortigateCluster,
  told: readonly ClusterMember[],
  own: string | null,
): FortigateCluster {
  const isKnown = told.some(({ primary }) => primary === true);
  const members = told.map((each) => ({ ...each, primary: isKnown ? each.primary === true : null }));
  const self = members.find(({ serial }) => serial === own);
  const role = self?.primary === true ? 'primary' : self?.primary === false ? 'secondary' : null;
  return { ...cluster, members, role };
}

/** Members as `ha-peer` lists them. */
export function membersOf(envelopes: readonly Envelope[], { ha }: FortigateFields): ClusterMember[] {
  return envelopes
    .flatMap(({ rows }) => rows)
    .slice(0, mostMembers)
    .flatMap((row) => {
      const serial = textOf(at(row, ha.serial), 64);
      if (serial === null) return [];
      return [
        {
          serial,
          hostName: textOf(at(row, ha.hostName), 64),
          priority: numberOf(at(row, ha.priority)),
          primary: flagOf(at(row, ha.primary)),
        },
      ];
    });
}

/** A boolean, or 0 and 1. */
function flagOf(value: unknown): boolean | null {
  return value === true || value === 1 ? true : value === false || value === 0 ? false : null;
}

function firstOf(envelopes: readonly Envelope[]): Row {
  return recordOf(envelopes.flatMap(({ rows }) => rows)[0]);
}
