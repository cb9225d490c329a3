import { expect, test, vi } from 'vitest';
import { encodeDatagram } from '../../../src/fsso/wire/datagram.ts';
import { encodeSendAll } from '../../../src/fsso/wire/messages.ts';
import { patience } from '../../support/raw-fortigate.ts';
import { runningCollector } from '../../support/running-collector.ts';

// The limits inside are shorter, so that a failure says what did not come.
vi.setConfig({ testTimeout: 30_000 });

const _sales = { 'CORP\\alice': ['CORP/Sales'], '*': ['CORP/Domain Users'] };

test('a table of 12,000 goes out in frames of at most 5,000, and an event in the meantime comes behind them', async () => {
  const { collector, connect, send, logon, all } = await runningCollector();
  for (let index = 0; index < 12_000; index++) {
    const ip = `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const who = { workstation: `PC${index}`, domain: 'CORP', user: `u${index}` };
    await send(encodeDatagram({ kind: 'logon', time: 1, ip, ...who }));
    // The collector is in this process and has to have its turn before its buffer is full.
    if (index % 100 === 99)
      await vi.waitFor(() => expect(collector.status.entries).toBe(index + 1), patience);
  }
  await vi.waitFor(() => expect(collector.status.entries).toBe(12_000), patience);
  const fortigate = await connect();
  await fortigate.hello();
  fortigate.sendAll();
  // While the bulk is under way.
  await fortigate.has('bulk-start');
  await logon({ ip: '10.200.0.1' });
  await fortigate.has('event');
  const kinds = fortigate.messages.map((message) => message.kind).filter((kind) => kind !== 'bulk-record');
  expect(kinds).toEqual([
    'hello',
    'auth-result',
    ...['bulk-start', 'bulk-end', 'bulk-start', 'bulk-end', 'bulk-start', 'bulk-end'],
    'event',
  ]);
  expect(new Set(fortigate.bulk.map((record) => record.ip)).size).toBe(12_000);
  expect(fortigate.all('bulk-start').map((start) => start.sync)).toEqual([100_002, 100_003, 100_004]);
  expect(fortigate.all('event')[0]?.sync).toBe(100_005);
  expect(all('all logons sent')).toMatchObject([{ logons: 12_000, frames: 3 }]);
  // Requests that come while a bulk is under way are answered by one more, behind it.
  const impatient = await connect();
  await impatient.hello();
  impatient.socket.write(Buffer.concat([encodeSendAll(2), encodeSendAll(3), encodeSendAll(4)]));
  await impatient.has('bulk-end', 6);
  await logon({ ip: '10.200.0.2' });
  await impatient.has('event');
  expect(impatient.all('bulk-end')).toHaveLength(6);
});

test('a FortiGate that does not read is disconnected at the bound, and the others go on', async () => {
  const limits = { queuedBytes: 200_000, queuedEvents: 1000, bulkFrameBytes: 100_000 };
  const { collector, online, logon, all } = await runningCollector({ limits });
  const reading = await online();
  const stuck = await online({ identity: 'FGSTUCK-root' });
  stuck.socket.pause();
  let sent = 0;
  while (all('fortigate closed').length === 0) {
    for (let index = 0; index < 200; index++) {
      sent += 1;
      await logon({ ip: `10.0.${(sent >> 8) & 255}.${sent & 255}`, user: 'u'.repeat(500) });
    }
    await reading.has('event', sent);
    for (const { queuedBytes } of collector.status.fortigates) expect(queuedBytes).toBeLessThan(300_000);
  }
  expect(all('fortigate closed')).toMatchObject([
    { identity: 'FGSTUCK-root', why: 'the FortiGate does not read what it is sent' },
  ]);
  expect(reading.ended).toBe(false);
}, 60_000);

test('a bulk to a FortiGate that does not read waits without growing, and nothing comes between its frames', async () => {
  const limits = { queuedBytes: 8_000_000, queuedEvents: 1000, bulkFrameBytes: 100_000 };
  const { collector, connect, logon, clock } = await runningCollector({
    limits,
    groups: {
      '*': Array.from({ length: 200 }, (_, index) => `CORP/A GROUP WITH A RATHER LONG NAME ${index}`),
    },
  });
  for (let index = 0; index < 2000; index++)
    await logon({ ip: `10.0.${index >> 8}.${index & 255}`, user: `u${index}` });
  await vi.waitFor(() => expect(collector.status.entries).toBe(2000), patience);
  const fortigate = await connect();
  await fortigate.hello();
  fortigate.socket.pause();
  fortigate.sendAll();
  await vi.waitFor(() => expect(collector.status.fortigates[0]?.queuedBytes).toBeGreaterThan(0), patience);
  expect(collector.status.fortigates[0]?.queuedBytes).toBeLessThan(1_000_000);
  clock.advance(30_000);
  await logon({ ip: '10.0.200.1' });
  await vi.waitFor(() => expect(collector.status.entries).toBe(2001), patience);
  fortigate.socket.resume();
  await fortigate.has('event');
  expect(fortigate.bulk).toHaveLength(2000);
  const kinds = new Set(fortigate.messages.map((message) => message.kind));
  expect([...kinds]).toEqual(['hello', 'auth-result', 'bulk-start', 'bulk-record', 'bulk-end', 'event']);
});
