import { expect, test } from 'vitest';
import { readAccount } from '../../../../src/fsso/collector/feeds/account.ts';

test.each([
  ['anna', 'CORP', { domain: 'CORP', user: 'anna' }],
  ['SALES\\anna', 'CORP', { domain: 'SALES', user: 'anna' }],
  ['\\anna', 'CORP', { domain: 'CORP', user: 'anna' }],
  ['anna@corp.example', 'CORP', { domain: 'corp.example', user: 'anna' }],
  ['anna@home.example@corp.example', '', { domain: 'corp.example', user: 'anna@home.example' }],
  ['anna@', 'CORP', { domain: 'CORP', user: 'anna' }],
  ['@anna', 'CORP', { domain: 'CORP', user: '@anna' }],
  [' anna ', '', { domain: '', user: 'anna' }],
])('%s with the default domain %s', (written, defaultDomain, account) => {
  expect(readAccount(written, defaultDomain)).toEqual(account);
});
