import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, onTestFinished } from 'vitest';
import { lookupSrv } from '../../../src/fsso/collector/controllers/srv-lookup.ts';
import { DirectoryClient } from '../../../src/fsso/directory/client.ts';
import type { DirectorySecurity } from '../../../src/fsso/directory/open-socket.ts';
import { answering, question } from '../directory-client.ts';
import { FaultRelay } from '../fault-relay.ts';
import { ldap, startLdapServer } from '../ldap-server.ts';
import { ManualClock } from '../manual-clock.ts';
import { OpensslCa } from '../openssl-ca.ts';
import type { Subject } from './subject.ts';

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Both sides');
const server = openssl.issue({
  subject: '/CN=server',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});

/** A directory that is searched. */
export const directory = (security: DirectorySecurity) => async (): Promise<Subject> => {
  const machine = await startLdapServer({
    answer: answering((id, socket) => {
      const user = machine.requests.at(-1)?.name ?? '';
      socket.write(Buffer.concat([ldap.entry(id, user, { cn: [user] }), ldap.done(id)]));
    }),
    ...(security !== 'plain' && {
      tls: { key: server.key, cert: server.certificate, mode: 'ldaps' as const },
    }),
  });
  const relay = await FaultRelay.start({ port: machine.port, oversize: longElement });
  const clock = new ManualClock();
  const client = new DirectoryClient({
    servers: [{ host: '127.0.0.1', port: relay.port, security }],
    trust: { ca: [authority.certificate], checksName: true },
    login: { name: 'svc', password: 'secret' },
    clock,
  });
  onTestFinished(() => machine.close());
  return {
    ...{ relay, clock, pass: (ms) => clock.advance(ms) },
    ask: async (user) => (await client.search({ ...question, base: user }))[0]?.dn ?? 'nobody',
    close: () => client.stop(),
  };
};

/** A message of LDAP of 4 GB. */
const longElement = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), bytes.subarray(2)]);

/** A name server whose answers fit in no datagram. */
export async function dns(): Promise<Subject> {
  const answerTo = (asked: Buffer, flags: number, records: readonly Buffer[]): Buffer => {
    const reply = Buffer.concat([asked, ...records]);
    reply.writeUInt16BE(flags, 2);
    reply.writeUInt16BE(records.length, 6);
    return reply;
  };
  const target = Buffer.from('0464633031c021', 'hex');
  const record = Buffer.from('c00c0021000100000384000d000000640185', 'hex');
  const overTcp = createServer((socket) => {
    socket.on('error', () => {});
    let held = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes as Buffer]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      const answer = answerTo(held.subarray(2, 2 + held.readUInt16BE(0)), 0x8180, [
        Buffer.concat([record, target]),
      ]);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  overTcp.listen(0, '127.0.0.1');
  await once(overTcp, 'listening');
  const relay = await FaultRelay.start({ port: (overTcp.address() as AddressInfo).port });
  const overUdp = createSocket('udp4');
  overUdp.on('message', (asked, from) => {
    overUdp.send(answerTo(asked, 0x8380, []), from.port, from.address);
  });
  overUdp.bind(relay.port, '127.0.0.1');
  await once(overUdp, 'listening');
  const clock = new ManualClock();
  onTestFinished(() => {
    overTcp.close();
    overUdp.close();
  });
  return {
    ...{ relay, clock, pass: (ms) => clock.advance(ms) },
    ask: async (user) => {
      const { records } = await lookupSrv(
        '_ldap._tcp.dc._msdcs.corp.example',
        [`127.0.0.1:${relay.port}`],
        clock,
      );
      return records[0]?.target === 'dc01.corp.example' ? user : 'nobody';
    },
    close: () => {},
  };
}
