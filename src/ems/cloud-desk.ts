import { safeText } from '../safe-text.ts';
import { type CallOptions, callEms, fingerprint } from './call.ts';
import { EmsFailure, type FailureFacts } from './diagnosis.ts';
import { serverText } from './handshake.ts';
import { type ProbeResult, probe } from './probe.ts';
import { publicCas } from './public-cas.ts';
import { withoutSecrets } from './without-secrets.ts';

/** The instance of EMS Cloud that is ours. */
export interface CloudInstance {
  readonly host: string;
  readonly port: number;
}

/** What our side of the question is; how it reaches the desk is that of the connector. */
export interface CloudDeskOptions {
  /** `cloud-authentication-access-key`. A secret; null where the account of the device itself has the contract. */
  readonly accessKey: string | null;
  /** False from FortiOS 7.6.4 on where an access key is used: the contract is then not asked for. */
  readonly contractNeeded: boolean;
}

/** How a connector calls whoever it is; where to is known here. */
export type DeskReach = Omit<CallOptions, 'host' | 'port' | 'certificate' | 'sessions'>;

/** A host name as it may stand in a certificate. */
const hostPattern =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** How long the call took, and when it was made; null for what was known already. */
export interface Located {
  readonly instance: CloudInstance;
  readonly call: { readonly at: number; readonly latencyMs: number } | null;
}

/**
 * The front desk of FortiClient EMS Cloud: says whether we are entitled, and which instance is ours
 * (docs/protocol/ems.md, EMS Cloud). It is known by a public or an installed CA and by its name, as nobody has to accept
 * its certificate; identity and access key go to nobody else.
 */
export class CloudDesk {
  readonly #options: CloudDeskOptions;
  #instance: CloudInstance | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CloudDeskOptions) {
    this.#options = options;
  }

  /** Where the desk sent us last; null before it was asked. */
  get instance(): CloudInstance | null {
    return this.#instance;
  }

  /** The next try asks anew. What is shown stays. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Our instance; the desk is asked where it was not within `cloud.askEvery`.
   * @throws EmsFailure, or the signal's reason
   */
  async locate(reach: DeskReach): Promise<Located> {
    const { clock, profile } = reach;
    const { host, port, askEvery } = profile.cloud;
    if (this.#instance !== null && clock.now() - this.#askedAt < askEvery)
      return { instance: this.#instance, call: null };
    const facts: FailureFacts = { server: serverText(host, port) };
    const { accessKey } = this.#options;
    if (!reach.identity) throw new EmsFailure('no-identity', facts);
    const options = { ...reach, host, port, ca: cloudCas(reach.ca) };
    // Without our identity: who is not trusted learns nothing about us.
    const { identity: _, ...anonymous } = options;
    const probed = await probe(anonymous);
    const reason = whyNotCloud(probed);
    if (reason !== null) throw new EmsFailure('cloud-certificate', { ...facts, detail: reason });
    const at = clock.now();
    const names = profile.fields.entitlement;
    const { data, latencyMs } = await callEms(
      { ...options, certificate: fingerprint(probed.chain[0]) },
      {
        call: profile.calls.entitlement,
        body: {
          [names.serial]: reach.serial ?? '',
          ...(accessKey === null ? {} : { [names.accessKey]: accessKey }),
        },
        longest: profile.limits.longestReply,
      },
    ).catch((error: unknown) => {
      throw error instanceof EmsFailure ? deskFailure(error, accessKey, reach.serial, facts) : error;
    });
    const instance = this.#read(data, profile.fields.entitlement, facts);
    this.#instance = instance;
    this.#askedAt = at;
    return { instance, call: { at, latencyMs } };
  }

  #read(
    data: unknown,
    names: DeskReach['profile']['fields']['entitlement'],
    facts: FailureFacts,
  ): CloudInstance {
    const row = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
    if (row[names.entitled] !== true && this.#options.contractNeeded) {
      const said = row[names.reason];
      const own = this.#options.accessKey ?? '';
      const detail =
        typeof said === 'string' ? { detail: safeText(withoutSecrets(said, [own]).slice(0, 200)) } : {};
      throw new EmsFailure('not-entitled', { ...facts, httpStatus: 200, ...detail });
    }
    const host = row[names.host];
    const port = row[names.port] ?? 443;
    const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
    if (typeof host !== 'string' || !hostPattern.test(host) || !isPort)
      throw new EmsFailure('reply-unreadable', {
        ...facts,
        httpStatus: 200,
        detail: 'EMS Cloud names no instance',
      });
    return { host, port };
  }
}

/** EMS Cloud is trusted by public CAs; those that were installed count too, for whoever inspects TLS on the way. [assumed] */
export function cloudCas(installed: readonly Buffer[]): readonly Buffer[] {
  return [...publicCas(), ...installed];
}

/** Why what answers is not EMS Cloud, in a few words; null when it is. The name counts: nobody chose the server by hand. */
export function whyNotCloud({
  reason,
  hostMatches,
}: Pick<ProbeResult, 'reason' | 'hostMatches'>): string | null {
  return reason ?? (hostMatches ? null : 'it names another host');
}

/** The desk knows no Fabric devices, so that a refusal means another thing than that of an EMS. */
function deskFailure(
  failure: EmsFailure,
  accessKey: string | null,
  serial: string | null,
  facts: FailureFacts,
): EmsFailure {
  const status = { ...facts, httpStatus: failure.httpStatus };
  const refused = failure.fault === 'not-authorized' || failure.httpStatus === 403;
  if (!refused) {
    const said = `${failure.message}\n${failure.problem.cause}`;
    const repeats = accessKey !== null && withoutSecrets(said, [accessKey]) !== said;
    return repeats
      ? new EmsFailure('call-refused', { ...status, detail: 'it repeats the access key' })
      : failure;
  }
  if (accessKey !== null) return new EmsFailure('access-key-refused', status);
  const detail = serial === null ? {} : { detail: safeText(serial) };
  return new EmsFailure('device-not-registered', { ...status, ...detail });
}
