import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { attempt } from '../network/attempt.ts';
import { openTcp, type Patience } from '../network/open-tcp.ts';
import { openTls, type ServerTrust } from '../network/open-tls.ts';
import { checkAnswer, messageLength } from './answers.ts';
import { Elements, tags } from './ber.ts';
import type { DirectoryLimits } from './limits.ts';
import { type DirectoryFault, failureOf, type ProblemPlace } from './problems.ts';

/** How a server is spoken to. `plain` shows the password of the login to whoever listens on the way. */
export type DirectorySecurity = 'ldaps' | 'starttls' | 'plain';

/** One server of a directory. */
export interface DirectoryServer {
  readonly host: string;
  readonly port: number;
  readonly security: DirectorySecurity;
}

export interface OpenOptions {
  readonly server: DirectoryServer;
  readonly trust: ServerTrust;
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
  const { server, trust, place, limits, clock } = options;
  const { host, port, security } = server;
  const patience = { clock, limitMs: limits.connectMs };
  const failure = (fault: DirectoryFault, code: string | null, detail: string) =>
    failureOf(fault, place, code, detail);
  const tcp = await openTcp({ ...patience, host, port, failure });
  if (security === 'plain') return tcp;
  if (security === 'starttls') await askForTls(tcp, place, patience);
  return openTls(tcp, { ...patience, host, trust, failure });
}

function askForTls(socket: Socket, place: ProblemPlace, patience: Patience): Promise<void> {
  const late = () => failureOf('tls-timeout', place, null, String(patience.limitMs / 1000));
  return attempt<void>({ ...patience, late, drop: () => socket.destroy() }, (done, failed) => {
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
  });
}

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
