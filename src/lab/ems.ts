import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Authority, Identity } from './authority.ts';

export interface LabEmsOptions {
  /** Its own serial number, `FCTEMS` and ten digits. */
  serialNumber: string;
  /** Signs its server certificate. */
  authority: Authority;
  /** The name in its certificate. */
  hostName: string;
  /** Roots, PEM, that the client certificates of FortiGates lead to. */
  deviceRoots: readonly string[];
  /** Days the server certificate is still valid. */
  daysLeft?: number;
}

const serialPath = '/api/v1/system/serial_number';

/**
 * A FortiClient EMS on loopback, as far as the first cut of the connector needs one: HTTPS with its own certificate
 * authority, the device identity taken from the TLS client certificate alone, devices that wait until an administrator
 * authorises them (docs/protocol/ems.md, Authentication and Endpoints).
 */
export class LabEms {
  readonly options: LabEmsOptions;
  /** Its server certificate, PEM. */
  readonly certificate: string;
  /** Serial numbers that asked for the connection and wait to be authorised. */
  readonly pending = new Set<string>();
  readonly #authorized = new Set<string>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: LabEmsOptions, identity: Identity) {
    this.options = options;
    this.certificate = identity.certificate;
    this.#server = createServer({
      cert: identity.certificate,
      key: identity.key,
      ca: [...options.deviceRoots],
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#server.on('request', (request, response) => {
      const answer = this.#answer(request.method ?? '', request.url ?? '', request.socket as TLSSocket);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    // A probe hangs up in the middle of a handshake by design.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Listens on 127.0.0.1 at a port the system chooses. */
  static async start(options: LabEmsOptions): Promise<LabEms> {
    const identity = await options.authority.issue({
      commonName: options.hostName,
      organizationalUnit: 'FortiClient EMS',
      altNames: [{ dns: options.hostName }, { dns: 'localhost' }, { ip: '127.0.0.1' }],
      ...(options.daysLeft === undefined ? {} : { daysLeft: options.daysLeft }),
    });
    const ems = new LabEms(options, identity);
    await new Promise<void>((resolve, reject) => {
      ems.#server.once('error', reject);
      ems.#server.listen(0, '127.0.0.1', resolve);
    });
    return ems;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the administrator does under Administration > Fabric Devices. */
  authorize(serial: string): void {
    this.pending.delete(serial);
    this.#authorized.add(serial);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Also those that never finished their handshake, which `closeAllConnections` does not know.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #answer(method: string, url: string, socket: TLSSocket): { status: number; body: unknown } {
    const serial = deviceSerial(socket);
    if (serial === null) return refusal(401, -4, 'Session has expired or does not exist.');
    if (!/^F[A-Z0-9]{15}$/.test(serial)) return refusal(400, -1, 'Invalid serial number.');
    if (!this.#authorized.has(serial)) {
      this.pending.add(serial);
      return refusal(401, -4, 'Session has expired or does not exist.');
    }
    if (method === 'GET' && url === serialPath) {
      return { status: 200, body: { result: { retval: 1, message: null }, data: this.options.serialNumber } };
    }
    return refusal(404, -1, 'Not found.');
  }
}

// Only a certificate that verified counts: a name alone is never a credential.
function deviceSerial(socket: TLSSocket): string | null {
  if (!socket.authorized) return null;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : null;
}

function refusal(status: number, retval: number, message: string) {
  return { status, body: { result: { retval, message } } };
}
