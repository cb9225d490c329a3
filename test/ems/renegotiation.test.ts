import { constants, createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { getSerialNumber } from '../../src/ems/api.ts';
import { callJson, type HttpServer, judgeByName } from '../../src/ems/http-call.ts';
import { KeptConnection } from '../../src/ems/kept-connection.ts';
import { emsProfile } from '../../src/ems/profile.ts';
import { Notifications } from '../../src/ems/session/notifications.ts';
import { type Issued, OpensslCa } from '../support/openssl-ca.ts';

vi.setConfig({ testTimeout: 30_000 });

const openssl = new OpensslCa();
const root = openssl.authority('/CN=Root');
const extensions: [string, string][] = [['subjectAltName', 'IP:127.0.0.1']];
const judged = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions });
const swapped = openssl.issue({ subject: '/CN=ems.test', issuer: root, extensions });
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => openssl.remove());

const body = JSON.stringify({ result: { retval: 1, message: null }, data: 'FCTEMS0000000001' });
const reply = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/**
 * A TLS 1.2 server that negotiates anew before its replies, as Apache does to see a client's certificate, and shows `then`
 * from the reply with this number on. `resumes`: the session is resumed, as when both sides keep it.
 */
async function serve(then: Issued, from: number, resumes = false): Promise<number> {
  const full = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION;
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    {
      // The issuer too, as a server with an intermediate CA sends it.
      cert: `${judged.certificate}\n${root.certificate}`,
      key: judged.key,
      maxVersion: 'TLSv1.2',
      ...(resumes ? {} : { secureOptions: full }),
    },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let replies = 0;
      socket.on('data', () => {
        replies += 1;
        if (replies >= from)
          socket.setKeyCert(createSecureContext({ cert: then.certificate, key: then.key }));
        socket.renegotiate({ requestCert: false, rejectUnauthorized: false }, () => socket.write(reply));
      });
    },
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

const at = (port: number): HttpServer => ({
  peer: 'EMS',
  host: '127.0.0.1',
  port,
  timeoutMs: 10_000,
  cas: () => [root.der],
  judge: judgeByName,
  clock: systemClock,
});
const get = { method: 'GET', path: '/x' } as const;
const serialNumber = (port: number) =>
  getSerialNumber({
    host: '127.0.0.1',
    port,
    timeoutMs: 10_000,
    ca: [root.der],
    certificate: judged.sha256,
    serial: null,
    profile: emsProfile,
    clock: systemClock,
  });

describe('a server that negotiates anew in the middle of a call', () => {
  test('and shows another certificate is not believed', async () => {
    const port = await serve(swapped, 1);
    await expect(serialNumber(port)).rejects.toMatchObject({ fault: 'certificate-swapped' });
    await expect(callJson(at(port), get)).rejects.toMatchObject({ fault: 'other-certificate' });
  });

  test('and shows the same one is', async () => {
    for (const resumes of [false, true]) {
      const port = await serve(judged, 1, resumes);
      expect((await serialNumber(port)).serialNumber).toBe('FCTEMS0000000001');
      expect((await callJson(at(port), get)).status).toBe(200);
    }
  });

  test('is watched on a kept connection too, whenever it does so', async () => {
    const kept = new KeptConnection(systemClock);
    closers.push(async () => kept.close());
    const server = at(await serve(swapped, 3));
    expect((await callJson(server, get, kept)).status).toBe(200);
    expect((await callJson(server, get, kept)).status).toBe(200);
    await expect(callJson(server, get, kept)).rejects.toMatchObject({ fault: 'other-certificate' });
  });
});

describe('notifications over a server that negotiates anew', () => {
  /** A WebSocket server of TLS 1.2; the returned function negotiates anew, with that certificate. */
  async function notifier(): Promise<{ port: number; anew: (then: Issued) => Promise<void> }> {
    const sockets: TLSSocket[] = [];
    const server = createServer(
      {
        cert: `${judged.certificate}\n${root.certificate}`,
        key: judged.key,
        maxVersion: 'TLSv1.2',
        secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
      },
      (socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', (request) => {
          const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(request.toString()) ?? [];
          const accept = createHash('sha1')
            .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
            .digest('base64');
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
          );
        });
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    return {
      port: (server.address() as AddressInfo).port,
      anew: async (then) => {
        for (const socket of sockets) {
          socket.setKeyCert(createSecureContext({ cert: then.certificate, key: then.key }));
          await new Promise<void>((done) => {
            socket.once('close', () => done());
            // The answer to a ping: the other end has seen the certificate by then.
            socket.once('data', () => done());
            socket.renegotiate({ requestCert: false, rejectUnauthorized: false }, () =>
              socket.write(Buffer.from([0x89, 0])),
            );
          });
        }
      },
    };
  }

  test('end when it shows another certificate, and go on when it shows the same', async () => {
    const { port, anew } = await notifier();
    const closed: string[] = [];
    const notifications = await Notifications.open(
      {
        host: '127.0.0.1',
        port,
        timeoutMs: 10_000,
        ca: [root.der],
        certificate: judged.sha256,
        serial: null,
        profile: emsProfile,
        clock: systemClock,
      },
      { changed: () => {}, closed: (code, reason) => closed.push(`${code} ${reason}`) },
    );
    closers.push(async () => notifications.close());
    await anew(judged);
    expect(closed).toEqual([]);
    await anew(swapped);
    await vi.waitFor(
      () => expect(closed).toEqual(['1006 another certificate was shown when it negotiated anew']),
      { timeout: 10_000 },
    );
  });
});
