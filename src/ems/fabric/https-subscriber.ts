import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { readCertificate } from '../certificate.ts';
import { EmsFailure } from '../diagnosis.ts';
import { type Handshake, handshake, type Identity, serverText } from '../handshake.ts';
import { chainReason } from '../tls-failure.ts';
import { oversized } from './document.ts';
import { documentPath } from './https-publisher.ts';
import { fabricLimits } from './limits.ts';
import { FabricRefusal } from './refusal.ts';
import type { DocumentSubscriber, Received } from './transport.ts';

export interface HttpsSubscriberOptions {
  readonly host: string;
  readonly port: number;
  /** Ours; the root answers nobody without one. */
  readonly identity: Identity;
  /** Serial number of the root: its certificate has it as CN, or names the host. Null: it has to name the host. */
  readonly root: string | null;
  /** Installed CAs, DER. Asked before each pull. */
  readonly cas: () => readonly Buffer[];
  /** Milliseconds between two pulls. */
  readonly everyMs: number;
  readonly clock: Clock;
}

/** Why a pull brought nothing, before it is told to a person. */
class PullFailure extends Error {
  readonly problem: Problem;
  constructor(
    options: HttpsSubscriberOptions,
    code: Problem['code'],
    reason: string,
    fix: readonly string[],
  ) {
    super(reason);
    const message = `Fabric root ${serverText(options.host, options.port)}: ${safeText(reason)}`;
    this.problem = { stage: 'fabric', code, message, cause: 'What is in force stays in force.', fix };
  }
}

/** Pulls the document from the root over mutual TLS, by ETag, bounded in size and time. Redirects are not followed. */
export function httpsSubscriber(options: HttpsSubscriberOptions): DocumentSubscriber {
  const { host, port, clock, everyMs } = options;
  const stop = new AbortController();
  let timer: Timer | null = null;
  let work: Promise<void> = Promise.resolve();
  let tag: string | null = null;

  const once = async (known: string | null, signal?: AbortSignal): Promise<[Received, string | null]> => {
    try {
      return await pull(options, known, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof PullFailure || error instanceof FabricRefusal)
        return [{ kind: 'failed', problem: error.problem }, known];
      if (error instanceof EmsFailure) {
        const reason = `${error.problem.message}. ${error.problem.cause}`;
        const failure = new PullFailure(options, error.problem.code, reason, error.problem.fix);
        return [{ kind: 'failed', problem: failure.problem }, known];
      }
      throw error;
    }
  };

  return {
    place: `https://${serverText(host, port)}${documentPath}`,
    async fetch(signal) {
      return (await once(null, signal))[0];
    },
    subscribe(listener) {
      const look = (): void => {
        work = work.then(async () => {
          if (stop.signal.aborted) return;
          try {
            const [received, next] = await once(tag, stop.signal);
            tag = next;
            if (!stop.signal.aborted) listener(received);
          } catch (error) {
            if (!stop.signal.aborted) throw error;
          }
          if (!stop.signal.aborted) timer = clock.after(everyMs, look);
        });
      };
      look();
    },
    async close() {
      stop.abort(new Error('closed'));
      timer?.cancel();
      await work;
    },
  };
}

