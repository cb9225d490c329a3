import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { parseConfig } from '../../src/config/load.ts';

const entry =
  '{ name: CORP, controllers: [ dc1.corp.example, "10.0.0.1:49670" ], machine: COLLECTOR$, password: { env: P } }';

const collector = (ntlm: string): string => `collector: { ntlm: { ${ntlm} } }\n`;

function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

test('clients are verified where domains and gates are given, and never by default', () => {
  const text = collector(`domains: [ ${entry} ], gates: [ { listen: 10.0.0.5, port: 8090 } ]`);
  expect(parseConfig(text, 'c.yaml').collector?.ntlm).toMatchObject({
    gates: [{ mode: 'transparent' }],
    ...{ authtimeout: 5, 'ntlm-guest': 'disable', 'ntlm-enabled-browsers': [] },
  });
  expect(parseConfig('collector: {}\n', 'c.yaml').collector?.ntlm).toBeUndefined();
});

test('gates elsewhere are enough, and are off by default', () => {
  const tls = 'certificate: c.pem, key: k.pem';
  const link = 'gate-link: { listen: 10.0.0.5, port: 8004, ca: ca.pem, allowed: [ 10.0.0.0/24 ] }';
  const text = `collector: { ${tls}, ntlm: { domains: [ ${entry} ], ${link} } }\n`;
  expect(parseConfig(text, 'c.yaml').collector?.ntlm).toMatchObject({
    gates: [],
    'gate-link': { port: 8004 },
  });
  const local = collector(`domains: [ ${entry} ], gates: [ { listen: 10.0.0.5, port: 8090 } ]`);
  expect(parseConfig(local, 'c.yaml').collector?.ntlm?.['gate-link']).toBeUndefined();
});

test.each([
  ['domains: [], gates: [ { listen: 10.0.0.5, port: 8090 } ]', 'expected at least one domain'],
  [`domains: [ ${entry} ], gates: []`, 'expected at least one gate'],
  [
    `domains: [ ${entry} ], gates: [ { listen: 10.0.0.5, port: 8090 }, { listen: 10.0.0.5, port: 8091 } ]`,
    'expected at most one gate of each mode',
  ],
  [
    `domains: [ ${entry.replace('COLLECTOR$', 'COLLECTOR')} ], gates: [ { listen: 10.0.0.5, port: 8090 } ]`,
    'expected the name of a machine account such as COLLECTOR$',
  ],
  [
    `domains: [ ${entry}, ${entry} ], gates: [ { listen: 10.0.0.5, port: 8090 } ]`,
    'expected a name that no other entry of the list has',
  ],
  [
    `domains: [ ${entry.replace('{ env: P }', 'plain')} ], gates: [ { listen: 10.0.0.5, port: 8090 } ]`,
    'password',
  ],
])('what is wrong is said in one line: %#', (ntlm, said) => {
  const lines = problems(collector(ntlm));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(said);
});
