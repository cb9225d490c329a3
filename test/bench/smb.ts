import { execFileSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/clock.ts';
import { bindRpc } from '../../src/fsso/rpc/client.ts';
import {
  decodeUserAnswer,
  encodeUserQuestion,
  userEnum,
  wkssvc,
} from '../../src/fsso/rpc/interfaces/wkssvc.ts';
import { connectSmb, type SmbSession } from '../../src/fsso/smb/session.ts';
import { canMakeNamespaces } from '../support/samba-namespace.ts';
import {
  type SambaWorkstation,
  startSambaWorkstation,
} from '../support/samba-workstation/samba-workstation.ts';
import { ratio, spread } from './statistics.ts';

const rounds = 5;
const requests = 400;

/** Requests a second over one session of SMB with Samba, beside bare round trips over TCP and beside rpcclient, in the same run. */
export async function smb(): Promise<string[]> {
  if (!canMakeNamespaces()) return ['left out: Samba needs root and namespaces'];
  const workstation = await startSambaWorkstation();
  const bare = await bareEcho();
  try {
    workstation.logOn('luser1', 'luser2');
    const signed = await open(workstation, 'offered');
    const encrypted = await open(workstation, 'required');
    const figures = {
      bare: [] as number[],
      echo: [] as number[],
      together: [] as number[],
      encrypted: [] as number[],
      calls: [] as number[],
      logins: [] as number[],
      rpcclient: [] as number[],
    };
    const rpc = await bindRpc(await signed.openPipe('wkssvc'), wkssvc);
    const question = encodeUserQuestion({ server: '\\\\ws', level: 1, most: 65536, resume: 0 });
    for (let round = 0; round < rounds; round += 1) {
      figures.bare.push(await rate(requests, () => bare.ask()));
      figures.echo.push(await rate(requests, () => signed.echo()));
      figures.encrypted.push(await rate(requests, () => encrypted.echo()));
      figures.together.push(await together(signed));
      const ask = async () => {
        if (decodeUserAnswer(await rpc.call(userEnum, question)).users.length !== 2) throw new Error('who?');
      };
      figures.calls.push(await rate(requests, ask));
      figures.logins.push(await rate(10, async () => (await open(workstation, 'offered')).close()));
      figures.rpcclient.push(await rate(5, async () => rpcclient(workstation)));
    }
    await signed.close();
    await encrypted.close();
    return [
      `a second, one after the other: ${spread(figures.echo)} echoes signed, ${spread(figures.encrypted)} encrypted, ${spread(figures.calls)} NetrWkstaUserEnum`,
      `a second, 50 under way: ${spread(figures.together)} echoes signed`,
      `floor: ${spread(figures.bare)} bare round trips of as many bytes a second; echoes ${ratio(mean(figures.echo), mean(figures.bare))} of it`,
      `logins with share and farewell: ${spread(figures.logins, 1)} a second; rpcclient with one call: ${spread(figures.rpcclient, 1)} a second`,
    ];
  } finally {
    bare.stop();
    await workstation.stop();
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function open(
  { host, admin: credentials }: SambaWorkstation,
  encrypt: 'offered' | 'required',
): Promise<SmbSession> {
  return connectSmb({ host, credentials, clock: systemClock, encrypt });
}

async function rate(count: number, ask: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let left = count; left > 0; left -= 1) await ask();
  return (count * 1000) / (performance.now() - begun);
}

async function together(session: SmbSession): Promise<number> {
  const begun = performance.now();
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await session.echo();
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return (requests * 1000) / (performance.now() - begun);
}

function rpcclient({ host, admin }: SambaWorkstation): void {
  execFileSync('rpcclient', [
    ...['-s', '/dev/null', '-U', `${admin.domain}\\${admin.user}%${admin.password}`, host],
    ...['-c', 'wkssvc_enumerateusers'],
  ]);
}

/** An echo of SMB is 72 bytes in either direction. */
async function bareEcho(): Promise<{ ask(): Promise<void>; stop(): void }> {
  const server = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const message = Buffer.alloc(72);
  return {
    ask: () =>
      new Promise((resolve) => {
        let left = message.length;
        const onData = (bytes: Buffer) => {
          left -= bytes.length;
          if (left > 0) return;
          socket.off('data', onData);
          resolve();
        };
        socket.on('data', onData);
        socket.write(message);
      }),
    stop: () => {
      socket.destroy();
      server.close();
    },
  };
}
