import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTcpPipe } from '../../../src/fsso/rpc/tcp-pipe.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A server that says what it is told to. */
async function opened(answerMs?: number) {
  const clock = new ManualClock();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pipe = await openTcpPipe({
    ...{ host: '127.0.0.1', port, clock, limitMs: 5000 },
    ...(answerMs !== undefined && { answerMs }),
  });
  onTestFinished(async () => {
    await pipe.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const peer = await vi.waitFor(() => sockets[0] ?? Promise.reject(new Error('not there yet')));
  return { pipe, peer, clock };
}

test('reads leave nothing behind on a signal that lives on', async () => {
  const { pipe, peer } = await opened();
  const { signal } = new AbortController();
  for (const text of ['one', 'two', 'three']) {
    const read = pipe.read(signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    peer.write(text);
    expect(String(await read)).toBe(text);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  }
});

test('a read that is given up ends at once, and leaves nothing behind', async () => {
  const { pipe } = await opened(5000);
  const control = new AbortController();
  const read = pipe.read(control.signal);
  control.abort(new Error('given up'));
  await expect(read).rejects.toThrow('given up');
  expect(getEventListeners(control.signal, 'abort')).toHaveLength(0);
});

test('a peer that says nothing in time is taken for gone', async () => {
  const { pipe, peer, clock } = await opened(5000);
  const first = pipe.transact(Buffer.from('are you there?'));
  clock.advance(4999);
  peer.write('yes');
  expect(String(await first)).toBe('yes');
  const failed = expect(pipe.read()).rejects.toMatchObject({
    code: 'ETIMEDOUT',
    message: expect.stringContaining('no answer within 5 s'),
  });
  clock.advance(4999);
  expect(pipe.isOver).toBe(false);
  clock.advance(1);
  await failed;
  expect(pipe.isOver).toBe(true);
  await expect(pipe.write(Buffer.from('hello?'))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});

test('a peer that closes is known before anybody reads', async () => {
  const { pipe, peer } = await opened();
  peer.end();
  await vi.waitFor(() => expect(pipe.isOver).toBe(true));
  await expect(pipe.read()).rejects.toMatchObject({ code: 'ECLOSED' });
});
