import { expect, test } from 'vitest';
import { type DomainName, DomainNames } from '../../../src/fsso/collector/domain-names.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const corp = { netbios: 'CORP', dns: 'corp.example' };
const lab = { netbios: 'LAB', dns: 'lab.corp.example' };

/** Names with a directory whose answers a test gives; null: it cannot be asked. */
function names(...answers: (readonly DomainName[] | null)[]) {
  const clock = new ManualClock();
  let asked = 0;
  const made = new DomainNames({
    clock,
    directories: async () => {
      const answer = answers[asked++];
      if (!answer) throw new Error('connection refused');
      return answer;
    },
  });
  return { clock, names: made, asked: () => asked };
}

test('a realm is its NetBIOS name, however it is written, and so is the NetBIOS name', () => {
  const known = new DomainNames({ clock: new ManualClock() });
  known.learn(corp);
  known.learn(lab);
  expect(['CORP.EXAMPLE', 'corp.example', 'corp', 'Lab.Corp.Example'].map((name) => known.of(name))).toEqual([
    ...['CORP', 'CORP', 'CORP', 'LAB'],
  ]);
  expect(known.dnsNameOf('corp')).toBe('corp.example');
});

test('a name that nobody knows stays as it is: its first part is no guess', () => {
  const known = new DomainNames({ clock: new ManualClock() });
  known.learn(corp);
  expect([known.of('other.example'), known.of('OTHER'), known.of('')]).toEqual([
    'other.example',
    'OTHER',
    '',
  ]);
  expect(known.dnsNameOf('OTHER')).toBeNull();
});

test('of two machines that say different things the first counts, and a directory before both', async () => {
  const { names: known } = names([{ netbios: 'COMPANY', dns: 'corp.example' }]);
  known.learn(corp);
  known.learn({ netbios: 'WRONG', dns: 'CORP.example' });
  expect(known.known('corp.example')).toBe('CORP');
  await known.of('other.example');
  expect(known.known('corp.example')).toBe('COMPANY');
});

test('directories are asked about the first DNS name that nobody knows, and about the next a minute later', async () => {
  const { names: known, asked, clock } = names([corp], [lab]);
  expect(known.of('CORP')).toBe('CORP');
  expect(asked()).toBe(0);
  const two = [known.of('CORP.EXAMPLE'), known.of('lab.corp.example')];
  expect(await Promise.all(two)).toEqual(['CORP', 'lab.corp.example']);
  expect(known.of('lab.corp.example')).toBe('lab.corp.example');
  expect(asked()).toBe(1);
  clock.advance(60_000);
  expect(await known.of('lab.corp.example')).toBe('LAB');
  expect(asked()).toBe(2);
});

test('who waits for a directory that cannot be asked, or does not answer, gets the name as it is', async () => {
  const { names: known } = names(null);
  expect(await known.of('corp.example')).toBe('corp.example');
  const clock = new ManualClock();
  const silent = new DomainNames({ clock, directories: () => new Promise(() => {}) });
  const waiting = silent.of('corp.example');
  clock.advance(5000);
  expect(await waiting).toBe('corp.example');
});
