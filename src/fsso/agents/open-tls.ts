import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { CollectorAddress } from './collector-address.ts';

/** How an agent and its collectors know each other over TLS. All PEM. */
export interface AgentTls {
  /** With the chain behind it. */
  readonly certificate: string;
  readonly key: string;
  /** The authorities of collectors; nothing else is trusted. */
  readonly ca: string;
}

/** Begins a connection to a collector over TLS, where both sides show certificates. @throws Error for certificates that cannot be used */
export function openTls({ host, port }: CollectorAddress, { certificate, key, ca }: AgentTls): TLSSocket {
  try {
    return connect({
      ...{ host, port, cert: certificate, key, ca, minVersion: 'TLSv1.2' as const },
      ...(isIP(host) === 0 && { servername: host }),
    });
  } catch (error) {
    throw new Error(`certificates cannot be used: ${(error as Error).message}`);
  }
}
