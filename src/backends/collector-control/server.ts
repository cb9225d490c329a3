import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { Collector } from '../../fsso/collector/collector.ts';
import { safeJson } from '../../safe-json.ts';
import { ReadOnlyError, type WriteGuard } from '../../verbs.ts';

import { listenPrivately } from '../control/private-socket.ts';
import { type Answer, refusal } from './answer.ts';
import { statusDocumentOf, toldLogonOf } from './documents.ts';
import { collectorControlLimits as limits, type StatusDocument } from './protocol.ts';
import { asked, type Desk, routeOf } from './routes.ts';
import { prepareSocketPlace } from './socket-place.ts';
import { ControlStream } from './stream.ts';

export interface CollectorControlOptions {
  /** Path of the socket, absolute. */
  readonly path: string;
  readonly collector: Collector;
  /** Reads the configuration again; gives why it could not be taken up, or null. Absent: there is none. */
  readonly reload?: () => Promise<string | null>;
  readonly guard: WriteGuard;
  readonly clock: Clock;
}

/** The control socket of a running collector. */
export interface CollectorControl {
  /** Ends every stream, and removes the socket. */
  stop(): Promise<void>;
}

/**
 * Lets whoever may open the socket, which is the same user and root, ask a collector over HTTP how it stands, and follow
 * what happens (docs/control.md).
 * @throws DirectoryError where the socket cannot be had, one line; the error of the system where it cannot listen
 */
export async function serveCollectorControl(options: CollectorControlOptions): Promise<CollectorControl> {
  const { path, collector, reload = null, guard, clock } = options;
  await prepareSocketPlace(path);
  const startedAt = clock.now();
  const streams = new Set<ControlStream>();
  const status = (): StatusDocument =>
    statusDocumentOf(collector.status, { now: clock.now(), startedAt, write: guard.write });
  const desk: Desk = { collector, reload, guard, clock, status };

  function openStream(response: ServerResponse, isWhole: boolean): void {
    if (streams.size >= limits.streams) {
      send(response, refusal(503, 'too many streams are open', 'end one of them'));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.flushHeaders();
    const stream = new ControlStream(
      response,
      clock,
      isWhole
        ? { entries: collector.entries(), told: (entry) => toldLogonOf(entry, collector), status }
        : null,
    );
    streams.add(stream);
    response.on('close', () => streams.delete(stream));
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wanted = asked(request);
    if (wanted !== null && request.method === 'GET' && ['/events', '/watch'].includes(wanted.path))
      openStream(response, wanted.path === '/watch');
    else send(response, wanted === null ? refusal(400, 'the path is not understood') : await answer());

    async function answer(): Promise<Answer> {
      try {
        return await routeOf(request, wanted as NonNullable<typeof wanted>, desk);
      } catch (error) {
        if (error instanceof ReadOnlyError) return { status: 403, document: { problem: error.problem } };
        throw error;
      }
    }
  }

  const server = createServer((request, response) => {
    response.on('error', () => {});
    take(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, refusal(500, 'the collector could not answer'));
    });
  });
  server.maxConnections = limits.connections;
  await listenPrivately(server, path);
  server.on('error', () => {});
  const unwatch = collector.watch({
    changed: (change) => {
      for (const stream of streams) stream.changed(change);
    },
    checked: (entry) => {
      for (const stream of streams) stream.checked(entry);
    },
    event: (event) => {
      for (const stream of streams) stream.event(event);
    },
  });
  return {
    async stop() {
      unwatch();
      for (const stream of streams) stream.finish();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Ended streams are let go of once they are read, at the latest then.
      const late = clock.after(limits.status, () => server.closeAllConnections());
      server.closeIdleConnections();
      await closed;
      late.cancel();
    },
  };
}

function send(response: ServerResponse, { status, document, allow }: Answer): void {
  const body = safeJson(document);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(body);
}
