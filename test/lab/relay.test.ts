import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Relay } from '../../src/lab/relay.ts';

async function relayToEcho() {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { address, port } = echo.address() as AddressInfo;
  const relay = await Relay.start({ address, port });
  onTestFinished(async () => {
    await relay.stop();
    echo.close();
  });
  return relay;
}

async function open(relay: Relay) {
  const socket = connect(relay.port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('a relay passes bytes both ways', async () => {
  const socket = await open(await relayToEcho());
  socket.write('there and back');
  expect(await once(socket, 'data')).toEqual(['there and back']);
});

test('a frozen relay takes connections and passes nothing; thawed, it closes what it froze', async () => {
  const relay = await relayToEcho();
  relay.freeze();
  const socket = await open(relay);
  let heard = '';
  socket.on('data', (text) => {
    heard += text;
  });
  socket.write('lost');
  const closed = once(socket, 'close');
  // A round trip on a connection of its own takes at least as long as an answer here would have.
  const other = await open(await relayToEcho());
  other.write('x');
  await once(other, 'data');
  relay.thaw();
  await closed;
  expect(heard).toBe('');
});
