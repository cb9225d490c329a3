import { expect, test } from 'vitest';
import { whyCauses } from '../../../src/fsso/why/causes.ts';
import type { WhyFacts } from '../../../src/fsso/why/facts.ts';
import { explainWhy } from '../../../src/fsso/why/why.ts';
import { policy, policySet } from '../../support/policies.ts';
import { facts, now } from '../../support/why-facts.ts';

test('a permitted group that the user has through another one is named: standard mode does not tell it', () => {
  const directory = {
    name: 'corp-ad',
    at: now,
    problem: null,
    user: {
      dn: 'CN=alice,DC=corp',
      groups: [
        { dn: 'CN=Sales,DC=corp', name: 'CORP/SALES', isDirect: true },
        { dn: 'CN=Staff,DC=corp', name: 'CORP/Staff', isDirect: false },
        { dn: 'CN=VPN,DC=corp', name: 'CORP/VPN', isDirect: true },
      ],
    },
  };
  const asking = (group: string) =>
    explainWhy(facts({ directory, policies: [policySet([policy({ id: 7, fssoGroups: [group] })])] }));
  const nested = asking('CORP/STAFF');
  expect(nested.fault).toMatchObject({ step: 'policy', row: 14 });
  expect(nested.fault?.cause).toContain('It is CORP/STAFF');
  expect(asking('CN=VPN,DC=corp').fault).toMatchObject({
    row: 13,
    cause: expect.stringContaining('after the logon'),
  });
  expect(asking('CORP/IT').fault).toEqual(expect.objectContaining(whyCauses['other-group']));
  const step = nested.steps.find(({ step: name }) => name === 'groups');
  expect(step?.shownBy).toBeNull();
  expect(
    step?.evidence.filter(({ source }) => source === 'directory corp-ad').map(({ text }) => text),
  ).toEqual([
    'CN=alice,DC=corp: in 2 groups directly, in 1 through others',
    'CN=Staff,DC=corp, through another group: the collector did not name it',
    'CN=VPN,DC=corp, directly: the collector did not name it',
  ]);
});

test('a directory that cannot be asked, or knows nobody, is evidence and no answer', () => {
  const problem = { stage: 'tcp', code: null, message: 'connection refused', cause: '', fix: [] };
  const told = (directory: WhyFacts['directory']) =>
    explainWhy(facts({ directory })).steps.find(({ step }) => step === 'groups');
  const away = told({ name: 'ad', at: now, user: null, problem });
  expect(away).toMatchObject({ state: 'ok', shownBy: expect.stringContaining('the directory itself') });
  expect(away?.evidence.at(-1)?.text).toBe('could not be asked: connection refused');
  expect(told({ name: 'ad', at: now, user: null, problem: null })?.evidence.at(-1)?.text).toBe(
    'knows no such user',
  );
});
