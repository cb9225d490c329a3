import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { emsProfile } from '../../src/ems/profile.ts';
import type { Issued } from './openssl-ca.ts';

/** An HTTPS server on loopback that answers every call as told. Not an EMS: it only says what a test wants said. */
export class EmsServer {
  status = 200;
  body: unknown = { result: { retval: 1, message: null }, data: 'FCTEMS0000000001' };
  /** What the calls after the acceptance are told; by default nothing at all, which is a proper answer to each of them. */
  session: unknown = {
    result: { retval: 1, message: null },
    data: { capabilities: [], endpoints: [], tags: [], uid_tags: [], host_tags: [] },
  };
  /** Paths that were asked for, in order. */
  readonly asked: (string | undefined)[] = [];
  /** TCP connections that were made. */
  connections = 0;
  readonly #server: Server;
  #port = 0;

  private constructor(certificate: Issued, clientRoots: readonly Issued[]) {
    this.#server = createServer(
      {
        cert: certificate.certificate,
        key: certificate.key,
        ca: clientRoots.map((root) => root.certificate),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        this.asked.push(request.url);
        response.writeHead(this.status, { 'content-type': 'application/json' });
        const first = request.url === emsProfile.calls.serialNumber.path || this.status !== 200;
        response.end(JSON.stringify(first ? this.body : this.session));
      },
    );
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  static async start(certificate: Issued, clientRoots: readonly Issued[] = []): Promise<EmsServer> {
    const server = new EmsServer(certificate, clientRoots);
    await server.listen();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on new connections see this certificate. */
  show(certificate: Issued): void {
    this.#server.setSecureContext({ cert: certificate.certificate, key: certificate.key });
  }

  /** Listens, on the port of before when there was one. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
