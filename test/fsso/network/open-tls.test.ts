import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openTcp } from '../../../src/fsso/network/open-tcp.ts';
import { openTls } from '../../../src/fsso/network/open-tls.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A connection to a machine that takes it and says nothing. */
async function connected() {
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const failure = (fault: string) => new Error(fault);
  const options = { host: '127.0.0.1', clock: systemClock, limitMs: 5000, failure };
  return { tcp: await openTcp({ ...options, port }), options };
}

test('a machine that says nothing to TLS is given up in time, and whoever gives up gets its own reason', async () => {
  const trust = { ca: [], checksName: true };
  const clock = new ManualClock();
  const { tcp, options } = await connected();
  const late = openTls(tcp, { ...options, clock, trust });
  clock.advance(5000);
  await expect(late).rejects.toThrow('tls-timeout');
  const other = await connected();
  const stop = new AbortController();
  const given = openTls(other.tcp, { ...other.options, trust, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  expect([tcp.destroyed, other.tcp.destroyed]).toEqual([true, true]);
});
