import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { openTcp, type Patience } from '../network/open-tcp.ts';
import { openTls, type ServerTrust } from '../network/open-tls.ts';
import { channelBindings } from '../ntlm/channel-bindings.ts';
import { failureOf, type ProblemPlace, type WsmanFailureName } from './problems.ts';

/** A server, and what its certificate is judged by. */
export interface WsmanServer {
  readonly host: string;
  /** Where it is; the host name is resolved where this is absent. */
  readonly address?: string | readonly string[];
  readonly port: number;
  /** Null: HTTP, on which every message is sealed by the keys of the login. */
  readonly tls: ServerTrust | null;
  /** Address to connect from; the system chooses where it is absent. */
  readonly localAddress?: string;
}

export interface OpenOptions extends Patience {
  readonly server: WsmanServer;
  readonly place: ProblemPlace;
}

export interface OpenedSocket {
  readonly socket: Socket;
  /** MD5 of the channel bindings, 16 bytes; null without TLS. */
  readonly channelBindings: Buffer | null;
}

/**
 * Opens a connection; nothing of the login is sent here. The limit is that of TCP and of TLS, each. Rejects with WsmanFailure or the
 * signal's reason; then the socket is gone.
 */
export async function openSocket({ server, place, ...patience }: OpenOptions): Promise<OpenedSocket> {
  const { tls, ...target } = server;
  const failure = (fault: WsmanFailureName, code: string | null, detail: string) =>
    failureOf(fault, place, code, detail);
  const tcp = await openTcp({ ...target, ...patience, failure });
  if (tls === null) return { socket: tcp, channelBindings: null };
  const socket = await openTls(tcp, { ...patience, host: server.host, trust: tls, failure });
  return { socket, channelBindings: bindingsOf(socket) };
}

function bindingsOf(socket: TLSSocket): Buffer | null {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? null : channelBindings(raw);
}
