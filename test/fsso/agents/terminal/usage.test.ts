import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { portsInUse, readUsage } from '../../../../src/fsso/agents/terminal/usage.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, remote: string, state: string, uid: number) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 12345 1 0000000000000000\n`;

test('ports of connections that leave the machine are counted by user, each once', () => {
  const text = [
    row('3C00000A:4E20', '01000008:01BB', '01', 1001),
    row('3C00000A:4E20', '02000008:01BB', '01', 1001),
    row('3C00000A:4E21', '01000008:01BB', '02', 1001),
    row('3C00000A:4E22', '01000008:01BB', '01', 1002),
    row('00000000:0016', '00000000:0000', '0A', 0), // listens
    row('0100007F:4E30', '0100007F:01BB', '01', 1002), // stays here
    row('00000000:4E31', '00000000:0000', '07', 1002), // a UDP socket that nothing was sent from
  ];
  expect(portsInUse(head + text.join(''))).toEqual(
    new Map([
      [1001, 2],
      [1002, 1],
    ]),
  );
});

test('IPv6 rows are counted in the same way', () => {
  const remote = '00000000000000000000000001000000:01BB';
  const mapped = '0000000000000000FFFF00000100007F:01BB';
  const outside = 'B80D01200000000000000000010000FF:01BB';
  const local = '00000000000000000000000000000000:4E2';
  const text = [remote, mapped, outside].map((each, index) => row(`${local}${index}`, each, '01', 1001));
  expect(portsInUse(head + text.join(''))).toEqual(new Map([[1001, 1]]));
  expect(portsInUse('')).toEqual(new Map());
  expect(portsInUse('one\ntwo three\n')).toEqual(new Map());
});

test('the tables of this machine are understood: a connection to ourselves is not counted', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'connect');
  const text = await import('node:fs').then(({ readFileSync }) => readFileSync('/proc/net/tcp', 'utf8'));
  expect(text).toContain(`:${socket.localPort?.toString(16).toUpperCase().padStart(4, '0')} `);
  const usage = await readUsage();
  for (const count of usage.values()) expect(count).toBeGreaterThan(0);
  expect(await readUsage('/no/such/place')).toEqual(new Map());
});
