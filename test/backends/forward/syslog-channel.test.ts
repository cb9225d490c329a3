import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, test, vi } from 'vitest';
import type { ForwardItem } from '../../../src/backends/forward/item.ts';
import { type SyslogTarget, syslogChannel } from '../../../src/backends/forward/syslog-channel.ts';
import { systemClock } from '../../../src/clock.ts';
import { Authority } from '../../../src/lab/authority.ts';

const patience = { timeout: 10_000, interval: 5 };

function target(port: number, transport: SyslogTarget['transport'], ca: string | null = null): SyslogTarget {
  return {
    host: '127.0.0.1',
    port,
    transport,
    sourceIp: '127.0.0.1',
    ca,
    facility: 'local7',
    hostname: 'gate',
    version: '0.1.0',
    processId: 1,
  };
}

const line = (number: number, text = 'ä'): ForwardItem => ({
  number,
  event: { time: 0, level: 'info', source: 'corp', logId: null, text },
});

test('each line is a datagram', async () => {
  const socket = createSocket('udp4');
  const datagrams: string[] = [];
  socket.on('message', (message) => datagrams.push(message.toString()));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const channel = syslogChannel(target(socket.address().port, 'udp'), systemClock);
  try {
    expect(await channel.deliver([line(1), line(2, 'x'.repeat(5_000))])).toEqual({ ok: true });
    await vi.waitFor(() => expect(datagrams).toHaveLength(2), patience);
    expect(datagrams[0]).toMatch(/^<190>1 1970.*msg="ä"$/);
    expect(datagrams[1]).toHaveLength(2_048);
  } finally {
    await channel.close();
    socket.close();
  }
});

test('a stream carries counted lines, and a broken connection is made anew', async () => {
  let received = '';
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
      if (connections === 1) socket.destroy();
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const channel = syslogChannel(target((server.address() as AddressInfo).port, 'tcp'), systemClock);
  try {
    expect(await channel.deliver([line(1)])).toEqual({ ok: true });
    await vi.waitFor(() => expect(received).toContain('sequenceId="1"'), patience);
    // A line that is under way while the connection breaks may be refused or lost; the ones after it arrive.
    await vi.waitFor(async () => {
      await channel.deliver([line(2)]);
      expect(received).toContain('sequenceId="2"');
    }, patience);
    const [length = '', rest = ''] = [received.split(' ', 1)[0], received.slice(received.indexOf(' ') + 1)];
    expect(Buffer.from(rest).subarray(0, Number(length)).toString()).toMatch(/^<190>1 .*msg="ä"$/);
    expect(connections).toBeGreaterThan(1);
  } finally {
    await channel.close();
    server.close();
  }
});

test('a server that cannot be reached is a reason and another try', async () => {
  const channel = syslogChannel(target(1, 'tcp'), systemClock);
  expect(await channel.deliver([line(1)])).toEqual({
    ok: false,
    drop: false,
    reason: 'connection refused',
    retryAfterMs: null,
  });
  await channel.close();
});

test('TLS goes to a server whose certificate is verified, and to no other', async () => {
  const ca = await Authority.create('Syslog CA', Date.now());
  const { certificate, key } = await ca.issue({
    commonName: 'syslog',
    organizationalUnit: 'Test',
    altNames: [{ ip: '127.0.0.1' }],
  });
  let received = '';
  const server = createTlsServer({ cert: certificate, key }, (socket) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stranger = syslogChannel(target(port, 'tls'), systemClock);
  const trusted = syslogChannel(target(port, 'tls', ca.certificate), systemClock);
  try {
    expect(await stranger.deliver([line(1)])).toMatchObject({ ok: false, drop: false });
    expect(await trusted.deliver([line(2)])).toEqual({ ok: true });
    await vi.waitFor(() => expect(received).toContain('sequenceId="2"'), patience);
    expect(received).not.toContain('sequenceId="1"');
  } finally {
    await stranger.close();
    await trusted.close();
    server.close();
  }
});
