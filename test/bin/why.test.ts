import { expect, test, vi } from 'vitest';
import { logon } from '../support/fake-network.ts';
import { CommandHome } from '../support/run-command.ts';
import { ScriptedCollector } from '../support/scripted-collector.ts';

vi.setConfig({ testTimeout: 120_000 });

const alice = logon({ ip: '10.1.0.5', user: 'alice', workstation: 'PC-5', groups: 'CORP/SALES' });
const bob = logon({ ip: '10.1.0.6', user: 'bob', groups: 'CORP/IT' });

const config = (port: number, more: object = {}) =>
  JSON.stringify({
    identity: { serial: 'FGVM010000000001' },
    fsso: [{ name: 'corp', servers: [{ server: '127.0.0.1', port }] }],
    policies: [
      { policyid: 3, name: 'web', action: 'accept', 'fsso-groups': ['CORP/SALES'], dstaddr: ['servers'] },
    ],
    addresses: [{ name: 'servers', subnet: '10.9.0.0 255.255.0.0' }],
    ...more,
  });

test('why says of a user who is let in which policy does so, and of another what denies him', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [alice, bob] });
  await using home = await CommandHome.make(config(collector.port));
  const allowed = await home.run(['why', 'ALICE', '--to', '10.9.0.10']);
  expect(allowed).toMatchObject({ status: 0, diagnostics: [] });
  const [headline] = allowed.output.split('\n');
  expect(headline).toBe('CORP\\alice at 10.1.0.5 to 10.9.0.10: allowed');
  expect(allowed.output).toContain('policy 3 (web)');
  expect(Math.max(...allowed.output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const denied = await home.run(['why', '10.1.0.6', '--to', '10.9.0.10']);
  expect(denied.status).toBe(1);
  expect(denied.output).toContain('CORP\\bob at 10.1.0.6 to 10.9.0.10: denied; broken at: policy');
  expect(denied.output).toContain('case 13 of docs/troubleshooting.md');
  expect((await home.run(['why', 'alice'])).status).toBe(1);
});

test('why --json is the document of docs/cli.md', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [alice] });
  await using home = await CommandHome.make(config(collector.port));
  const { status, output } = await home.run(['why', 'CORP\\alice', '--to', '10.9.0.10', '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(output)).toEqual({
    subject: { kind: 'user', value: 'CORP\\alice' },
    to: '10.9.0.10',
    at: expect.stringMatching(/Z$/),
    allowed: true,
    outcome: 'allow',
    logon: {
      user: 'alice',
      domain: 'CORP',
      ip: '10.1.0.5',
      session: null,
      workstation: 'PC-5',
      groups: ['CORP/SALES'],
      connector: 'corp',
      server: `127.0.0.1:${collector.port}`,
    },
    others: [],
    steps: expect.arrayContaining([
      {
        step: 'link',
        state: 'ok',
        text: `127.0.0.1:${collector.port} is online and in use`,
        evidence: [expect.objectContaining({ source: `127.0.0.1:${collector.port}`, text: 'online' })],
        shownBy: null,
      },
    ]),
    broken: null,
    decisions: [
      expect.objectContaining({ source: 'configuration', outcome: 'allow', policy: { id: 3, name: 'web' } }),
    ],
  });
});

test('why of a user nobody saw, and with a collector that is down, says what is broken', async () => {
  await using collector = await ScriptedCollector.listen({ logons: [alice] });
  await using home = await CommandHome.make(config(collector.port));
  const unseen = await home.run(['why', 'mallory', '--to', '10.9.0.10', '--json']);
  expect(unseen.status).toBe(1);
  expect(JSON.parse(unseen.output)).toMatchObject({ logon: null, broken: { step: 'collector', row: 16 } });
  await using other = await CommandHome.make(config(1));
  const down = await other.run(['why', 'alice', '--to', '10.9.0.10', '--json']);
  expect(JSON.parse(down.output)).toMatchObject({ broken: { step: 'link', row: 2 } });
  expect(down.diagnostics).toEqual([expect.stringContaining('127.0.0.1:1 failed at tcp')]);
});

test('why refuses what is no address, before anything is asked', async () => {
  await using home = await CommandHome.make(config(1));
  expect(await home.run(['why', 'alice', '--to', 'server'])).toMatchObject({
    status: 2,
    diagnostics: ['fabrictop: --to: found server, expected an IPv4 or IPv6 address'],
  });
});
