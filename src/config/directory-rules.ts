import type { Finding } from './finding.ts';
import type { Step } from './keys.ts';

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What belongs together in `ldap`, and that whoever names a directory names one that is there. Takes unchecked data. */
export function* directoryRules(root: Entry): Generator<Finding> {
  const list = listOf(root['ldap']);
  for (const [index, entry] of list.entries()) if (isEntry(entry)) yield* entryRules(entry, index, root);
  const names = list.flatMap((entry) =>
    isEntry(entry) && typeof entry['name'] === 'string' ? [entry['name']] : [],
  );
  for (const { path, name } of named(root))
    if (!names.includes(name))
      yield {
        path,
        text: `there is no ldap entry ${JSON.stringify(name)}, expected ${names.length === 0 ? 'the name of one: the list ldap is missing' : names.join(', ')}`,
      };
  yield* edirectoryRules(root['edirectory'], list);
}

/** Where an eDirectory's users are, somebody has to say. */
function* edirectoryRules(own: unknown, list: readonly unknown[]): Generator<Finding> {
  if (!isEntry(own) || own['dn'] !== undefined) return;
  const entry = list.find((each) => isEntry(each) && each['name'] === own['ldap']);
  if (isEntry(entry) && entry['dn'] === undefined)
    yield {
      path: ['edirectory', 'dn'],
      text: `missing, expected a distinguished name because the ldap entry ${JSON.stringify(own['ldap'])} has none`,
    };
}

function* named(root: Entry): Generator<{ path: Step[]; name: string }> {
  const collector = root['collector'];
  if (isEntry(collector))
    for (const [index, name] of listOf(collector['ldap']).entries())
      if (typeof name === 'string') yield { path: ['collector', 'ldap', index], name };
  const edirectory = root['edirectory'];
  if (isEntry(edirectory) && typeof edirectory['ldap'] === 'string')
    yield { path: ['edirectory', 'ldap'], name: edirectory['ldap'] };
  for (const [index, entry] of listOf(root['fsso-polling']).entries())
    if (isEntry(entry) && typeof entry['ldap-server'] === 'string')
      yield { path: ['fsso-polling', index, 'ldap-server'], name: entry['ldap-server'] };
  for (const [index, entry] of listOf(root['fsso']).entries())
    for (const key of ['ldap-server', 'user-info-server']) {
      const name = isEntry(entry) ? entry[key] : undefined;
      if (typeof name === 'string') yield { path: ['fsso', index, key], name };
    }
}

function* entryRules(entry: Entry, index: number, root: Entry): Generator<Finding> {
  const missing = (key: string, text: string): Finding => ({
    path: ['ldap', index, key],
    text: `missing, expected ${text}`,
  });
  if (entry['type'] === 'anonymous') {
    for (const key of ['username', 'password'])
      if (entry[key] !== undefined) yield { path: ['ldap', index, key], text: 'needs type: regular' };
  } else if (entry['type'] === undefined || entry['type'] === 'regular')
    for (const key of ['username', 'password'])
      if (entry[key] === undefined)
        yield missing(
          key,
          `${key === 'password' ? 'a secret' : 'the name of an account'} because type is regular`,
        );
  const trust = root['trust'];
  const installed = isEntry(trust) && listOf(trust['ca']).length > 0;
  if (entry['secure'] === 'disable') {
    if (entry['ca-cert'] !== undefined)
      yield { path: ['ldap', index, 'ca-cert'], text: 'needs secure: ldaps or starttls' };
  } else if (
    ['ldaps', 'starttls'].includes(String(entry['secure'])) &&
    entry['ca-cert'] === undefined &&
    !installed
  )
    yield missing(
      'ca-cert',
      'a file with the CA of the servers because they are spoken to over TLS (or list it under trust.ca)',
    );
}
