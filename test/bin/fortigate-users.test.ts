import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fortigateToken } from '../support/lab-fabric.ts';
import { usersLab } from '../support/lab-users.ts';
import { CommandHome } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 180_000 });

async function home(lab: Awaited<ReturnType<typeof usersLab>>, more: readonly object[] = []) {
  const { fabric } = lab;
  const made = await CommandHome.make(
    JSON.stringify({
      trust: { ca: ['root.pem'] },
      fortigate: [
        { name: 'edge', url: `https://127.0.0.1:${fabric.fortigate.port}`, token: { env: 'TOKEN' } },
        ...more,
      ],
    }),
  );
  onTestFinished(() => made[Symbol.asyncDispose]());
  const ca = join(made.directory, 'root.pem');
  writeFileSync(ca, fabric.rootPem);
  chmodSync(ca, 0o600);
  return (...args: string[]) => made.run(['fortigate', ...args], { TOKEN: fortigateToken });
}

test('users, entries and policies of a FortiGate are printed, and as JSON', async () => {
  const lab = await usersLab();
  const run = await home(lab);
  const [users, fsso, policies, groups] = await Promise.all([
    run('users'),
    run('fsso', '--json'),
    run('policies'),
    run('groups'),
  ]);
  expect(users).toMatchObject({ status: 0, diagnostics: [] });
  expect(users.output).toMatch(
    /^edge: 2\n {2}10\.0\.0\.1 alice VDOM root: fsso by corp, groups FSSO_Sales, for \d+ s\n {2}10\.0\.0\.2 bob VDOM root: /,
  );
  expect(fsso.status).toBe(0);
  expect(JSON.parse(fsso.output)).toEqual({
    entries: [
      {
        fortigate: 'edge',
        vdom: 'root',
        name: 'corp',
        type: 'fsso',
        status: 'connected',
        activeServer: `127.0.0.1:${lab.feed.port}`,
        ldapServer: null,
      },
    ],
    total: 1,
    errors: [],
  });
  expect(policies.output).toBe(
    'edge: 2\n' +
      '  7 staff VDOM root: accept, from port2 all to port1 servers, groups FSSO_Sales, NTLM\n' +
      '  2 VDOM root: deny (disabled), from - - to - -, groups CORP/SALES\n',
  );
  expect(groups).toMatchObject({ status: 0, diagnostics: [] });
  expect(groups.output).toBe(
    'edge: 3\n' +
      '  FSSO_Sales VDOM root: fsso-service, members CORP/SALES\n' +
      '  CORP/DOMAIN USERS VDOM root: directory, from corp\n' +
      '  CORP/SALES VDOM root: directory, from corp\n',
  );
});

test('one FortiGate that does not answer leaves the others readable, and is told', async () => {
  const lab = await usersLab();
  const run = await home(lab, [{ name: 'gone', url: 'https://127.0.0.1:1', token: { env: 'TOKEN' } }]);
  const { status, output, diagnostics } = await run('users', '--json');
  expect(status).toBe(1);
  const told = JSON.parse(output);
  expect(told.users.map(({ fortigate, user }: Record<string, string>) => [fortigate, user])).toEqual([
    ['edge', 'alice'],
    ['edge', 'bob'],
  ]);
  expect(told.errors).toMatchObject([{ fortigate: 'gone', stage: 'connection' }]);
  expect(diagnostics.join()).toContain('FortiGate 127.0.0.1:1 was not reached');
});

test('deauth shows whom it hits and what is sent, and removes one user only with --write and --yes', async () => {
  const lab = await usersLab();
  const run = await home(lab);
  expect(await run('deauth', 'edge', 'alice', '--yes')).toEqual({
    status: 2,
    output: '',
    diagnostics: [
      'fabrictop: It would log a user off on a FortiGate, and fabrictop is read-only without --write',
    ],
  });
  const shown = await run('deauth', 'edge', 'ALICE', '--write');
  expect(shown.status).toBe(1);
  expect(shown.output).toMatch(
    /^edge would log off:\n {2}10\.0\.0\.1 alice VDOM root.*\nand be sent:\n {2}POST /,
  );
  expect(shown.output).toContain(
    '/api/v2/monitor/user/firewall/deauth?vdom=root {"user_type":"firewall","id":',
  );
  expect(lab.entry?.users).toHaveLength(2);
  const none = await run('deauth', 'edge', '10.9.9.9', '--write', '--yes');
  expect(none.diagnostics).toEqual(['fabrictop: edge: it has no user 10.9.9.9']);
  const done = await run('deauth', 'edge', '10.0.0.1', '--write', '--yes');
  expect(done.status).toBe(0);
  expect(done.output).toContain('alice at 10.0.0.1 was logged off\n');
  expect(lab.entry?.users.map(({ logon }) => logon.record.user)).toEqual(['bob']);
  const refreshed = await run('refresh-fsso', 'edge', '--write');
  expect(refreshed).toMatchObject({ status: 0, output: 'edge reads the groups of its collectors again\n' });
  expect(JSON.stringify([shown, none, done, refreshed])).not.toContain(fortigateToken);
});
