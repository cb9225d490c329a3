import { afterEach, describe, expect, test } from 'vitest';
import {
  answering,
  client,
  closeDirectories,
  failureOf,
  oneEntry,
  plain,
  question,
  server,
} from '../../support/directory-client.ts';
import { eventually } from '../../support/lab-users.ts';
import { element, ldap } from '../../support/ldap-server.ts';

afterEach(closeDirectories);

describe('a server that lies', () => {
  const lies: [string, (id: number) => Buffer][] = [
    ['an entry that breaks off', (id) => ldap.message(id, element(0x64, element(0x04, 'CN=a')))],
    ['an answer to another question', (id) => ldap.done(id + 1)],
    ['a message of 4 GB', () => Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02])],
    ['a negative length', () => Buffer.from([0x30, 0x84, 0x80, 0x00, 0x00, 0x00, 0x02])],
    ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a bind in place of entries', (id) => Buffer.concat([ldap.bound(id), ldap.entry(id, 'CN=late')])],
    [
      'more in one page than there can be',
      (id) => Buffer.concat(Array.from({ length: 31 }, () => ldap.entry(id, 'CN=a'))),
    ],
    [
      'more bytes than there can be',
      (id) => Buffer.concat([1, 2].map(() => ldap.entry(id, 'CN=a', { cn: ['x'.repeat(900)] }))),
    ],
  ];
  test.each(lies)('%s: the connection ends, and the next server answers', async (_, lie) => {
    const liar = await server({ answer: answering((id, socket) => socket.write(lie(id))) });
    const good = await server({ answer: oneEntry });
    const directory = client([plain(liar), plain(good)], {}, { mostPageEntries: 30, pageBytes: 1500 });
    expect((await directory.search(question)).map(({ dn }) => dn)).toEqual(['CN=a']);
    await eventually(() => expect(liar.open).toBe(0));
    expect(directory.servers[0]?.problem).toMatchObject({ stage: 'search' });
  });

  test('pages without end are ended', async () => {
    let asked = 0;
    const one = await server({
      answer: answering((id, socket) => {
        asked += 1;
        socket.write(Buffer.concat([ldap.entry(id, 'CN=a'), ldap.page(id, 'again')]));
      }),
    });
    const { problem } = await failureOf(client([plain(one)], {}, { mostEntries: 100 }).search(question));
    expect(problem.message).toContain('more entries');
    expect(asked).toBeLessThan(30);
  });

  test('texts of a server are made safe before people read them', async () => {
    const one = await server({
      answer: ({ id }, socket) => socket.write(ldap.bound(id, 49, '\u001b[31mboo\u0007')),
    });
    const { problem } = await failureOf(client([plain(one)]).search(question));
    expect(problem.message).toContain('boo');
    expect(problem.message).not.toContain('\u001b');
  });
});
