import { expect, test, vi } from 'vitest';
import type { LabCluster } from '../../../src/lab/fortigate/system-panel.ts';
import { fortigateSerial, startFabric } from '../../support/lab-fabric.ts';
import { labClient } from '../../support/lab-users.ts';

vi.setConfig({ testTimeout: 120_000 });

const members = [
  { serial: fortigateSerial, hostName: 'edge', priority: 200, primary: true },
  { serial: 'FGVM01LAB0000003', hostName: 'edge-2', priority: 100, primary: false },
];
const pair: LabCluster = { mode: 'a-p', group: 'office', members };

async function clusterOf(options: Parameters<typeof startFabric>[0], serial = fortigateSerial) {
  const fabric = await startFabric(options);
  try {
    return await labClient(fabric).cluster(serial);
  } finally {
    await fabric.stop();
  }
}

test.each(['7.0', '7.2', '7.4', '7.6'] as const)('FortiOS %s says who is primary', async (release) => {
  const cluster = await clusterOf({ release, cluster: pair });
  expect(cluster).toEqual({ mode: 'a-p', group: 'office', role: 'primary', members, failures: [] });
  expect(await clusterOf({ release, cluster: pair }, 'FGVM01LAB0000003')).toMatchObject({
    role: 'secondary',
  });
});

test('a FortiGate that stands alone is asked for no members, and one that has no such call is told of', async () => {
  expect(await clusterOf({})).toEqual({
    mode: 'standalone',
    group: null,
    role: null,
    members: [],
    failures: [],
  });
  await expect(clusterOf({ accessOf: { sysgrp: 'none' } })).rejects.toThrow(/sysgrp|does not allow/);
});

test('where nobody says who is primary, nobody is taken for it', async () => {
  const nobody = members.map((each) => ({ ...each, primary: false }));
  const cluster = await clusterOf({ release: '7.4', cluster: { ...pair, members: nobody } });
  expect(cluster.role).toBeNull();
  expect(cluster.members.map(({ primary }) => primary)).toEqual([null, null]);
});
