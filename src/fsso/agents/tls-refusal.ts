import type { CollectorAddress } from './collector-address.ts';

/** How a person writes where a collector over TLS is. */
export function collectorPlace({ host, port }: CollectorAddress): string {
  return `tls://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** True for what certificates are the reason of, and not the network. */
export function isCertificateFault({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^ERR_(TLS|SSL|OSSL)|CERT|SIGNATURE|ISSUER/.test(code);
}

/**
 * Why a collector was not reached, behind its place.
 * @param secured the handshake was complete on our side
 * @param authority the option of the collector that our certificate is judged by
 */
export function refusal(reason: NodeJS.ErrnoException | null, secured: boolean, authority: string): string {
  if (reason !== null && isCertificateFault(reason) && !secured)
    return `is not trusted: ${reason.message} (${reason.code})`;
  if (secured) return `did not accept our certificate: it has to be one of its ${authority}`;
  return `cannot be reached: ${reason === null ? 'it closed the connection' : reason.message}`;
}
