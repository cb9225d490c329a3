import { expect, test } from 'vitest';
import { company, staticGroups } from '../../src/lab/people.ts';
import { scenarios } from '../../src/lab/scenario.ts';

const largest = Math.max(...Object.values(scenarios).map(({ people }) => people));

test('no two people of the largest scenario share a name, an address or a workstation', () => {
  const people = company(largest);
  for (const key of ['user', 'ip', 'wirelessIp', 'workstation'] as const) {
    expect(new Set(people.map((person) => person[key])).size).toBe(largest);
  }
});

test('everybody has the groups of their department and is a domain user', () => {
  const people = company(largest);
  const groups = staticGroups(people);
  expect(groups['*']).toEqual(['CORP/DOMAIN USERS']);
  for (const person of people) expect(groups[`CORP\\${person.user}`]).toEqual(person.groups);
});
