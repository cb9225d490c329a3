import { expect, test } from 'vitest';
import { NamedDomains } from '../../../../src/fsso/collector/ntlm/named-domains.ts';

test('the domain that was named last at an address is kept, for so many addresses', () => {
  const named = new NamedDomains(2);
  named.keep('10.0.0.1', 'CORP');
  named.keep('10.0.0.2', 'CORP');
  named.keep('10.0.0.1', 'LAB');
  named.keep('10.0.0.3', 'CORP');
  expect(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => named.at(address))).toEqual([
    'LAB',
    null,
    'CORP',
  ]);
});
