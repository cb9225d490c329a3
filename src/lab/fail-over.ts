import { createServer } from 'node:net';
import type { Clock } from '../clock.ts';
import { Collector } from '../fsso/collector/collector.ts';
import { agentFeed } from '../fsso/collector/feeds/agents.ts';
import { Authority } from './authority.ts';
import { FaultyCollector } from './faults/faulty-collector.ts';
import { loopback } from './loopback.ts';

/** One more FSSO connector of the lab, over TLS. */
export interface LabSecureConnector {
  readonly name: string;
  /** PEM of the CA that its collectors are to be trusted by. */
  readonly ca: string;
  readonly collectors: readonly { host: string; port: number; password: string }[];
}

/** A port that nobody listens on: it was given by the system and is free again. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * What stands before the collectors that work: a service that is stopped, one that hangs, and another program on the port.
 * `stops` takes what ends them.
 */
export async function startUnusable(
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<{ host: string; port: number }[]> {
  const [silent, stranger] = await Promise.all([
    FaultyCollector.start('silent', clock),
    FaultyCollector.start('another-service', clock),
  ]);
  stops.push(
    () => silent.stop(),
    () => stranger.stop(),
  );
  return [await closedPort(), silent.port, stranger.port].map((port) => ({ host: loopback, port }));
}

/** A connector over TLS whose first collector shows a certificate for another name; gives the ports of its agents too. */
export async function startSecure(
  options: Pick<ConstructorParameters<typeof Collector>[0], 'groups' | 'deadEntryTimeoutMs' | 'clock'>,
  password: string,
  stops: (() => Promise<void> | void)[],
): Promise<{ connector: LabSecureConnector; agentPorts: number[] }> {
  const authority = await Authority.create('Example Corp Server CA', options.clock.now());
  const names = [[{ dns: 'old-dc.corp.example' }], [{ dns: 'dc01.corp.example' }, { ip: loopback }]];
  const collectors: { host: string; port: number; password: string }[] = [];
  const agentPorts: number[] = [];
  for (const altNames of names) {
    const { certificate, key } = await authority.issue({
      commonName: altNames[0] && 'dns' in altNames[0] ? (altNames[0].dns ?? '') : '',
      organizationalUnit: 'FSSO',
      altNames,
    });
    const collector = new Collector({
      ...options,
      listen: loopback,
      port: 0,
      tls: { port: 0, certificate, key },
      feeds: [agentFeed({ listen: loopback, port: 0, allowed: [`${loopback}/32`] })],
      password,
      fortigates: null,
      dns: [],
      filters: {},
      log: () => undefined,
    });
    const { fortigateTls, feeds } = await collector.start();
    stops.push(() => collector.stop());
    agentPorts.push(feeds.agents?.port ?? 0);
    collectors.push({ host: loopback, port: fortigateTls?.port ?? 0, password });
  }
  return { connector: { name: 'branch', ca: authority.certificate, collectors }, agentPorts };
}
