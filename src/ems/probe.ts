import type { Clock } from '../clock.ts';
import type { EmsFailure } from './diagnosis.ts';
import { type HandshakeOptions, handshake, type Identity, serverText } from './handshake.ts';
import { chainFailure, chainReason } from './tls-failure.ts';

export interface ProbeOptions extends Omit<HandshakeOptions, 'identity'> {
  host: string;
  port: number;
  sourceIp?: string;
  timeoutMs: number;
  /** Installed CAs, DER. */
  ca: readonly Buffer[];
  /** Shown to the server when given. A connector gives none, so that an untrusted server learns nothing about us. */
  identity?: Identity;
  clock: Clock;
}

export interface ProbeResult {
  /** DER, leaf first, as OpenSSL rebuilds it; never empty. */
  chain: Buffer[];
  /** The chain leads to an installed CA. */
  trusted: boolean;
  /** The chain ends without its root. */
  chainIncomplete: boolean;
  /** Why it is not trusted, a few words; null when it is. */
  reason: string | null;
  /** The certificate names the host: information, never a reason to refuse. [assumed] */
  hostMatches: boolean;
  /** Code -4 when the chain is not trusted. */
  failure: EmsFailure | null;
  /** Why the server ended the handshake after its certificate, such as for want of a client certificate. */
  refusal: EmsFailure | null;
}

/**
 * Obtains the certificate chain of a server, trusted or not, and sends nothing beyond the TLS handshake
 * (docs/protocol/ems.md, Transport and Trust and pins).
 * @throws EmsFailure when no certificate was obtained: stage resolve, TCP, TLS or certificate
 */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const { socket, chain, chainIncomplete, verdict, hostMatches, refusal } = await handshake(options);
  if (socket) {
    // A TLS 1.3 server reports only now that it wanted a client certificate: no news, the chain is here.
    socket.on('error', () => {});
    socket.destroySoon();
  }
  return {
    chain,
    trusted: verdict === null,
    chainIncomplete,
    reason: verdict === null ? null : chainReason(verdict),
    hostMatches,
    failure:
      verdict === null ? null : chainFailure(verdict, { server: serverText(options.host, options.port) }),
    refusal,
  };
}
