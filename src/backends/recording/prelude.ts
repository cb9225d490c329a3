import type { LinkReport } from '../../fsso/gate/changes.ts';
import { encodeAuthResult, encodeHello, type LogonRecord } from '../../fsso/wire/messages.ts';
import { attributeValues, challengeBytes, mostRecordsPerBulk, names } from '../../fsso/wire/profile.ts';
import { listFrame } from './rewritten-frames.ts';

/** What is to be said of a link that is open already. */
export interface OpenLink {
  readonly link: LinkReport;
  /** Sequence number of the latest message that was received. */
  readonly lastSync: number | null;
  /** Logons that came over it. */
  readonly records: readonly LogonRecord[];
}

/**
 * Messages that lead to where a link stands now, one after the other: hello with the authentication result, and the logons as a list.
 * They are none that came; their sequence numbers end where those that came do, so that none is missed in between.
 */
export function* preludeOf({ link, lastSync, records }: OpenLink): Generator<Buffer> {
  const lists = Math.max(1, Math.ceil(records.length / mostRecordsPerBulk));
  const first = Math.max(0, (lastSync ?? 0) - lists);
  yield greeting(link, first);
  for (let place = 0; place < lists; place += 1) {
    const at = place * mostRecordsPerBulk;
    yield listFrame(first + 1 + place, records.slice(at, at + mostRecordsPerBulk));
  }
}

function greeting({ handshake, version }: LinkReport, sync: number): Buffer {
  const isEmpty = handshake?.challengeIsEmpty !== false;
  const hello = encodeHello('collector', {
    sync,
    name: version ?? '',
    identity: handshake?.collectorIdentity ?? names.collectorIdentity,
    proof: Buffer.alloc(handshake?.challengeLength ?? challengeBytes, isEmpty ? 0 : 1),
  });
  if (typeof handshake?.verdict !== 'number') return hello;
  return Buffer.concat([hello, encodeAuthResult(1, attributeValues.accepted)]);
}

/** Why an attempt at a collector ended, as a system names it, where it is known so. */
export function endingOf({ problem }: LinkReport): string | null {
  return typeof problem?.code === 'string' && /^E[A-Z]{2,20}$/.test(problem.code) ? problem.code : null;
}
