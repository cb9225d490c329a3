import type { ConnectorStatus } from '../connector/report.ts';
import type { InventoryChange } from '../session/inventory.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import type { AdviceFacts, Finding, Surroundings } from './row.ts';

const noCertificate = /^0{8,}$/;

/**
 * What the data of a connected EMS shows that no call of it says: sharing, tag types, client certificates, notifications,
 * keep-alives, limits (docs/protocol/ems.md, Diagnosis, rows 15 to 19 and 21).
 */
export class DataFindings {
  /** Endpoints that EMS has signed no certificate for. */
  readonly #withoutCertificate = new Set<string>();
  readonly #tags = new Set<string>();
  /** Tags that each endpoint carries. */
  readonly #carried = new Map<string, readonly string[]>();
  /** An endpoint carries a tag that EMS did not send; null until it is looked for again. */
  #unknownTag: boolean | null = null;

  take({ endpoints, tags }: InventoryChange): void {
    this.#unknownTag = null;
    for (const { uid, clientCertificate, tags: carried } of endpoints.put) {
      if (noCertificate.test(clientCertificate)) this.#withoutCertificate.add(uid);
      else this.#withoutCertificate.delete(uid);
      this.#carried.set(uid, carried);
    }
    for (const uid of endpoints.removed) {
      this.#withoutCertificate.delete(uid);
      this.#carried.delete(uid);
    }
    for (const { name } of tags.put) this.#tags.add(name);
    for (const name of tags.removed) this.#tags.delete(name);
  }

  /** What is found now, in the order of the rows; nothing while EMS is not connected. */
  findings({ state, session }: ConnectorStatus): Finding[] {
    if (state !== 'connected' && state !== 'out-of-sync') return [];
    if (!session.registered) return [];
    const worked = (name: string) => session.calls.some((call) => call.name === name && call.ok);
    const failure = (name: string) => session.calls.find((call) => call.name === name && !call.ok)?.problem;
    const found: Finding[] = [];
    const fetched = worked('sysinfo') && (worked('tags') || worked('hostTags'));
    if (fetched && (session.endpointCount === 0 || session.tagCount === 0)) found.push('tags-missing');
    else if (worked('tags') && worked('uidTags') && this.#carriesUnknown()) found.push('tag-types-missing');
    if (session.websocket.state !== 'connected' && session.websocket.state !== 'off')
      found.push('websocket-down');
    if (this.#withoutCertificate.size > 0) found.push('client-certificate-zero');
    if (failure('keepAlive')) found.push('keep-alive-missed');
    if (session.tagsFull) found.push('tag-limit');
    return found;
  }

  /** The rows that these are of, with the steps for our role. */
  advice(status: ConnectorStatus, about: Surroundings & AdviceFacts): Diagnosis[] {
    return this.findings(status).flatMap((finding) => diagnose({ ...about, finding }) ?? []);
  }

  // The type of such a tag is not shared.
  #carriesUnknown(): boolean {
    this.#unknownTag ??= [...this.#carried.values()].some((carried) =>
      carried.some((name) => !this.#tags.has(name)),
    );
    return this.#unknownTag;
  }
}
