import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openTcp, type TcpOptions } from '../../../src/fsso/network/open-tcp.ts';
import { problemFrom } from '../../../src/fsso/network/problem-row.ts';
import { tcpFault, tcpRows } from '../../../src/fsso/network/tcp-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';

interface Peer {
  readonly port: number;
  /** Where connections came from. */
  readonly from: (string | undefined)[];
  readonly server: Server;
}

async function peer(address = '127.0.0.1', port = 0): Promise<Peer> {
  const from: (string | undefined)[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    from.push(socket.remoteAddress);
  });
  await new Promise<void>((done) => server.listen(port, address, done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, from, server };
}

/** What it ends with: the address that took us, or the fault. */
async function opened(options: Partial<TcpOptions> & { port: number }): Promise<string> {
  try {
    const socket = await openTcp({
      ...{ host: 'dc1.corp.example', clock: systemClock, limitMs: 5000 },
      failure: (fault, code, detail) => new Error(`${fault} ${code} ${detail}`),
      ...options,
    });
    onTestFinished(() => void socket.destroy());
    return socket.remoteAddress ?? '';
  } catch (error) {
    return (error as Error).message;
  }
}

const naming =
  (...addresses: string[]) =>
  async () =>
    addresses;

test('a machine is reached at the first of its addresses that takes us', async () => {
  const { port } = await peer('127.0.0.3');
  expect(await opened({ port, resolve: naming('127.0.0.2', '127.0.0.3', '127.0.0.4') })).toBe('127.0.0.3');
  expect(await opened({ port, address: ['127.0.0.2', '127.0.0.3'] })).toBe('127.0.0.3');
});

test('given addresses are used, and the name is not asked for', async () => {
  const { port } = await peer();
  const resolve = () => Promise.reject(new Error('asked'));
  expect(await opened({ port, address: '127.0.0.1', resolve })).toBe('127.0.0.1');
  expect(await opened({ port, host: '127.0.0.1', resolve })).toBe('127.0.0.1');
});

test('what an address said that was there is told, not that there is no way to another family', async () => {
  const { port, server } = await peer();
  await new Promise((done) => server.close(done));
  // The system itself refuses to connect to everybody.
  expect(await opened({ port, resolve: naming('127.0.0.1', '255.255.255.255') })).toBe(
    'refused ECONNREFUSED ECONNREFUSED',
  );
  expect(await opened({ port, resolve: naming('255.255.255.255', '127.0.0.1') })).toBe(
    'refused ECONNREFUSED ECONNREFUSED',
  );
});

test('only so many addresses of a name are tried', async () => {
  const { port } = await peer('127.0.1.9');
  const nobody = Array.from({ length: 8 }, (_, at) => `127.0.1.${at + 1}`);
  expect(await opened({ port, resolve: naming(...nobody, '127.0.1.9') })).toMatch(/^refused/);
  expect(await opened({ port, resolve: naming(...nobody.slice(1), '127.0.1.9') })).toBe('127.0.1.9');
});

test('an address to connect from is used, with those of the other side that are of its family', async () => {
  const { port, from } = await peer();
  const localAddress = '127.0.0.77';
  expect(await opened({ port, localAddress, resolve: naming('::1', '127.0.0.1') })).toBe('127.0.0.1');
  await expect.poll(() => from).toEqual([localAddress]);
  const other = Array.from({ length: 8 }, () => '::1');
  expect(await opened({ port, localAddress, resolve: naming(...other, '127.0.0.1') })).toBe('127.0.0.1');
  expect(await opened({ port, localAddress, resolve: naming('::1') })).toBe('source-address EINVAL EINVAL');
  expect(await opened({ port, localAddress: '192.0.2.1', resolve: naming('127.0.0.1') })).toBe(
    'source-address EADDRNOTAVAIL EADDRNOTAVAIL',
  );
});

test('a name that there is not, that has no address, and that nobody answers for', async () => {
  const missing = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
  expect(await opened({ port: 1, resolve: () => Promise.reject(missing) })).toBe(
    'name-unknown ENOTFOUND ENOTFOUND',
  );
  expect(await opened({ port: 1, resolve: naming() })).toBe('name-unknown ENODATA ENODATA');
  const clock = new ManualClock();
  const late = opened({ port: 1, clock, resolve: () => new Promise(() => {}) });
  clock.advance(5000);
  expect(await late).toBe('name-late null 5');
});

/** A server that takes no more connections: the system answers nothing to the next one. */
async function full(): Promise<number> {
  const script =
    'import socket,sys\ns=socket.socket();s.bind(("127.0.0.1",0));s.listen(0)\np=s.getsockname()[1]\n' +
    'kept=[]\nfor _ in range(8):\n c=socket.socket();c.setblocking(False);c.connect_ex(("127.0.0.1",p));kept.append(c)\n' +
    'print(p,flush=True);sys.stdin.read()';
  const child = spawn('/usr/bin/python3', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

test('an address that says nothing costs its share of the time only, and the limit holds for all together', async () => {
  const port = await full();
  const clock = new ManualClock();
  // Behind this the attempt is under way: nothing but promises stands before it.
  const begun = () => new Promise((done) => setImmediate(done));
  const one = opened({ port, clock, address: '127.0.0.1' });
  await begun();
  clock.advance(5000);
  expect(await one).toBe('connect-timeout null 5');
  const second = await peer('127.0.0.5', port);
  const two = opened({ port, clock, address: ['127.0.0.1', '127.0.0.5'] });
  await begun();
  expect(second.from).toEqual([]);
  clock.advance(2500);
  expect(await two).toBe('127.0.0.5');
});

test('whoever gives up gets its own reason, while the name is asked for and while it connects', async () => {
  const reason = new Error('enough');
  const early = new AbortController();
  const asking = opened({ port: 1, resolve: () => new Promise(() => {}), signal: early.signal });
  early.abort(reason);
  expect(await asking).toBe('enough');
  const late = new AbortController();
  const connecting = opened({ port: await full(), address: ['127.0.0.1', '127.0.0.2'], signal: late.signal });
  setImmediate(() => late.abort(reason));
  expect(await connecting).toBe('enough');
  expect(await opened({ port: 1, signal: AbortSignal.abort(reason) })).toBe('enough');
});

test('what the system says of a connection has its row, with nothing of a peer that could move a cursor', () => {
  expect(['EAI_AGAIN', 'ETIMEDOUT', 'EINVAL', 'ECONNRESET', 'EPIPE'].map(tcpFault)).toEqual([
    ...['name-unknown', 'unreachable', 'source-address', 'closed', 'closed'],
  ]);
  const rows = tcpRows({ machine: 'server', isUp: 'x', stopped: 'y', start: [], ended: [] });
  const problem = problemFrom(rows.closed, { host: 'dc\x1b1', port: 445 }, 'E\x07', `${'d'.repeat(400)}`);
  expect(problem).toMatchObject({ stage: 'tcp', code: 'E\\x07' });
  expect(problem.message).toBe(`dc\\x1b1 port 445 closed the connection (${'d'.repeat(300)}…)`);
});
