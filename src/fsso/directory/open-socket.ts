import { connect, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { secure, type TlsSettings } from '../gate/tls.ts';
import { checkAnswer, messageLength } from './answers.ts';
import { Elements, tags } from './ber.ts';
import type { DirectoryFailure } from './failure.ts';
import type { DirectoryLimits } from './limits.ts';
import { connectFailure, failureOf, type ProblemPlace, tlsFailure } from './problems.ts';

/** How a server is spoken to. `plain` shows the password of the login to whoever listens on the way. */
export type DirectorySecurity = 'ldaps' | 'starttls' | 'plain';

/** One server of a directory. */
export interface DirectoryServer {
  readonly host: string;
  readonly port: number;
  readonly security: DirectorySecurity;
}

/** What a server's certificate is judged by. */
export interface DirectoryTrust {
  /** PEM. Nothing else is trusted, the system's own store neither. */
  readonly ca: readonly string[];
  /** The certificate has to name the host. */
  readonly checksName: boolean;
}

export interface OpenOptions {
  readonly server: DirectoryServer;
  readonly trust: DirectoryTrust;
  readonly place: ProblemPlace;
  readonly limits: DirectoryLimits;
  readonly clock: Clock;
}

/** StartTLS as a whole message, number 1: it never differs (RFC 4511, 4.14). */
const startTls = Buffer.from('301d02010177188016312e332e362e312e342e312e313436362e3230303337', 'hex');
/** Bytes of an answer to StartTLS, generously. */
const mostStartTls = 4096;

/**
 * Opens a connection to a server, secured as it is configured; nothing of the login is sent here.
 * Rejects with DirectoryFailure, and then the socket is gone.
 */
export async function openSocket(options: OpenOptions): Promise<Socket> {
  const { server, place, limits } = options;
  const seconds = String(limits.connectMs / 1000);
  const tcp = await step(options, null, failureOf('connect-timeout', place, null, seconds), connectTcp);
  if (server.security === 'plain') return tcp;
  const late = failureOf('tls-timeout', place, null, seconds);
  if (server.security === 'starttls') await step(options, tcp, late, askForTls);
  return step(options, tcp, late, handshake);
}

type Step<Result> = (
  options: OpenOptions,
  tcp: Socket | null,
  done: (result: Result) => void,
  failed: (failure: DirectoryFailure) => void,
) => Socket;

/** One step with its time limit; what it opened is destroyed when it fails. */
function step<Result>(
  options: OpenOptions,
  tcp: Socket | null,
  late: DirectoryFailure,
  run: Step<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let socket: Socket | null = null;
    const finish = (action: () => void): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      action();
    };
    const fail = (failure: DirectoryFailure): void =>
      finish(() => {
        socket?.destroy();
        tcp?.destroy();
        reject(failure);
      });
    const timer = options.clock.after(options.limits.connectMs, () => fail(late));
    socket = run(options, tcp, (result) => finish(() => resolve(result)), fail);
  });
}

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code ?? error.message;

const connectTcp: Step<Socket> = ({ server, place }, _tcp, done, failed) => {
  const socket = connect({ host: server.host, port: server.port, noDelay: true, keepAlive: true });
  const onError = (error: Error) => failed(connectFailure(codeOf(error), place));
  socket.on('error', onError);
  socket.once('connect', () => {
    socket.off('error', onError);
    // From here on whoever takes the socket listens; between two listeners an error must not end the program.
    socket.on('error', () => {});
    done(socket);
  });
  return socket;
};

const askForTls: Step<void> = ({ place }, tcp, done, failed) => {
  const socket = tcp as Socket;
  let answer: Buffer = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => {
    answer = Buffer.concat([answer, bytes]);
    try {
      const length = messageLength(answer);
      if ((length ?? answer.length) > mostStartTls)
        throw new Error('an answer to StartTLS that is far too long');
      if (length === null || answer.length < length) return;
      // Bytes behind the answer would be taken for what came over TLS.
      if (answer.length > length) throw new Error('more than one answer to StartTLS');
      const { id, kind } = checkAnswer(answer);
      if (id !== 1 || kind !== 'extended') throw new Error('another answer than one to StartTLS');
      leave();
      const { code, text } = resultOf(answer);
      if (code === 0) done();
      else failed(failureOf('tls-refused', place, code, text || 'no reason given'));
    } catch (error) {
      leave();
      failed(failureOf('nonsense', place, null, (error as Error).message));
    }
  };
  const onEnd = (): void => {
    leave();
    failed(failureOf('closed', place, null, 'in place of an answer to StartTLS'));
  };
  const leave = (): void => {
    socket.off('data', onData);
    socket.off('close', onEnd);
    socket.off('end', onEnd);
    socket.pause();
  };
  socket.on('data', onData);
  socket.once('close', onEnd);
  socket.once('end', onEnd);
  socket.write(startTls);
  return socket;
};

/** Result code and text of an answer that was checked. */
function resultOf(message: Buffer): { code: number; text: string } {
  const parts = new Elements(message, { start: 0, end: message.length }).inside(tags.sequence);
  parts.next(tags.integer);
  const content = parts.inside(parts.tag as number);
  const code = content.number(tags.enumerated);
  content.next(tags.octets);
  const { start, end } = content.next(tags.octets);
  return { code, text: message.toString('utf8', start, end) };
}

const handshake: Step<Socket> = ({ server, trust, place }, tcp, done, failed) => {
  const settings: TlsSettings = { ca: trust.ca, sni: null, checksHost: trust.checksName };
  try {
    const socket = secure(tcp as Socket, server.host, settings, {
      certificate: () => {},
      secured: (secured) => {
        (tcp as Socket).off('close', onClose);
        done(secured);
      },
      failed: (error) => failed(tlsFailure(codeOf(error), place)),
    });
    const onClose = (): void => failed(tlsFailure('ECONNRESET', place));
    (tcp as Socket).once('close', onClose);
    return socket;
  } catch (error) {
    // A CA that OpenSSL does not take.
    failed(tlsFailure(codeOf(error as Error), place));
    return tcp as Socket;
  }
};
