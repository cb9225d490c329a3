import { onTestFinished, vi } from 'vitest';
import { FortigateClient } from '../../src/backends/fortigate/client.ts';
import { systemClock } from '../../src/clock.ts';
import { type HttpServer, judgeByName } from '../../src/ems/http-call.ts';
import type { LabFortigateOptions } from '../../src/lab/fortigate/server.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { fortigateToken, type LabFabric, startFabric } from './lab-fabric.ts';
import { patience } from './raw-fortigate.ts';
import { runningCollector } from './running-collector.ts';

export const eventually = (check: () => unknown) => vi.waitFor(check, { ...patience, timeout: 30_000 });

/** A client of the lab's FortiGate, which trusts the lab's authority. */
export function labClient(
  { fortigate, root }: LabFabric,
  { write = true, token = fortigateToken, timeoutMs = 20_000 } = {},
): FortigateClient {
  const server: HttpServer = {
    peer: 'FortiGate',
    host: '127.0.0.1',
    port: fortigate.port,
    timeoutMs,
    cas: () => [root],
    judge: judgeByName,
    clock: systemClock,
  };
  return new FortigateClient(server, token, new WriteGuard(write));
}

export const policies = [
  {
    policyid: 7,
    name: 'staff',
    status: 'enable',
    action: 'accept',
    srcintf: [{ name: 'port2' }],
    dstintf: [{ name: 'port1' }],
    srcaddr: [{ name: 'all' }],
    dstaddr: [{ name: 'servers' }],
    groups: [{ name: 'FSSO_Sales' }],
    ntlm: 'enable',
    uuid: 'of no interest',
  },
  { policyid: 2, action: 'deny', status: 'disable', 'fsso-groups': [{ name: 'CORP/SALES' }] },
];

/**
 * A FortiGate with an FSSO entry in VDOM `root` that takes its users from a real collector; alice and bob are logged on, and
 * bob works on a terminal server too.
 */
export async function usersLab(options: Partial<LabFortigateOptions> = {}) {
  const feed = await runningCollector({
    groups: { 'CORP\\alice': ['CORP/SALES'], '*': ['CORP/DOMAIN USERS'] },
  });
  const fabric = await startFabric({
    vdoms: ['root', 'branch'],
    fsso: [
      {
        name: 'corp',
        collectors: [{ host: '127.0.0.1', port: feed.port, password: null }],
        clock: systemClock,
      },
    ],
    objects: {
      root: {
        policies,
        groups: { FSSO_Sales: ['CORP/SALES'] },
        addresses: [{ name: 'servers', type: 'ipmask', subnet: '10.9.0.0 255.255.0.0' }],
        addressGroups: [{ name: 'inside', member: [{ name: 'servers' }] }],
      },
    },
    ...options,
  });
  onTestFinished(() => fabric.stop());
  const [entry] = fabric.fortigate.users.entries;
  await feed.logon({ ip: '10.0.0.1', user: 'alice' });
  await feed.logon({ ip: '10.0.0.2', user: 'bob', workstation: 'PC2' });
  await eventually(() => {
    if (entry && entry.users.length < 2) throw new Error('not all are there');
  });
  return { feed, fabric, entry, client: labClient(fabric) };
}
