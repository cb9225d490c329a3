import { createHash, X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { secure } from '../gate/tls.ts';
import { attempt } from './attempt.ts';
import type { WsmanFailure } from './failure.ts';
import { connectFailure, failureOf, type ProblemPlace, tlsFailure } from './problems.ts';

/** A server, and what its certificate is judged by. */
export interface WsmanServer {
  readonly host: string;
  /** Where it is; the host name is resolved where this is absent. */
  readonly address?: string;
  readonly port: number;
  /** Null: HTTP, on which every message is sealed by the keys of the login. */
  readonly tls: {
    /** PEM. Nothing else is trusted, the system's own store neither. */
    readonly ca: readonly string[];
    /** The certificate has to name the host. */
    readonly checksName: boolean;
  } | null;
  /** Address to connect from; the system chooses where it is absent. */
  readonly localAddress?: string;
}

export interface OpenOptions {
  readonly server: WsmanServer;
  readonly place: ProblemPlace;
  /** For TCP and for TLS, each. */
  readonly limitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface OpenedSocket {
  readonly socket: Socket;
  /** MD5 of the channel bindings, 16 bytes; null without TLS. */
  readonly channelBindings: Buffer | null;
}

/** Opens a connection; nothing of the login is sent here. Rejects with WsmanFailure or the signal's reason; then the socket is gone. */
export async function openSocket(options: OpenOptions): Promise<OpenedSocket> {
  const { server, place, limitMs } = options;
  const seconds = String(limitMs / 1000);
  const tcp = await step<Socket>(
    options,
    failureOf('connect-timeout', place, null, seconds),
    (done, failed) => connectTcp(options, done, failed),
  );
  if (server.tls === null) return { socket: tcp, channelBindings: null };
  const socket = await step<TLSSocket>(
    options,
    failureOf('tls-timeout', place, null, seconds),
    (done, failed) => handshake(options, tcp, done, failed),
  );
  return { socket, channelBindings: bindingsOf(socket) };
}

type Done<Result> = (result: Result) => void;
type Failed = (failure: WsmanFailure) => void;

/** One step with its time limit; what it opened is destroyed when it fails. */
function step<Opened extends Socket>(
  { clock, limitMs, signal }: OpenOptions,
  late: WsmanFailure,
  run: (done: Done<Opened>, failed: Failed) => Socket,
): Promise<Opened> {
  let socket: Socket | null = null;
  const drop = () => void socket?.destroy();
  return attempt(
    { clock, limitMs, drop, late: () => late, ...(signal ? { signal } : {}) },
    (done, failed) => {
      socket = run(done, failed);
    },
  );
}

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code ?? error.message;

function connectTcp({ server, place }: OpenOptions, done: Done<Socket>, failed: Failed): Socket {
  const { host, address = host, port, localAddress } = server;
  const socket = connect({
    ...{ host: address, port, noDelay: true, keepAlive: true },
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  // Stays for good: between two listeners an error must not end the program.
  socket.on('error', (error) => failed(connectFailure(codeOf(error), place)));
  socket.once('connect', () => done(socket));
  return socket;
}

function handshake(
  { server, place }: OpenOptions,
  tcp: Socket,
  done: Done<TLSSocket>,
  failed: Failed,
): Socket {
  const { ca = [], checksName = true } = server.tls ?? {};
  tcp.once('close', () => failed(tlsFailure('ECONNRESET', place)));
  try {
    return secure(
      tcp,
      server.host,
      { ca, sni: null, checksHost: checksName },
      { certificate: () => {}, secured: done, failed: (error) => failed(tlsFailure(codeOf(error), place)) },
    );
  } catch (error) {
    // A CA that OpenSSL does not take.
    failed(tlsFailure(codeOf(error as Error), place));
    return tcp;
  }
}

/**
 * Ties a login to this very TLS connection, as `tls-server-end-point` (RFC 5929, 4): MD5 over gss_channel_bindings_struct
 * with a hash of the server's certificate (MS-NLMP 3.1.5.1.2; docs/protocol/windows.md, WS-Management).
 */
export function channelBindings(der: Buffer): Buffer {
  const { signatureAlgorithm } = new X509Certificate(der);
  const digits = /sha-?(256|384|512)/i.exec(signatureAlgorithm ?? '')?.[1] ?? '256';
  const data = Buffer.concat([
    Buffer.from('tls-server-end-point:'),
    createHash(`sha${digits}`).update(der).digest(),
  ]);
  // No addresses: type and length of both are 0.
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return createHash('md5').update(head).update(data).digest();
}

function bindingsOf(socket: TLSSocket): Buffer | null {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? null : channelBindings(raw);
}
