import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page that is made anew for each request. */
export interface Page {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Bounds of the server; ours. Milliseconds and connections. */
const limits = { headers: 5_000, request: 10_000, connections: 16 } as const;

/**
 * Serves `/metrics`, and nothing else, over HTTP.
 * @throws NodeJS.ErrnoException when the address cannot be listened on
 */
export async function serveMetrics(address: string, port: number, page: Page): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: limits.headers, requestTimeout: limits.request, keepAliveTimeout: limits.request },
    (request, response) => {
      const end = (status: number, type: string, body: string) =>
        response
          .writeHead(status, {
            'content-type': type,
            'content-length': Buffer.byteLength(body),
            'x-content-type-options': 'nosniff',
            ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
          })
          .end(request.method === 'HEAD' ? '' : body);
      const plain = 'text/plain; charset=utf-8';
      request.resume();
      if (request.url?.split('?', 1)[0] !== '/metrics') end(404, plain, 'The metrics are at /metrics.\n');
      else if (request.method !== 'GET' && request.method !== 'HEAD') end(405, plain, 'Only GET and HEAD.\n');
      else
        page.text().then(
          (text) => end(200, page.contentType, text),
          () => end(500, plain, 'The metrics cannot be made.\n'),
        );
    },
  );
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => {});
  return new MetricsServer(server);
}

/** A running server. */
export class MetricsServer {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
