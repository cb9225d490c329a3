import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { safeText } from '../../safe-text.ts';
import { type Identity, serverText, toPem } from '../handshake.ts';
import { fabricLimits } from './limits.ts';
import { digestOf } from './signature.ts';
import { type DocumentPublisher, FabricTransportError } from './transport.ts';

/** Where the root's server has the document (docs/fabric.md, HTTPS). */
export const documentPath = '/fabric/v1/document';

export interface HttpsPublisherOptions {
  readonly listen: string;
  /** 0 lets the system choose; `place` then says which. */
  readonly port: number;
  readonly identity: Identity;
  /** Serial numbers that may pull, by the CN of their certificate; null: every certificate of an installed CA. */
  readonly members: readonly string[] | null;
  /** Installed CAs, DER. Asked when the server opens and at each change that `publish` brings. */
  readonly cas: () => readonly Buffer[];
  /** Somebody pulled the document. */
  readonly onPull?: (serial: string) => void;
}

export interface HttpsPublisher extends DocumentPublisher {
  /** Once it is open. */
  readonly port: number;
}

/**
 * Serves the document to members that prove who they are with a TLS client certificate of an installed CA. There is one
 * resource, and nothing that a client sends is read but its method, path and ETag.
 */
export function httpsPublisher(options: HttpsPublisherOptions): HttpsPublisher {
  const { identity, members, cas } = options;
  let text: Buffer | null = null;
  let tag = '';
  let server: Server | null = null;
  const context = () => ({ cert: identity.certificate, key: identity.key, ca: cas().map(toPem) });
  const port = () => (server?.address() as AddressInfo | null)?.port ?? options.port;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const end = (status: number, body: Buffer | string = '', headers: Record<string, string> = {}): void => {
      const content = request.method === 'HEAD' ? '' : body;
      response.writeHead(status, {
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        ...(body === '' ? {} : { 'content-type': status === 200 ? 'application/json' : 'text/plain' }),
        ...headers,
      });
      response.end(content);
    };
    const serial = serialOf(request.socket as TLSSocket);
    if (serial === null || (members !== null && !members.includes(serial)))
      return void end(403, 'This certificate is not one of a member.\n');
    if (request.url !== documentPath) return void end(404, `The document is at ${documentPath}.\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void end(405, 'The document can only be read.\n', { allow: 'GET, HEAD' });
    if (text === null) return void end(503, 'Nothing has been published yet.\n', { 'retry-after': '5' });
    if (hasTag(request.headers['if-none-match'], tag)) {
      response.writeHead(304, { etag: tag, 'cache-control': 'no-cache' });
      response.end();
      return;
    }
    options.onPull?.(serial);
    end(200, text, { etag: tag });
  };

  return {
    get place() {
      return `https://${serverText(options.listen, port())}${documentPath}`;
    },
    get port() {
      return port();
    },
    async open() {
      const created = createServer({
        ...context(),
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        maxHeaderSize: fabricLimits.header,
        requestTimeout: fabricLimits.exchange,
        headersTimeout: fabricLimits.exchange,
        handshakeTimeout: fabricLimits.exchange,
        keepAliveTimeout: 5_000,
      });
      created.maxConnections = fabricLimits.connections;
      created.on('request', answer);
      created.on('tlsClientError', (_error, socket) => socket.destroy());
      await new Promise<void>((resolve, reject) => {
        created.once('error', reject);
        created.listen(options.port, options.listen, resolve);
      }).catch((error: NodeJS.ErrnoException) => {
        throw new FabricTransportError({
          stage: 'fabric',
          code: error.code ?? null,
          message: `Fabric server cannot listen on ${serverText(options.listen, options.port)} (${error.code})`,
          cause: 'The port is taken, reserved, or the address is not one of this machine.',
          fix: ['Correct fabric.transport.listen and fabric.transport.port.'],
        });
      });
      created.on('error', () => {});
      server = created;
    },
    async publish(published) {
      text = Buffer.from(published);
      tag = `"${digestOf(text).slice(0, 32)}"`;
      // A CA that was installed meanwhile counts for the next connection.
      server?.setSecureContext(context());
    },
    async close() {
      const closing = server;
      server = null;
      if (closing === null) return;
      closing.closeAllConnections();
      await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
}

// Only a certificate that verified counts: a name alone is never a credential.
function serialOf(socket: TLSSocket): string | null {
  if (!socket.authorized) return null;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? safeText(name) : null;
}

function hasTag(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false;
  return field.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}
