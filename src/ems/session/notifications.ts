import type { ClientOptions, WebSocket as Socket } from 'ws';
import type { Timer } from '../../clock.ts';
import { safeText } from '../../safe-text.ts';
import { type CallOptions, judgedSocket } from '../call.ts';
import { EmsFailure } from '../diagnosis.ts';
import { serverText, urlHost } from '../handshake.ts';
import { watchSwap } from '../swap-watch.ts';
import { readNotification } from './records.ts';

/** RFC 6455: a connection that ended without a close frame. */
const abnormalClosure = 1006;
/** Milliseconds for a server to end its connection once it said that it closes. */
const closeTakes = 1_000;

export interface NotificationEvents {
  /** EMS says that these tables of its own naming have changed. */
  changed: (tables: readonly string[]) => void;
  /** The socket is gone, by whatever way; never called before `open` resolved, nor after `close`. */
  closed: (code: number, reason: string) => void;
}

/**
 * The WebSocket over which EMS says that a table changed (docs/protocol/ems.md, Notifications). Only names of tables are
 * taken from it; rows are fetched by calls. It runs over a connection that was judged as every call's is.
 */
export class Notifications {
  readonly #socket: Socket;
  readonly #timers: Timer[] = [];
  #heard = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws EmsFailure, or the signal's reason; `timeoutMs` of the options bounds connection and upgrade */
  static async open(options: CallOptions, events: NotificationEvents): Promise<Notifications> {
    const { profile, clock, signal } = options;
    const facts = { server: serverText(options.host, options.port) };
    const started = clock.now();
    const [{ WebSocket }, tls] = await Promise.all([import('ws'), judgedSocket(options)]);
    const host = `${urlHost(options.host)}:${options.port}`;
    // The types of ws do not know `closeTimeout` yet.
    const settings: ClientOptions & { closeTimeout: number } = {
      // The connection that was judged, and no other: it is used once.
      createConnection: () => tls,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: profile.websocket.longestMessage,
      closeTimeout: closeTakes,
    };
    let isSwapped = false;
    let onSwap = () => {};
    watchSwap(tls, () => {
      isSwapped = true;
      onSwap();
    });
    const socket = new WebSocket(`wss://${host}${profile.websocket.path}`, settings);
    await new Promise<void>((resolve, reject) => {
      const end = (failure: unknown) => {
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        socket.removeAllListeners();
        // It may still report why it was broken off.
        socket.on('error', () => {});
        if (failure === null) return resolve();
        socket.terminate();
        tls.destroy();
        reject(failure);
      };
      const abort = () => end(signal?.reason);
      const remaining = Math.max(1, options.timeoutMs - (clock.now() - started));
      const timer = clock.after(remaining, () => end(new EmsFailure('reply-timeout', facts)));
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      onSwap = () => end(new EmsFailure('certificate-swapped', facts));
      if (isSwapped) onSwap();
      socket.once('open', () => end(null));
      socket.once('error', () => end(new EmsFailure('closed-in-reply', facts)));
      socket.once('close', () => end(new EmsFailure('closed-in-reply', facts)));
      socket.once('unexpected-response', (_request, { statusCode: status = 0 }) => {
        const fault =
          status === 401 ? 'not-authorized' : status >= 500 ? 'server-error' : 'unexpected-status';
        end(new EmsFailure(fault, { ...facts, httpStatus: status }));
      });
    });
    const notifications = new Notifications(socket);
    onSwap = () => {
      notifications.close();
      events.closed(abnormalClosure, 'another certificate was shown when it negotiated anew');
    };
    notifications.#listen(options, events);
    return notifications;
  }

  /** Nothing is reported afterwards. */
  close(): void {
    this.#end();
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => {});
    this.#socket.terminate();
  }

  #listen({ profile, clock }: CallOptions, events: NotificationEvents): void {
    const socket = this.#socket;
    socket.on('message', (data, isBinary) => {
      this.#heard = true;
      const tables = isBinary ? null : readNotification(parse(String(data)), profile);
      if (tables && tables.length > 0) events.changed(tables);
    });
    socket.on('pong', () => {
      this.#heard = true;
    });
    socket.on('ping', () => {
      this.#heard = true;
    });
    // What is no WebSocket, or too long: nothing more is read from it.
    socket.on('error', () => socket.terminate());
    socket.on('close', (code, reason) => {
      this.#end();
      events.closed(code, safeText(reason.toString('utf8').slice(0, 200)));
    });
    this.#timers.push(
      clock.every(profile.websocket.pingEvery, () => {
        // Nothing since the last ping, its pong neither: the other end is gone.
        if (!this.#heard) {
          this.close();
          events.closed(abnormalClosure, 'no answer to a ping');
          return;
        }
        this.#heard = false;
        socket.ping();
      }),
    );
  }

  #end(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
