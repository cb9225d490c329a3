import type { TLSSocket } from 'node:tls';
import type { Client as UndiciClient } from 'undici';
import {
  type ConnectionOptions,
  type ExchangeReply,
  type ExchangeRequest,
  HttpConnection,
} from './http-connection.ts';

/**
 * The only request over a connection that has been judged, and its reply. The connection is closed afterwards, whatever
 * happened.
 * @throws ExchangeFailure, or the signal's reason
 */
export async function exchange(
  Client: typeof UndiciClient,
  socket: TLSSocket,
  options: ConnectionOptions & Omit<ExchangeRequest, 'isLast'>,
): Promise<ExchangeReply> {
  const connection = new HttpConnection(Client, socket, options);
  try {
    return await connection.exchange({ ...options, isLast: true });
  } finally {
    connection.close();
  }
}
