import { createHash, type X509Certificate } from 'node:crypto';
import { get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Identity } from '../authority.ts';

/** One `fctems` entry of the lab's FortiGate. */
export interface LabFortigateConnector {
  /** `ems-id`. */
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** How an EMS answers the FortiGate at one moment. */
export interface EmsAnswer {
  readonly outcome: 'unreachable' | 'unknown-ca' | 'not-authorized' | 'refused' | 'answered';
  /** Of the EMS, when it answered. */
  readonly serialNumber: string | null;
  /** What it showed, when the chain leads to an installed CA. */
  readonly certificate: X509Certificate | null;
}

const callLimitMs = 3_000;
const longestReply = 65_536;

/** SHA-256 of a certificate, upper-case, `:` separated. */
export function fingerprintOf(certificate: X509Certificate): string {
  const digest = createHash('sha256').update(certificate.raw).digest('hex').toUpperCase();
  return digest.match(/../g)?.join(':') ?? '';
}

/**
 * Asks an EMS for its serial number as a FortiGate does, with nothing but Node's own HTTPS: the lab's FortiGate shares no
 * code with the connector that it stands beside.
 */
export function askEms(
  { host, port }: LabFortigateConnector,
  identity: Identity,
  cas: readonly string[],
): Promise<EmsAnswer> {
  return new Promise((resolve) => {
    let certificate: X509Certificate | null = null;
    const end = (outcome: EmsAnswer['outcome'], serialNumber: string | null = null) =>
      resolve({ outcome, serialNumber, certificate });
    const request = get(
      {
        host,
        port,
        path: '/api/v1/system/serial_number',
        agent: false,
        ca: [...cas],
        cert: identity.certificate,
        key: identity.key,
        // The pin holds the certificate, not its name.
        checkServerIdentity: () => undefined,
        timeout: callLimitMs,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > longestReply) request.destroy();
        });
        response.on('end', () => {
          if (response.statusCode === 401) return end('not-authorized');
          const serial = response.statusCode === 200 ? serialIn(body) : null;
          return serial === null ? end('refused') : end('answered', serial);
        });
      },
    );
    request.on('socket', (socket) =>
      socket.on('secureConnect', () => {
        certificate = (socket as TLSSocket).getPeerX509Certificate() ?? null;
      }),
    );
    request.on('timeout', () => request.destroy());
    request.on('error', (error: NodeJS.ErrnoException) =>
      end(
        /SELF_SIGNED|UNABLE_TO|EXPIRED|NOT_YET_VALID/.test(error.code ?? '') ? 'unknown-ca' : 'unreachable',
      ),
    );
  });
}

function serialIn(body: string): string | null {
  try {
    const { data } = JSON.parse(body) as { data?: unknown };
    return typeof data === 'string' ? data : null;
  } catch {
    return null;
  }
}
