import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Timer } from '../../clock.ts';
import type { Identity } from '../authority.ts';
import type { LabEms } from '../ems/server.ts';
import { type ConnectionFaultName, connectionFaults } from './connection-faults.ts';
import { type ReplyFaultName, replyFaults } from './reply-faults.ts';

/** What is wrong with the TLS that the server offers, beside its replies. */
const tlsFaults = ['expired', 'wrong-host', 'other-ca', 'client-certificate-demanded'] as const;
export type TlsFaultName = (typeof tlsFaults)[number];

export type LabFault = ConnectionFaultName | TlsFaultName | ReplyFaultName;

/** Everything that a faulty EMS of the lab can do. */
export const labFaults: readonly LabFault[] = [
  ...(Object.keys(connectionFaults) as ConnectionFaultName[]),
  ...tlsFaults,
  ...(Object.keys(replyFaults) as ReplyFaultName[]),
];

type Identities = Record<'good' | 'expired' | 'wrong-host' | 'other-ca', Identity>;

const isConnectionFault = (fault: LabFault): fault is ConnectionFaultName =>
  Object.hasOwn(connectionFaults, fault);
const isReplyFault = (fault: LabFault): fault is ReplyFaultName => Object.hasOwn(replyFaults, fault);

/**
 * The lab's EMS with something wrong in front of it: it answers as the EMS behind it does, until `play` names a fault.
 * Its certificates are signed by the authority of that EMS.
 */
export class FaultyEms {
  /** Connections and calls that a fault was done to. */
  played = 0;
  readonly #ems: LabEms;
  readonly #identities: Identities;
  readonly #tcp: TcpServer;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<Timer>();
  #servers = new Map<string, Server>();
  #fault: LabFault | null = null;
  #paths: RegExp | null = null;

  private constructor(ems: LabEms, identities: Identities) {
    this.#ems = ems;
    this.#identities = identities;
    this.#tcp = createTcp((socket) => this.#take(socket));
  }

  /**
   * Listens on 127.0.0.1 at a port the system chooses.
   * @param elsewhere signs the certificate of the fault `other-ca`: an authority that nobody has installed
   */
  static async start(ems: LabEms, elsewhere = ems.options.authority): Promise<FaultyEms> {
    const { authority, hostName } = ems.options;
    const issue = (commonName: string, daysLeft: number, by = authority, key?: string) =>
      by.issue(
        {
          commonName,
          organizationalUnit: 'FortiClient EMS',
          altNames: [{ dns: commonName }],
          daysLeft,
        },
        key,
      );
    const good = await issue(hostName, 397);
    const [expired, wrongHost, otherCa] = await Promise.all([
      issue(hostName, -1, authority, good.key),
      issue(`not-${hostName}`, 397, authority, good.key),
      issue(hostName, 397, elsewhere, good.key),
    ]);
    const faulty = new FaultyEms(ems, { good, expired, 'wrong-host': wrongHost, 'other-ca': otherCa });
    await new Promise<void>((resolve, reject) => {
      faulty.#tcp.once('error', reject);
      faulty.#tcp.listen(0, '127.0.0.1', resolve);
    });
    return faulty;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** Its certificate while nothing is wrong with it, PEM. */
  get certificate(): string {
    return this.#identities.good.certificate;
  }

  /**
   * From now on connections and calls go wrong in this way; null lets everything pass again.
   * @param paths only calls of these paths, for a fault of a reply
   */
  play(fault: LabFault | null, paths: RegExp | null = null): void {
    this.#fault = fault;
    this.#paths = paths;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client hangs up as it pleases.
    socket.on('error', () => undefined);
    const fault = this.#fault;
    if (fault !== null && isConnectionFault(fault)) {
      this.played += 1;
      socket.resume();
      connectionFaults[fault](socket);
      return;
    }
    if (fault !== null && !isReplyFault(fault)) this.played += 1;
    this.#server(fault).emit('connection', socket);
  }

  /** A server for each certificate and demand, made when it is first wanted; none of them listens. */
  #server(fault: LabFault | null): Server {
    const shown =
      fault === 'expired' || fault === 'wrong-host' || fault === 'other-ca'
        ? this.#identities[fault]
        : this.#identities.good;
    const demands = fault === 'client-certificate-demanded';
    const key = `${demands} ${shown.certificate}`;
    const known = this.#servers.get(key);
    if (known) return known;
    const server = createHttps(
      {
        cert: shown.certificate,
        key: shown.key,
        ca: [...this.#ems.options.deviceRoots],
        requestCert: true,
        rejectUnauthorized: demands,
      },
      (request, response) => void this.#answer(request, response),
    );
    server.on('upgrade', (request, socket, head) => this.#ems.upgrade(request, socket, head));
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#servers.set(key, server);
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#fault;
    const meant = this.#paths === null || this.#paths.test(request.url ?? '');
    const spared = fault === 'http-500-resumed' && !(request.socket as TLSSocket).isSessionReused();
    if (fault === null || !isReplyFault(fault) || !meant || spared) return this.#ems.serve(request, response);
    this.played += 1;
    response.on('error', () => undefined);
    const requestBody = await collect(request);
    const tcp = tcpOf(this.#sockets, request);
    replyFaults[fault]({
      request,
      response,
      requestBody,
      clock: this.#ems.options.clock,
      tcp,
      timers: this.#timers,
    });
  }
}

/** The connection below the TLS of a request, found by its far end. */
function tcpOf(sockets: ReadonlySet<Socket>, request: IncomingMessage): Socket | null {
  const { remotePort, remoteAddress } = request.socket;
  for (const socket of sockets)
    if (socket.remotePort === remotePort && socket.remoteAddress === remoteAddress) return socket;
  return null;
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const piece of request as AsyncIterable<Buffer>) chunks.push(piece);
  } catch {
    // The client went away; what it had sent is enough.
  }
  return Buffer.concat(chunks);
}