async function pull(
  options: HttpsSubscriberOptions,
  tag: string | null,
  signal?: AbortSignal,
): Promise<[Received, string | null]> {
  const { clock } = options;
  const started = clock.now();
  const connection = {
    host: options.host,
    port: options.port,
    timeoutMs: fabricLimits.exchange,
    ca: options.cas(),
    clock,
    ...(signal ? { signal } : {}),
  };
  // First without our identity: who is not trusted learns nothing about us.
  const probed = await handshake(connection);
  probed.socket?.on('error', () => {});
  probed.socket?.destroy();
  judge(options, probed);
  const socket = judged(options, await handshake({ ...connection, identity: options.identity }));
  const left = Math.max(1, fabricLimits.exchange - (clock.now() - started));
  let late = false;
  const limit = clock.after(left, () => {
    late = true;
    socket.destroy(new Error('late'));
  });
  const abort = (): void => void socket.destroy(new Error('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const reply = await ask(socket, options, tag);
    return await readReply(reply, options, tag);
  } catch (error) {
    if (error instanceof PullFailure || error instanceof FabricRefusal) throw error;
    if (late) throw new PullFailure(options, -1, 'its reply did not come in time', ['Look at the root.']);
    throw new PullFailure(options, (error as NodeJS.ErrnoException).code ?? null, brokenOff(error as Error), [
      'Look at fabric.members and the installed CAs of the root: it may not take our certificate.',
    ]);
  } finally {
    limit.cancel();
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function brokenOff({ message }: Error): string {
  // In TLS 1.3 the server judges our certificate after the handshake is complete for us.
  return /alert/i.test(message)
    ? 'it does not take our certificate'
    : 'it closed the connection before its reply was complete';
}

/** Is this certificate one that a person had a hand in? @throws PullFailure */
function judge(options: HttpsSubscriberOptions, { chain, verdict, hostMatches }: Handshake): void {
  if (verdict !== null)
    throw new PullFailure(
      options,
      -4,
      `its certificate is not signed by an installed CA (${chainReason(verdict)})`,
      ['Import the CA of the root: fabrictop ems import-ca FILE.'],
    );
  const name = commonNameOf(chain[0]);
  if (!hostMatches && (options.root === null || name !== options.root))
    throw new PullFailure(
      options,
      null,
      `its certificate is of ${name ?? 'nobody'}, which is neither the host nor the root`,
      ['Set fabric.root to the serial number of the root.'],
    );
}

function commonNameOf(der: Buffer | undefined): string | null {
  try {
    return readCertificate(der ?? Buffer.alloc(0)).subjectCommonName;
  } catch {
    // One that cannot be read names nobody.
    return null;
  }
}

/** The connection, when its certificate passes. @throws PullFailure, EmsFailure */
function judged(options: HttpsSubscriberOptions, shown: Handshake): TLSSocket {
  const { socket, refusal } = shown;
  socket?.on('error', () => {});
  try {
    judge(options, shown);
  } catch (error) {
    socket?.destroy();
    throw error;
  }
  if (socket !== null) return socket;
  throw refusal ?? new PullFailure(options, null, 'it closed the connection', ['Look at the root.']);
}

function ask(
  socket: TLSSocket,
  { host, port }: HttpsSubscriberOptions,
  tag: string | null,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = httpRequest({
      createConnection: () => socket,
      path: documentPath,
      headers: {
        host: serverText(host, port),
        accept: 'application/json',
        // Compressed, a small reply could become a huge one.
        'accept-encoding': 'identity',
        connection: 'close',
        ...(tag === null ? {} : { 'if-none-match': tag }),
      },
      maxHeaderSize: fabricLimits.header,
    });
    call.on('error', reject);
    call.on('response', resolve);
    call.end();
  });
}

async function readReply(
  reply: IncomingMessage,
  options: HttpsSubscriberOptions,
  tag: string | null,
): Promise<[Received, string | null]> {
  const { statusCode: status = 0 } = reply;
  if (status === 304 && tag !== null) return [{ kind: 'unchanged' }, tag];
  if (status === 503) return [{ kind: 'absent' }, null];
  if (status !== 200)
    throw new PullFailure(options, status, `it answers with HTTP ${status}`, [
      status === 403
        ? 'Add our serial number to fabric.members on the root.'
        : 'Correct fabric.transport.url: it leads to something else than the root.',
    ]);
  const announced = Number(reply.headers['content-length'] ?? 0);
  if (announced > fabricLimits.document) throw oversized(announced);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of reply as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > fabricLimits.document) throw oversized(length);
    pieces.push(piece);
  }
  const { etag } = reply.headers;
  const usable = etag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,128}"$/.test(etag);
  return [{ kind: 'document', octets: Buffer.concat(pieces) }, usable ? etag : null];
}
