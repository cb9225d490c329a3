import { afterEach, expect, test } from 'vitest';
import { DirectoryClient } from '../../../src/fsso/directory/client.ts';
import { type LdapServer, ldap, startLdapServer } from '../../support/ldap-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const opened: (LdapServer | DirectoryClient)[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await ('stop' in each ? each.stop() : each.close());
});

const dn = 'CN=Everybody,DC=corp,DC=example';
const groups = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `CN=G${from + index},DC=corp,DC=example`);

/** A server that answers `memberOf` as `parts` says: from the number that is asked for to a part of the attribute. */
async function asking(parts: (from: number) => Record<string, string[]> | null) {
  const server = await startLdapServer({
    answer: ({ id, kind, bytes }, socket) => {
      if (kind === 'bind') socket.write(ldap.bound(id));
      if (kind !== 'search') return;
      const [, from] = /memberOf;range=(\d+)-\*/i.exec(bytes.toString('latin1')) ?? [];
      const values = parts(Number(from ?? 0));
      if (values) socket.write(ldap.entry(id, dn, { cn: ['Everybody'], ...values }));
      socket.write(ldap.done(id));
    },
  });
  const client = new DirectoryClient({
    servers: [{ host: '127.0.0.1', port: server.port, security: 'plain' }],
    trust: { ca: [], checksName: true },
    login: null,
    clock: new ManualClock(),
  });
  opened.push(client, server);
  const search = () => client.search({ base: dn, scope: 'base', attributes: ['cn', 'memberOf'] });
  return { search, server };
}

test('values that come in parts are asked for until the last one, and are one attribute then', async () => {
  const { search, server } = await asking((from) => {
    const last = from === 3000 ? '*' : from + 1499;
    return { [`memberOf;range=${from}-${last}`]: groups(from, from === 3000 ? 3007 : from + 1500) };
  });
  const [entry] = await search();
  expect(entry?.texts('memberOf')).toEqual(groups(0, 3007));
  expect(entry?.text('cn')).toBe('Everybody');
  expect(entry?.cutShort).toEqual([]);
  expect(server.requests.filter(({ kind }) => kind === 'search')).toHaveLength(3);
});

test('an object that goes meanwhile is known by the values that came', async () => {
  const { search } = await asking((from) => (from === 0 ? { 'memberOf;range=0-1': groups(0, 2) } : null));
  expect((await search())[0]?.texts('memberOf')).toEqual(groups(0, 2));
});

test('a server that gives the first part again and again is asked no further', async () => {
  const { search } = await asking(() => ({ 'memberOf;range=0-1': groups(0, 2) }));
  expect((await search())[0]?.texts('memberOf')).toEqual(groups(0, 2));
});

test('all values that came at once are asked for once', async () => {
  const { search, server } = await asking(() => ({ memberOf: groups(0, 5) }));
  expect((await search())[0]?.texts('memberOf')).toEqual(groups(0, 5));
  expect(server.requests.filter(({ kind }) => kind === 'search')).toHaveLength(1);
});

test('a server whose parts never end is refused', async () => {
  const { search } = await asking((from) => ({ [`memberOf;range=${from}-${from}`]: groups(from, from + 1) }));
  await expect(search()).rejects.toThrow(/more entries for one search than are taken/);
});
