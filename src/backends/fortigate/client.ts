import type { HttpServer } from '../../ems/http-call.ts';
import { HttpFailure } from '../../ems/http-failure.ts';
import type { WriteGuard } from '../../verbs.ts';
import { type FortigateCluster, readCluster } from './cluster.ts';
import type { Envelope, FortigateFacts } from './envelope.ts';
import { FortigateIdentity } from './identity.ts';
import { partOf } from './part.ts';
import { type FortigateCall, type FortigateProfile, fortigateProfile } from './profile.ts';
import {
  certificateOf,
  type FortigateCertificate,
  type FortigateConnector,
  mergeConnectors,
} from './reading.ts';
import { FortigateRest, isPartial, type Query, type Reply } from './rest.ts';

/** The panel of a FortiGate about its EMS connectors, as its REST API tells it at one moment. */
export interface FortigateOverview extends FortigateFacts {
  readonly connectors: readonly FortigateConnector[];
  /** Calls behind it that did not answer. */
  readonly failed: readonly FailedCall[];
}

/** A call that failed where others answered. */
export interface FailedCall {
  readonly call: FortigateCall;
  readonly failure: HttpFailure;
}

/**
 * The calls that fabrictop makes of a FortiGate (docs/protocol/ems.md, FortiGate REST API). The token is sent in the
 * `Authorization` header and nowhere else.
 */
export class FortigateClient {
  /** Who is logged on there, and what it does with users. */
  readonly identity: FortigateIdentity;
  readonly #rest: FortigateRest;
  readonly #guard: WriteGuard;

  constructor(
    server: HttpServer,
    token: string,
    guard: WriteGuard,
    profile: FortigateProfile = fortigateProfile,
  ) {
    this.#rest = new FortigateRest(server, token, profile);
    this.#guard = guard;
    this.identity = new FortigateIdentity(this.#rest, guard);
  }

  /**
   * Every connector in every VDOM that the token may see. Of the three calls behind it those are left out that the
   * release or the token's profile does not have.
   * @throws HttpFailure when none of them answers, and at once for what would end the others too
   */
  async overview(signal?: AbortSignal): Promise<FortigateOverview> {
    const failed: FailedCall[] = [];
    const attempt = async (call: FortigateCall): Promise<Reply | null> => {
      const { value, failure } = await partOf(this.#rest.everyVdom(this.profile.calls[call], signal));
      if (failure !== null) failed.push({ call, failure });
      return value;
    };
    const configured = await attempt('connectors');
    const status = await attempt('status');
    const summary = await attempt('summary');
    const answered = [configured, status, summary].find((each) => each !== null);
    if (!answered) throw failed[0]?.failure;
    const merge = (more: readonly Envelope[]) =>
      mergeConnectors(configured?.envelopes ?? [], more, summary?.envelopes ?? [], this.profile);
    const named = status === null ? await this.#statusByName(merge([]), signal) : status.envelopes;
    return { ...answered.facts, connectors: merge(named), failed };
  }

  /** How it is clustered; `own` is its serial number. @throws HttpFailure where its mode cannot be had */
  cluster(own: string | null, signal?: AbortSignal): Promise<FortigateCluster> {
    return readCluster(this.#rest, own, signal);
  }

  get profile(): FortigateProfile {
    return this.#rest.profile;
  }

  /** What the FortiGate says about the certificate of the EMS of a connector. @throws HttpFailure */
  async certificate(connector: FortigateConnector, signal?: AbortSignal): Promise<FortigateCertificate> {
    const query = { ...selector(connector), with_cert: 'true' };
    return certificateOf(
      (await this.#rest.get(this.profile.calls.certificate, query, signal)).envelopes,
      this.profile.fields,
    );
  }

  /**
   * Lets the FortiGate accept the certificate with this fingerprint, in the FortiGate's own writing.
   * @throws ReadOnlyError before anything is sent; HttpFailure
   */
  async verify(connector: FortigateConnector, fingerprint: string): Promise<FortigateCertificate> {
    this.#guard.require('verify-certificate');
    const reply = await this.#post(this.profile.calls.verify, connector, { fingerprint });
    return certificateOf(reply.envelopes, this.profile.fields);
  }

  /** Lets the FortiGate forget the accepted certificate. @throws ReadOnlyError before anything is sent; HttpFailure */
  async unverify(connector: FortigateConnector): Promise<void> {
    this.#guard.require('unverify-certificate');
    await this.#post(this.profile.calls.unverify, connector, {});
  }

  /**
   * Installs one CA certificate, PEM.
   * @throws ReadOnlyError before anything is sent; HttpFailure
   */
  async importCa(pem: string, scope: 'vdom' | 'global'): Promise<void> {
    this.#guard.require('import-ca');
    const body = { import_method: 'file', file_content: Buffer.from(pem).toString('base64'), scope };
    await this.#rest.post(this.profile.calls.importCa, {}, body);
  }

  /** Early releases want the name of one connector instead of giving all. */
  async #statusByName(
    connectors: readonly FortigateConnector[],
    signal?: AbortSignal,
  ): Promise<readonly Envelope[]> {
    const envelopes: Envelope[] = [];
    for (const connector of connectors) {
      if (connector.name === '') continue;
      try {
        const reply = await this.#rest.get(this.profile.calls.status, { ems_name: connector.name }, signal);
        for (const { vdom, rows } of reply.envelopes)
          envelopes.push({ vdom, rows: rows.map((row) => ({ ems_name: connector.name, ...row })) });
      } catch (error) {
        if (!(error instanceof HttpFailure) || !isPartial(error)) throw error;
        // What one does not tell, the others will not either.
        return envelopes;
      }
    }
    return envelopes;
  }

  async #post(path: string, connector: FortigateConnector, body: Query): Promise<Reply> {
    const { ems_id: id, ...other } = selector(connector);
    const named = id === undefined ? other : { ...other, ems_id: Number(id) };
    const { vdom, ...fields } = named as Record<string, unknown>;
    const query = typeof vdom === 'string' ? { vdom } : {};
    return this.#rest.post(path, query, { ...fields, ...body });
  }
}

/** How a call names a connector: by number, before FortiOS 7.0.8 by name, in the VDOM that told of it. */
function selector({ id, name, vdom }: FortigateConnector): Record<string, string> {
  return {
    ...(id === null ? { ems_name: name } : { ems_id: String(id) }),
    ...(vdom === null ? {} : { vdom }),
  };
}
