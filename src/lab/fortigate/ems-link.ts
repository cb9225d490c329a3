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
const longestReply = 16_777_216;

/** SHA-256 of a certificate, upper-case, `:` separated. */
export function fingerprintOf(certificate: X509Certificate): string {
  const digest = createHash('sha256').update(certificate.raw).digest('hex').toUpperCase();
  return digest.match(/../g)?.join(':') ?? '';
}

/**
 * Asks an EMS for its serial number as a FortiGate does, with nothing but Node's own HTTPS: the lab's FortiGate shares no
 * code with the connector that it stands beside.
 */
export async function askEms(
  connector: LabFortigateConnector,
  identity: Identity,
  cas: readonly string[],
): Promise<EmsAnswer> {
  const { certificate, status, body } = await getFromEms(connector, identity, cas, serialPath);
  const end = (outcome: EmsAnswer['outcome'], serialNumber: string | null = null) => ({
    outcome,
    serialNumber,
    certificate,
  });
  if (typeof status === 'string') return end(status);
  if (status === 401) return end('not-authorized');
  const serial = status === 200 ? dataOf(body) : null;
  return typeof serial === 'string' ? end('answered', serial) : end('refused');
}

const serialPath = '/api/v1/system/serial_number';

/** One GET of an EMS: the status of its reply, or why there was none. */
export function getFromEms(
  { host, port }: LabFortigateConnector,
  identity: Identity,
  cas: readonly string[],
  path: string,
): Promise<{
  certificate: X509Certificate | null;
  status: number | 'unreachable' | 'unknown-ca';
  body: string;
}> {
  return new Promise((resolve) => {
    let certificate: X509Certificate | null = null;
    const end = (status: number | 'unreachable' | 'unknown-ca', body = '') =>
      resolve({ certificate, status, body });
    const request = get(
      {
        host,
        port,
        path,
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
        response.on('end', () => end(response.statusCode ?? 0, body));
        response.on('close', () => end('unreachable'));
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

/** `data` of a reply of EMS; null where there is none. */
export function dataOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { data?: unknown }).data ?? null;
  } catch {
    return null;
  }
}
