import { createSocket } from 'node:dgram';
import { onTestFinished } from 'vitest';
import { Collector } from '../../src/fsso/collector/collector.ts';
import type { CollectorOptions } from '../../src/fsso/collector/collector-options.ts';
import type { CollectorEvent } from '../../src/fsso/collector/events.ts';
import { agentFeed } from '../../src/fsso/collector/feeds/agents.ts';
import { type DatagramToSend, encodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { ManualClock } from './manual-clock.ts';
import { type HelloOptions, RawFortigate } from './raw-fortigate.ts';

/** A collector on loopback with a clock that stands still, and what a test needs to feed and to ask it. */
export async function runningCollector({
  agentPort = 0,
  agents: allowed = null,
  ...options
}: Partial<CollectorOptions> & { agentPort?: number; agents?: string[] | null } = {}) {
  const listen = options.listen ?? '127.0.0.1';
  const clock = new ManualClock();
  const events: CollectorEvent[] = [];
  const collector = new Collector({
    listen,
    port: 0,
    feeds: [agentFeed({ listen, port: agentPort, allowed })],
    password: null,
    fortigates: null,
    dns: [],
    groups: {},
    filters: {},
    deadEntryTimeoutMs: 0,
    clock,
    log: (event) => events.push(event),
    ...options,
  });
  const { fortigate, fortigateTls, feeds } = await collector.start();
  const agentsAt = feeds.agents?.port ?? 0;
  const agent = createSocket('udp4');
  const opened: RawFortigate[] = [];
  let running = true;
  const stop = async () => {
    if (!running) return;
    running = false;
    await collector.stop();
  };
  onTestFinished(async () => {
    agent.close();
    for (const open of opened) open.close();
    await stop();
  });

  const time = () => Math.floor(clock.now() / 1000);
  const send = (payload: Buffer) =>
    new Promise<void>((done, failed) =>
      agent.send(payload, agentsAt, '127.0.0.1', (error) => (error ? failed(error) : done())),
    );
  return {
    collector,
    clock,
    events,
    port: fortigate.port,
    tlsPort: fortigateTls?.port ?? null,
    agentPort: agentsAt,
    stop,
    send,
    /** Sends a logon as a DC agent would. */
    logon: (more: Partial<DatagramToSend & { kind: 'logon' }> = {}) =>
      send(
        encodeDatagram({
          kind: 'logon',
          time: time(),
          ip: '10.0.0.1',
          workstation: 'PC1',
          domain: 'CORP',
          user: 'alice',
          ...more,
        }),
      ),
    /** Events of one kind. */
    all: (msg: CollectorEvent['msg']) => events.filter((event) => event.msg === msg),
    connect: async () => {
      const open = await RawFortigate.connect(fortigate.port);
      opened.push(open);
      return open;
    },
    online: async (hello: HelloOptions = {}) => {
      const open = await RawFortigate.online(fortigate.port, hello);
      opened.push(open);
      return open;
    },
  };
}
