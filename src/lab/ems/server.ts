import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { emsProfile } from '../../ems/profile.ts';
import type { Authority, Identity } from '../authority.ts';
import type { Person } from '../people.ts';
import { LabAdmin, type LabAdminOptions } from './admin.ts';
import { adminRoutes } from './admin-routes.ts';
import { cloudRoutes, type LabCloud } from './cloud.ts';
import { deviceRefusal, deviceRoutes } from './device-routes.ts';
import { LabInventory } from './inventory.ts';
import { LabNotifier } from './notifier.ts';
import { type LabReply, type LabRequest, type LabRoute, longestBody, refusal } from './routes.ts';
import { createState, type LabEmsState } from './state.ts';

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
  /** Who may administer it; without one it has no administrator's API. */
  admin?: LabAdminOptions;
  /** Makes it an EMS Cloud, front desk and instance in one; absent: an EMS of one's own. */
  cloud?: LabCloud;
  /** Whose endpoints it manages; nobody's when absent. */
  people?: readonly Person[];
  /** Milliseconds between changes of its endpoints and tags; absent or 0 leaves them as they are. */
  changeEvery?: number;
  /** FortiOS's names; absent, those of a newer EMS. */
  capabilities?: readonly string[];
  clock: Clock;
}

/**
 * A FortiClient EMS on loopback: HTTPS with its own certificate authority, the device identity taken from the TLS client
 * certificate alone, devices that wait until an administrator authorises them (docs/protocol/ems.md, Authentication and
 * Endpoints). What it answers is in the tables of routes.
 */
export class LabEms {
  readonly options: LabEmsOptions;
  readonly state: LabEmsState;
  /** Its administrators' side, where it has one. */
  readonly admin: LabAdmin | null;
  /** Its server certificate, PEM. */
  readonly certificate: string;
  readonly #routes: readonly LabRoute[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Its WebSockets. */
  readonly notifier: LabNotifier;

  /** Connections taken so far. */
  connections = 0;

  private constructor(options: LabEmsOptions, identity: Identity, notifier: LabNotifier) {
    this.options = options;
    this.certificate = identity.certificate;
    this.notifier = notifier;
    this.state = createState({
      clock: options.clock,
      serialNumber: options.serialNumber,
      hostName: options.hostName,
      // The lab signs the certificates of endpoints with the authority that it has.
      ztnaCa: options.authority.certificate,
      inventory: new LabInventory({
        people: options.people ?? [],
        seed: Number(options.serialNumber.slice(-6)),
        clock: options.clock,
        changeEvery: options.changeEvery ?? 0,
      }),
    });
    if (options.capabilities) this.state.capabilities = options.capabilities;
    this.state.inventory.onChange((tables) => notifier.notify(tables));
    // The devices' table comes last: its final route answers whatever is left of the API.
    this.admin = options.admin ? new LabAdmin(options.admin, options.clock) : null;
    const forAdmins = this.admin ? adminRoutes(this.state, this.admin) : [];
    const ofCloud = options.cloud
      ? cloudRoutes(options.cloud, () => ({ host: 'localhost', port: this.port }))
      : [];
    this.#routes = [...forAdmins, ...ofCloud, ...deviceRoutes(this.state)];
    this.#server = createServer({
      cert: identity.certificate,
      key: identity.key,
      ca: [...options.deviceRoots],
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#server.on('request', (request, response) => void this.serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
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
    const ems = new LabEms(options, identity, await LabNotifier.create());
    await new Promise<void>((resolve, reject) => {
      ems.#server.once('error', reject);
      ems.#server.listen(0, '127.0.0.1', resolve);
    });
    ems.state.inventory.start();
    return ems;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Serial numbers that asked for the connection and wait to be authorised. */
  get pending(): ReadonlySet<string> {
    const waiting = this.state.devices.all().filter((device) => !device.authorized);
    return new Set(waiting.map((device) => device.serial));
  }

  /** What the administrator does under Administration > Fabric Devices. */
  authorize(serial: string): void {
    this.state.devices.authorize(serial, true, this.options.clock.now());
  }

  async stop(): Promise<void> {
    this.state.inventory.stop();
    this.notifier.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Also those that never finished their handshake, which `closeAllConnections` does not know.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Answers an upgrade that came over a connection of its own, or of whoever stands in front of it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const serial = deviceSerial(request.socket as TLSSocket);
    const offered = this.state.capabilities.includes(emsProfile.capabilities.websocket);
    const reply =
      request.url === this.notifier.path && offered
        ? deviceRefusal(this.state, serial)
        : refusal(404, -1, 'Not found.');
    if (reply === null && serial !== null) {
      this.notifier.upgrade(request, socket, head, serial);
      return;
    }
    const { status = 401 } = reply ?? {};
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  }

  /** Answers a call, with the client certificate of its connection as the identity. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request).catch(() => undefined);
    // The client went away in the middle of its request.
    if (body === undefined) return void response.destroy();
    const { status, headers, body: content } = await this.#answer(request, body);
    const raw = typeof content === 'string' || Buffer.isBuffer(content);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(raw ? content : JSON.stringify(content));
  }

  async #answer(request: IncomingMessage, body: Buffer | null): Promise<LabReply> {
    if (body === null) return refusal(413, -1, 'Request entity too large.');
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const call: LabRequest = {
      method: request.method ?? '',
      path,
      query: new URLSearchParams(query),
      headers: request.headers,
      body,
      device: deviceSerial(request.socket as TLSSocket),
    };
    for (const route of this.#routes) {
      if (route.method !== '*' && route.method !== call.method) continue;
      const fits = typeof route.path === 'string' ? route.path === call.path : route.path.test(call.path);
      const reply = fits ? await route.answer(call) : null;
      if (reply) return reply;
    }
    return refusal(404, -1, 'Not found.');
  }
}

/** Null when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Only a certificate that verified counts: a name alone is never a credential.
function deviceSerial(socket: TLSSocket): string | null {
  if (!socket.authorized) return null;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : null;
}
