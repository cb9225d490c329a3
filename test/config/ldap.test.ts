import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { parseConfig } from '../../src/config/load.ts';

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

const entry = (more = '') =>
  `ldap:\n  - { name: corp, server: dc1.corp.example, secure: ldaps, ca-cert: ca.pem, username: svc@corp.example, password: { env: P }${more} }\n`;

test('a directory has the options of FortiOS, and defaults that are safe', () => {
  expect(parseConfig(entry(), 'c.yaml').ldap[0]).toEqual({
    name: 'corp',
    server: 'dc1.corp.example',
    secure: 'ldaps',
    'ca-cert': 'ca.pem',
    'server-identity-check': 'enable',
    type: 'regular',
    username: 'svc@corp.example',
    password: { env: 'P' },
    cnid: 'sAMAccountName',
  });
});

test('a collector names its directories; groups are looked up at logon and known for ten minutes', () => {
  const { collector } = parseConfig(`${entry()}collector: { ldap: [ corp ] }\n`, 'c.yaml');
  expect(collector).toMatchObject({
    ldap: ['corp'],
    'directory-access': 'standard',
    'nested-groups': 'token-groups',
    'universal-groups': 'disable',
    'trusted-domains': 'disable',
    'group-cache-minutes': 10,
    'group-lookup-interval': 0,
  });
});

describe('what is wrong is one line', () => {
  test.each([
    ['ldap: [ { name: a, server: b, type: anonymous } ]', 'ldap[0].secure'],
    ['ldap: [ { name: a, server: b, secure: tls, type: anonymous } ]', 'expected ldaps, starttls or disable'],
    [
      'ldap: [ { name: a, server: b, secure: disable, type: simple } ]',
      'simple logs in with the password of the user',
    ],
    ['ldap: [ { name: a, server: b, secure: disable, password: { env: P } } ]', 'ldap[0].username: missing'],
    [
      'ldap: [ { name: a, server: b, secure: disable, type: anonymous, username: c } ]',
      'ldap[0].username: needs type: regular',
    ],
    ['ldap: [ { name: a, server: b, secure: starttls, type: anonymous } ]', 'ldap[0].ca-cert: missing'],
    [
      'ldap: [ { name: a, server: b, secure: disable, ca-cert: x, type: anonymous } ]',
      'ldap[0].ca-cert: needs secure',
    ],
    [
      'ldap: [ { name: a, server: b, secure: disable, username: c, password: hunter2 } ]',
      'a secret is never a literal',
    ],
    [
      `${entry()}collector: { ldap: [ corp, emea ] }`,
      'collector.ldap[1]: there is no ldap entry "emea", expected corp',
    ],
    ['collector: { ldap: [ corp ] }', 'the list ldap is missing'],
    [`${entry()}${entry().replace('ldap:\n', '')}`, 'is already the name of ldap[0]'],
  ])('%s', (text, words) => {
    const lines = problems(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
    expect(lines[0]).not.toContain('hunter2');
  });

  test('the CAs of trust.ca are enough', () => {
    expect(
      problems('trust: { ca: [ a.pem ] }\nldap: [ { name: a, server: b, secure: ldaps, type: anonymous } ]'),
    ).toEqual([]);
  });
});
