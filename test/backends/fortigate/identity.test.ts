import { expect, test, vi } from 'vitest';
import { deauthRequest } from '../../../src/backends/fortigate/identity.ts';
import { HttpFailure } from '../../../src/ems/http-failure.ts';
import type { LabTrouble } from '../../../src/lab/fortigate/troubles.ts';
import { ReadOnlyError } from '../../../src/verbs.ts';
import { fortigateSerial, fortigateToken, startFabric } from '../../support/lab-fabric.ts';
import { eventually, labClient, usersLab } from '../../support/lab-users.ts';

vi.setConfig({ testTimeout: 120_000 });

async function failureOf(promise: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpFailure)) throw error;
  return error;
}

test('users, entries, policies and groups are those of the VDOM that has them', async () => {
  const { client, feed } = await usersLab();
  const { identity } = client;
  expect(await identity.system()).toMatchObject({
    serial: fortigateSerial,
    version: 'v7.4.8',
    hostName: 'edge.corp.example',
    model: 'FortiGate VM64',
    vdoms: ['root', 'branch'],
  });
  expect(await identity.fssoEntries()).toEqual([
    {
      vdom: 'root',
      name: 'corp',
      type: 'fsso',
      status: 'connected',
      activeServer: `127.0.0.1:${feed.port}`,
      ldapServer: null,
    },
  ]);
  const { rows, isCut } = await identity.users();
  expect(isCut).toBe(false);
  expect(
    rows.map(({ user, ip, vdom, server, method, groups }) => [user, ip, vdom, server, method, groups]),
  ).toEqual([
    ['alice', '10.0.0.1', 'root', 'corp', 'fsso', ['FSSO_Sales']],
    ['bob', '10.0.0.2', 'root', 'corp', 'fsso', []],
  ]);
  const set = await identity.policies('edge');
  expect(set.policies.map(({ id, enabled, action, vdom }) => [id, enabled, action, vdom])).toEqual([
    [7, true, 'accept', 'root'],
    [2, false, 'deny', 'root'],
  ]);
  expect(set.policies[0]).toMatchObject({
    destinationAddresses: ['servers'],
    groups: ['FSSO_Sales'],
    ntlm: true,
  });
  expect(set.policies[1]?.fssoGroups).toEqual(['CORP/SALES']);
  expect(set.groups).toEqual([
    { name: 'FSSO_Sales', vdom: 'root', type: 'fsso-service', members: ['CORP/SALES'] },
  ]);
  expect(set.directoryGroups.map(({ name, server }) => [name, server])).toEqual([
    ['CORP/DOMAIN USERS', 'corp'],
    ['CORP/SALES', 'corp'],
  ]);
  expect(set.addresses.map(({ name, ranges, members }) => [name, ...ranges, ...members])).toEqual([
    ['servers', '10.9.0.0/16'],
    ['inside', 'servers'],
  ]);
  expect(set.missing).toEqual([]);
});

test('a logoff at the collector ends the user on the FortiGate', async () => {
  const { client, feed, entry } = await usersLab();
  await feed.logon({ ip: '10.0.0.1', user: 'carla' });
  await eventually(() => expect(entry?.users.map(({ logon }) => logon.record.user)).toContain('carla'));
  expect((await client.identity.users()).rows.map(({ user }) => user)).toEqual(['bob', 'carla']);
});

test('exactly one user is removed, and what was sent is what was shown', async () => {
  const { client } = await usersLab();
  const [alice] = (await client.identity.users()).rows;
  if (!alice) throw new Error('nobody is there');
  expect(deauthRequest(alice)).toEqual({
    path: '/api/v2/monitor/user/firewall/deauth',
    query: { vdom: 'root' },
    body: { user_type: 'firewall', id: alice.id, ip: '10.0.0.1', ip_version: 'ip4', method: 'fsso' },
  });
  expect(await client.identity.deauthenticate(alice)).toBe(true);
  expect((await client.identity.users()).rows.map(({ user }) => user)).toEqual(['bob']);
  // The same number once more: nobody is hit in her place.
  expect(await client.identity.deauthenticate(alice)).toBe(false);
  expect((await client.identity.users()).rows).toHaveLength(1);
});

test('a refresh of the entry brings back who was removed', async () => {
  const { client, entry, fabric } = await usersLab();
  const [alice] = (await client.identity.users()).rows;
  if (!alice) throw new Error('nobody is there');
  await client.identity.deauthenticate(alice);
  await client.identity.refreshServers('root');
  expect(fabric.fortigate.users.refreshed).toBe(1);
  await eventually(() => expect(entry?.users).toHaveLength(2));
});

