import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from '../../../clock.ts';
import { lookupTimeout } from '../limits.ts';
import { decodeSrvAnswer, encodeSrvQuestion, type SrvAnswer } from './srv-message.ts';

/** Address and port of `10.0.0.10`, `10.0.0.10:5353`, `2001:db8::1` and `[2001:db8::1]:5353`. */
export function serverPlace(server: string): { address: string; port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(server) ?? /^([\d.]+)(?::(\d+))?$/.exec(server);
  return { address: bracketed?.[1] ?? server, port: Number(bracketed?.[2] ?? 53) };
}

/** Asks the servers in turn until one answers. Rejects with an Error of one line when none does. */
export async function lookupSrv(name: string, servers: readonly string[], clock: Clock): Promise<SrvAnswer> {
  let failure = new Error('no DNS server is configured');
  for (const server of servers) {
    try {
      const answer = await ask(server, name, clock);
      if (answer.code === 0 || answer.code === 3) return answer;
      failure = new Error(`${server} answers with failure ${answer.code}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      failure =
        code === undefined
          ? (error as Error)
          : new Error(`${server} cannot be asked: ${code}`, { cause: message });
    }
  }
  throw failure;
}

async function ask(server: string, name: string, clock: Clock): Promise<SrvAnswer> {
  const question = encodeSrvQuestion(randomInt(0x10000), name);
  const answer = await overUdp(server, question, clock);
  return answer.isCut ? overTcp(server, question, clock) : answer;
}

function overUdp(server: string, question: Buffer, clock: Clock): Promise<SrvAnswer> {
  const { address, port } = serverPlace(server);
  return new Promise((done, failed) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (finish: () => void) => {
      limit.cancel();
      socket.removeAllListeners('message');
      socket.close();
      finish();
    };
    const limit = clock.after(lookupTimeout, () => end(() => failed(silent(server))));
    socket.on('error', (error) => end(() => failed(error)));
    socket.on('message', (bytes) => {
      const answer = decodeSrvAnswer(bytes, question);
      if (answer) end(() => done(answer));
    });
    // Connected, so that the system passes on datagrams of this server only, and says when its port is closed.
    socket.connect(port, address, () => socket.send(question, () => {}));
  });
}

function overTcp(server: string, question: Buffer, clock: Clock): Promise<SrvAnswer> {
  const { address, port } = serverPlace(server);
  return new Promise((done, failed) => {
    const socket = connect(port, address);
    let received = Buffer.alloc(0);
    const end = (finish: () => void) => {
      limit.cancel();
      socket.destroy();
      finish();
    };
    const limit = clock.after(lookupTimeout, () => end(() => failed(silent(server))));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(question.length);
    socket.on('error', (error) => end(() => failed(error)));
    socket.on('connect', () => socket.write(Buffer.concat([length, question])));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = decodeSrvAnswer(received.subarray(2, 2 + received.readUInt16BE(0)), question);
      end(() => (answer ? done(answer) : failed(new Error(`${server} answers another question`))));
    });
    socket.on('close', () => end(() => failed(new Error(`${server} closed the connection`))));
  });
}

function silent(server: string): Error {
  return new Error(`${server} does not answer within ${lookupTimeout / 1000} s`);
}
