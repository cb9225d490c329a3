import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DcAgent } from '../../../src/fsso/agents/dc.ts';
import { TsAgent } from '../../../src/fsso/agents/ts.ts';
import { encodeDatagram } from '../../../src/fsso/wire/datagram.ts';
import { EncodeError } from '../../../src/fsso/wire/element.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { patience } from '../../support/raw-fortigate.ts';

/** A bare socket in the collector's place, which keeps what comes as it comes. */
async function listener() {
  const socket: Socket = createSocket('udp4');
  const datagrams: Buffer[] = [];
  socket.on('message', (payload) => datagrams.push(Buffer.from(payload)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return {
    datagrams,
    port: socket.address().port,
    has: (count: number) => vi.waitFor(() => expect(datagrams).toHaveLength(count), patience),
  };
}

const common = (ports: number[], clock: ManualClock) => ({
  collectors: ports.map((port) => ({ host: '127.0.0.1', port })),
  domain: 'CORP',
  version: '5.0.0278',
  keepaliveMs: 10_000,
  clock,
});

test('a DC agent sends keepalives from its start on, and every logon once to each collector', async () => {
  const clock = new ManualClock(1_713_732_662_000);
  const [one, other] = [await listener(), await listener()];
  const agent = new DcAgent(common([one.port, other.port], clock));
  await agent.start();
  await agent.logon({ workstation: 'WINPC01', domain: 'FORTILABMX', user: 'user1', ip: '192.168.201.199' });
  clock.advance(10_000);
  for (const { has, datagrams } of [one, other]) {
    await has(3);
    expect(datagrams.map((datagram) => datagram.toString('hex'))).toEqual([
      encodeDatagram({
        kind: 'keepalive',
        time: 1_713_732_662,
        domain: 'CORP',
        version: '5.0.0278',
      }).toString('hex'),
      // The published sample: 37 bytes, 24 of them text.
      '002566257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f757365723100',
      encodeDatagram({
        kind: 'keepalive',
        time: 1_713_732_672,
        domain: 'CORP',
        version: '5.0.0278',
      }).toString('hex'),
    ]);
  }
  await agent.stop();
  expect(clock.waiting).toBe(0);
});

test('without an address the datagram carries 0.0.0.0, and a second address stands behind the text', async () => {
  const clock = new ManualClock(1_713_732_662_000);
  const { port, datagrams, has } = await listener();
  const agent = new DcAgent(common([port], clock));
  await agent.start();
  const who = { workstation: 'WINPC01', domain: 'FORTILABMX', user: 'user1' };
  await agent.logon({ ...who, ip: null });
  await agent.logon({ ...who, ip: '192.168.201.199', ip2: '10.20.30.99' });
  await has(3);
  expect(datagrams[1]?.subarray(6, 10).toString('hex')).toBe('00000000');
  expect(datagrams[2]?.toString('hex')).toBe(
    '002966257c36c0a8c9c7001857494e504330312f464f5254494c41424d582f7573657231000a141e63',
  );
  await agent.stop();
});

test('a TS agent sends session and ports behind the address of its server', async () => {
  const clock = new ManualClock(1_713_732_800_000);
  const { port, datagrams, has } = await listener();
  const agent = new TsAgent(common([port], clock));
  await agent.start();
  await agent.logon({
    session: 3,
    domain: 'FORTILABMX',
    user: 'BOB',
    ip: '10.0.0.60',
    ports: [
      [1224, 1423],
      [1424, 1623],
    ],
  });
  await has(2);
  // Session 3 with two blocks, as an independent encoder writes it.
  expect(datagrams[1]?.toString('hex')).toBe(
    '004966257cc00a00003c001831302e302e302e36302f464f5254494c41424d58' +
      '2f424f4200000000000000000000000000000000028000001800000003000000' +
      '0204c8058f05900657',
  );
  await agent.stop();
});

test('names that would be read back as others are refused and nothing is sent', async () => {
  const clock = new ManualClock();
  const { port, datagrams, has } = await listener();
  const agent = new DcAgent(common([port], clock));
  await agent.start();
  const who = { workstation: 'PC1', domain: 'CORP', user: 'alice', ip: '10.0.0.1' };
  await expect(agent.logon({ ...who, domain: 'A/B' })).rejects.toThrow(EncodeError);
  await expect(agent.logon({ ...who, domain: 'KeepAlive' })).rejects.toThrow(EncodeError);
  await expect(agent.logon({ ...who, user: 'x'.repeat(70_000) })).rejects.toThrow(EncodeError);
  await agent.logon(who);
  await has(2);
  expect(datagrams).toHaveLength(2);
  await agent.stop();
});

test('a collector that is away does not stop the agent, and gets what is sent after it came back', async () => {
  const clock = new ManualClock();
  const gone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address();
  await new Promise<void>((done) => gone.close(() => done()));
  const agent = new DcAgent(common([port], clock));
  await agent.start();
  const who = { workstation: 'PC1', domain: 'CORP', ip: '10.0.0.1' };
  for (let index = 0; index < 5; index++) await agent.logon({ ...who, user: `lost${index}` });
  const back = createSocket('udp4').bind(port, '127.0.0.1');
  await once(back, 'listening');
  const arrived = once(back, 'message');
  await agent.logon({ ...who, user: 'found' });
  expect(String((await arrived)[0])).toContain('found');
  await agent.stop();
  back.close();
});

test('a collector whose name has no address is an error at the start, and nothing is left open', async () => {
  const clock = new ManualClock();
  const agent = new DcAgent({
    ...common([], clock),
    collectors: [{ host: 'collector.invalid', port: 8002 }],
  });
  await expect(agent.start()).rejects.toThrow('collector.invalid');
  expect(clock.waiting).toBe(0);
});

test('an agent that sends without pause lets the rest of the process have its turn', async () => {
  const clock = new ManualClock();
  const { port, datagrams, has } = await listener();
  const agent = new DcAgent(common([port], clock));
  await agent.start();
  for (let index = 0; index < 1000; index++)
    await agent.logon({ workstation: 'PC1', domain: 'CORP', user: `u${index}`, ip: '10.0.0.1' });
  expect(datagrams.length).toBeGreaterThan(500);
  await has(1001);
  await agent.stop();
});