test('somebody who is there under another number by now is not removed', async () => {
  const { client, feed, entry } = await usersLab();
  const [alice] = (await client.identity.users()).rows;
  if (!alice) throw new Error('nobody is there');
  await feed.logon({ ip: '10.0.0.1', user: 'carla' });
  await eventually(() => expect(entry?.users.map(({ logon }) => logon.record.user)).toContain('carla'));
  expect(await client.identity.deauthenticate(alice)).toBe(false);
  expect(entry?.users).toHaveLength(2);
});

test.each([{ id: null }, { method: null }, { method: 'something-new' }])(
  'a user of whom the FortiGate does not say enough cannot be singled out: %j',
  async (missing) => {
    const user = {
      vdom: 'root',
      id: 4,
      user: 'alice',
      ip: '2001:db8::1',
      method: 'fsso',
      server: null,
      groups: [],
      durationSeconds: null,
      expirySeconds: null,
      trafficBytes: null,
      policyId: null,
    };
    expect(deauthRequest(user)?.body).toMatchObject({ ip_version: 'ip6' });
    expect(deauthRequest({ ...user, ...missing })).toBeNull();
  },
);

test('without --write nobody is removed and nothing refreshed', async () => {
  const { fabric, entry } = await usersLab();
  const { identity } = labClient(fabric, { write: false });
  const [alice] = (await identity.users()).rows;
  if (!alice) throw new Error('nobody is there');
  await expect(identity.deauthenticate(alice)).rejects.toThrow(ReadOnlyError);
  await expect(identity.refreshServers(null)).rejects.toThrow(ReadOnlyError);
  expect([entry?.users.length, fabric.fortigate.users.refreshed]).toEqual([2, 0]);
});

test('a token that is held to one VDOM is told of that one', async () => {
  const { client } = await usersLab({ tokenVdom: 'branch' });
  expect((await client.identity.system()).vdoms).toEqual(['branch']);
  expect((await client.identity.users()).rows).toEqual([]);
});

test('what the profile does not allow is named with its access group, and leaves the rest', async () => {
  const { client } = await usersLab({ accessOf: { authgrp: 'none', utmgrp: 'none' } });
  const failure = await failureOf(client.identity.users());
  expect(failure).toMatchObject({ fault: 'forbidden', status: 403 });
  expect(failure.problem.fix.join()).toContain('access group authgrp');
  expect(failure.message).toContain('profile fabrictop_readers has no read access to authgrp');
  const set = await client.identity.policies('edge');
  expect(set.policies).toHaveLength(2);
  expect(set.missing.map((line) => line.split(':')[0])).toEqual(['user groups', 'groups of the directory']);
});

test('a list of many pages is read whole, and a release without pages gives it at once', async () => {
  const many = Array.from({ length: 4_321 }, (_, index) => ({ policyid: index + 1, name: `p${index}` }));
  for (const release of ['7.4', '7.0'] as const) {
    const fabric = await startFabric({ release, objects: { root: { policies: many } } });
    try {
      const { policies, missing } = await labClient(fabric).identity.policies('edge');
      expect([release, policies.length, policies.at(-1)?.id, missing]).toEqual([release, 4_321, 4_321, []]);
    } finally {
      await fabric.stop();
    }
  }
});

test.each(['7.0', '7.2', '7.4'] as const)(
  'endpoints are those of the EMS that FortiOS %s is connected to',
  async (release) => {
    const fabric = await startFabric({ release });
    try {
      fabric.ems.authorize(fortigateSerial);
      const client = labClient(fabric);
      expect((await client.identity.endpoints()).rows).toEqual([]);
      const [connector] = (await client.overview()).connectors;
      if (!connector) throw new Error('no connector');
      const { fingerprint } = await client.certificate(connector);
      await client.verify(connector, fingerprint ?? '');
      const { rows } = await client.identity.endpoints();
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.find(({ host }) => host === 'PRN-01')).toBeUndefined();
      const known = release === '7.0' ? null : 'FCTEMS0000000137';
      expect(rows[0]).toMatchObject({
        vdom: 'root',
        emsSerial: known,
        uid: expect.stringMatching(/^[0-9A-F]{32}$/i),
      });
    } finally {
      await fabric.stop();
    }
  },
);

test.each<[LabTrouble, string]>([
  ['silent', 'not-reached'],
  ['cut', 'not-reached'],
  ['web-page', 'unreadable'],
  ['not-json', 'unreadable'],
  ['endless', 'unreadable'],
  ['redirect', 'redirected'],
  ['throttled', 'throttled'],
  ['inside', 'server-error'],
  ['refused', 'refused'],
])('users from a FortiGate that is %s end as %s, without the token in any word', async (trouble, fault) => {
  const fabric = await startFabric();
  try {
    fabric.fortigate.troubles.set('user/firewall', trouble);
    const failure = await failureOf(labClient(fabric, { timeoutMs: 3_000 }).identity.users());
    expect(failure.fault).toBe(fault);
    expect(JSON.stringify([failure.problem, failure.stack])).not.toContain(fortigateToken);
  } finally {
    await fabric.stop();
  }
});
