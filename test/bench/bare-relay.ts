import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { receiveBuffer } from '../../src/fsso/collector/limits.ts';

// What is measured beside the collector: datagrams in, the same octets out to whoever is connected, and nothing else.
const peers = new Set<Socket>();
const server = createServer((socket) => {
  peers.add(socket.setNoDelay(true));
  socket.on('close', () => peers.delete(socket)).on('error', () => undefined);
});
const agents = createSocket('udp4');
agents.on('message', (payload) => {
  for (const peer of peers) peer.write(payload);
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
await new Promise<void>((done) => agents.bind(0, '127.0.0.1', done));
agents.setRecvBufferSize(receiveBuffer);
const bound = server.address();
const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
process.stderr.write(
  `${JSON.stringify({ msg: 'listening', fortigate: `127.0.0.1:${port}`, agents: `127.0.0.1:${agents.address().port}` })}\n`,
);
