import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock, Timer } from '../../clock.ts';
import { safeText } from '../../safe-text.ts';
import type { FssoSource } from '../fsso-connector.ts';
import type { Sink, Source } from '../source.ts';
import { DirectoryError, longestSocketPath, makePrivateDirectory, socketsIn } from './directory.ts';
import { parseLine, readLines } from './lines.ts';
import { listenPrivately, removeStaleSocket } from './private-socket.ts';
import { controlLimits } from './protocol.ts';
import { answerTo, type Reach } from './requests.ts';

export interface ControlOptions {
  /** Where the sockets of this user's dashboards are. */
  readonly directory: string;
  /** Path of the configuration that runs. */
  readonly configuration: string;
  sources(): readonly FssoSource[];
}

/**
 * Lets commands of the same user act on this dashboard, over a UNIX socket that nobody else can open (docs/control.md).
 * Where there can be none, a line of the event log says so, and the dashboard runs on.
 */
export function createControlSource(options: ControlOptions, clock: Clock): Source {
  let sink: Sink = () => {};
  let opened: Promise<Server | null> = Promise.resolve(null);
  const open = new Set<Socket>();

  const reach: Reach = {
    configuration: options.configuration,
    sources: options.sources,
    done: (text) => sink({ table: 'toasts', op: 'push', level: 'info', text: safeText(text) }),
  };

  async function listen(): Promise<Server | null> {
    try {
      makePrivateDirectory(options.directory);
      const path = join(options.directory, `${process.pid}-${randomBytes(4).toString('hex')}.sock`);
      if (Buffer.byteLength(path) > longestSocketPath)
        throw new DirectoryError(`${options.directory} is too long a path for a socket`);
      // Of dashboards that were killed.
      await Promise.all(socketsIn(options.directory).map(removeStaleSocket));
      return await serve(path, (socket) => accept(socket));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = error instanceof DirectoryError ? message : (code ?? message);
      const text = safeText(`no commands are taken from outside the dashboard: ${why}`);
      const time = clock.now();
      sink({
        table: 'events',
        op: 'append',
        row: { time, level: 'warning', source: 'control', logId: null, text },
      });
      return null;
    }
  }

  function accept(socket: Socket): void {
    let busy = 0;
    let idle: Timer | null = null;
    const rest = () => {
      idle?.cancel();
      idle = busy > 0 ? null : clock.after(controlLimits.idle, () => socket.destroy());
    };
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      idle?.cancel();
      open.delete(socket);
    });
    rest();
    // One after the other, so that answers come in the order of the requests.
    let last: Promise<void> = Promise.resolve();
    readLines(socket, (line) => {
      busy += 1;
      rest();
      // Who sends without reading answers is not listened to meanwhile.
      socket.pause();
      last = last.then(async () => {
        const answer = await answerTo(parseLine(line), reach);
        if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
        busy -= 1;
        if (socket.destroyed) return;
        if (busy === 0) socket.resume();
        rest();
      });
    });
  }

  return {
    name: 'control',
    start(given) {
      sink = given;
      opened = listen();
    },
    async stop() {
      sink = () => {};
      const server = await opened;
      // Closing removes the socket from its directory.
      const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function serve(path: string, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept);
  server.maxConnections = controlLimits.connections;
  await listenPrivately(server, path);
  server.on('error', () => {});
  return server;
}
