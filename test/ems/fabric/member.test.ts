import { createPublicKey } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fabricLimits } from '../../../src/ems/fabric/limits.ts';
import type { FabricMember } from '../../../src/ems/fabric/member.ts';
import { pinnedFacts } from '../../../src/ems/pin.ts';
import {
  authority,
  entry,
  leaf,
  memberIn,
  otherKey,
  pinOf,
  rootKey,
  rootSerial,
  scratch,
  signed,
} from '../../support/fabric.ts';

const ems = entry('ems137');
const certificate = leaf('ems.example.com');
const full = { ems: [ems], pins: [pinOf('ems137', certificate)], authorities: [authority('Corp CA')] };

async function refusal(member: FabricMember, octets: Buffer): Promise<unknown> {
  const result = await member.take(octets);
  return result.kind === 'refused' ? result.problem.code : result.kind;
}

function changed(octets: Buffer, from: string, to: string): Buffer {
  const text = octets.toString();
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to));
}

describe('a signed document', () => {
  test('brings settings, pins and CAs, and is in force after a restart', async () => {
    const directory = scratch();
    const { member, trust } = memberIn(directory);
    const result = await member.take(signed(7, full));
    expect(result).toMatchObject({
      kind: 'applied',
      applied: { verified: true, document: { revision: 7, root: rootSerial, settings: { ems: [ems] } } },
      trust: { acceptedPins: ['ems137'], installedAuthorities: 1, conflicts: [], awaitingPerson: [] },
    });
    expect(trust.matches('ems137', pinnedFacts([certificate]), 'fingerprint')).toBe('fits');
    expect(trust.pin('ems137')).toMatchObject({
      serialNumber: 'FCTEMS0000000001',
      server: 'ems.example.com:443',
    });
    expect(trust.cas()).toEqual(full.authorities);
    expect(memberIn(directory).member.applied()).toMatchObject({ document: { revision: 7 } });
  });

  test('that is in force already changes nothing', async () => {
    const { member } = memberIn(scratch());
    await member.take(signed(7, full));
    expect((await member.take(signed(7, full))).kind).toBe('unchanged');
  });

  test('withdraws what an earlier one gave', async () => {
    const { member, trust } = memberIn(scratch());
    await member.take(signed(1, full));
    expect(await member.take(signed(2, { ems: [ems] }))).toMatchObject({
      trust: { forgottenPins: ['ems137'], removedAuthorities: 1 },
    });
    expect(trust.pin('ems137')).toBeNull();
    expect(trust.cas()).toEqual([]);
  });

  test('replaces the pin that an earlier one gave', async () => {
    const { member, trust } = memberIn(scratch());
    await member.take(signed(1, full));
    const renewed = pinOf('ems137', leaf('renewed'));
    expect(await member.take(signed(2, { ems: [ems], pins: [renewed] }))).toMatchObject({
      trust: { acceptedPins: ['ems137'], conflicts: [] },
    });
    expect(trust.pin('ems137')?.sha256).toBe(renewed.sha256);
  });

  test('leaves alone, and names, what a person decided here', async () => {
    const { member, trust } = memberIn(scratch());
    const own = pinOf('ems137', leaf('own'));
    await trust.accept('ems137', own, 'fingerprint');
    expect(await member.take(signed(1, full))).toMatchObject({
      trust: {
        acceptedPins: [],
        conflicts: [{ subject: 'ems137', text: expect.stringContaining(own.sha256) }],
      },
    });
    expect(trust.pin('ems137')?.sha256).toBe(own.sha256);
    // Withdrawn by the root, an own pin is still a person's.
    await member.take(signed(2, { ems: [ems] }));
    expect(trust.pin('ems137')?.sha256).toBe(own.sha256);
  });

  test('does not give again what a person rejected or removed here', async () => {
    const { member, trust } = memberIn(scratch());
    await member.take(signed(1, full));
    await trust.forget('ems137');
    trust.removeCa(trust.installedCas()[0]?.details.sha256 ?? '');
    const next = { ...full, ems: [entry('ems137', { 'call-timeout': 60 })] };
    const result = await member.take(signed(2, next));
    expect(result).toMatchObject({ trust: { conflicts: [{ subject: 'ems137' }, { subject: 'CA' }] } });
    expect(trust.pin('ems137')).toBeNull();
    expect(trust.cas()).toEqual([]);
  });

  test('whose application was cut short is completed later', async () => {
    const directory = scratch();
    await memberIn(directory).member.take(signed(1, full));
    const other = scratch();
    const { member, trust, statePath } = memberIn(other);
    const state = JSON.parse(readFileSync(`${directory}/trust-fabric.json`, 'utf8'));
    writeFileSync(statePath, JSON.stringify({ ...state, pins: [], authorities: [] }), { mode: 0o600 });
    expect(await member.reconcile()).toMatchObject({ trust: { acceptedPins: ['ems137'] } });
    expect(trust.pin('ems137')).not.toBeNull();
  });
});

describe('a member with a root key refuses', () => {
  const good = signed(7, full);
  const asText = good.toString();
  const cases: [string, Buffer, string][] = [
    ['a changed setting', changed(good, 'ems137.example.com', 'evil.example.com'), 'wrong-signature'],
    ['a changed revision', changed(good, '"revision":7', '"revision":8'), 'wrong-signature'],
    ['a signature of another key', signed(7, full, { key: otherKey }), 'wrong-signature'],
    ['no signature', signed(7, full, { key: null }), 'unsigned'],
    ['a cut signature', changed(good, '=="}}', '"}}'), 'wrong-signature'],
    ['half of it', good.subarray(0, good.length / 2), 'unreadable'],
    ['all but its line end', good.subarray(0, -1), 'not-canonical'],
    ['nothing', Buffer.alloc(0), 'unreadable'],
    ['octets that are no text', Buffer.concat([good, Buffer.from([0xff])]), 'unreadable'],
    ['a mark in front', Buffer.concat([Buffer.from('\ufeff'), good]), 'unreadable'],
    ['blanks between', Buffer.from(`${JSON.stringify(JSON.parse(asText), null, 1)}\n`), 'not-canonical'],
    ['a doubled key', changed(good, '"revision":7', '"revision":7,"revision":7'), 'not-canonical'],
    ['another document', Buffer.from('{"document":{"format":"x"},"signature":null}\n'), 'unknown-format'],
    ['a newer layout', changed(good, '"version":1', '"version":2'), 'newer-version'],
    ['another key beside the document', changed(good, '{"document"', '{"a":1,"document"'), 'malformed'],
    ['too many octets', Buffer.alloc(fabricLimits.document + 1, 0x20), 'oversized'],
    ['a thousand open brackets', Buffer.from('['.repeat(1000) + ']'.repeat(1000)), 'not-canonical'],
  ];

  test.each(cases)('%s', async (_name, octets, code) => {
    const { member, trust, statePath } = memberIn(scratch());
    expect(await refusal(member, octets)).toBe(code);
    expect(trust.pin('ems137')).toBeNull();
    expect(existsSync(statePath)).toBe(false);
  });

  test('every document of which one octet was changed', async () => {
    const { member } = memberIn(scratch());
    const small = signed(1, { ems: [ems] });
    for (let place = 0; place < small.length; place += 1) {
      const octets = Buffer.from(small);
      octets[place] = (octets[place] ?? 0) ^ 1;
      expect([place, (await member.take(octets)).kind]).toEqual([place, 'refused']);
    }
  });

  test('an old document that is played back, and says which is in force', async () => {
    const { member } = memberIn(scratch());
    const old = signed(6, { ems: [entry('old')] });
    await member.take(old);
    await member.take(signed(7, full));
    const result = await member.take(old);
    expect(result).toMatchObject({
      kind: 'refused',
      problem: { code: 'rolled-back', message: expect.stringContaining('revision 6, in force is 7') },
    });
    expect(member.applied()?.document.settings.ems).toEqual([ems]);
  });

  test('two documents of one revision', async () => {
    const { member } = memberIn(scratch());
    await member.take(signed(7, full));
    expect(await refusal(member, signed(7, { ems: [entry('other')] }))).toBe('same-revision');
  });

  test('another root, also when it has the key', async () => {
    const { member } = memberIn(scratch());
    await member.take(signed(1, full));
    expect(await refusal(member, signed(2, full, { root: 'FGVM010000000009' }))).toBe('other-root');
    const { member: bound } = memberIn(scratch(), { root: 'FGVM010000000009' });
    expect(await refusal(bound, signed(1, full))).toBe('other-root');
  });

  test('everything while its state cannot be trusted', async () => {
    const { member, statePath } = memberIn(scratch());
    await member.take(signed(1, full));
    chmodSync(statePath, 0o666);
    expect(await member.take(signed(2, full))).toMatchObject({
      kind: 'refused',
      problem: { message: expect.stringContaining('can be changed by group or others') },
    });
    chmodSync(statePath, 0o600);
    writeFileSync(statePath, '{"version":1');
    expect(await member.take(signed(2, full))).toMatchObject({ kind: 'refused' });
  });

  test('what its own state file holds, when the root never signed it', async () => {
    const { member, statePath } = memberIn(scratch());
    await member.take(signed(1, full));
    const state = readFileSync(statePath, 'utf8');
    writeFileSync(statePath, state.replace('ems137.example.com', 'evil.example.com'));
    expect(member.applied()).toBeNull();
  });
});

describe('a member that takes unsigned settings', () => {
  test('takes the settings, and neither pins nor CAs', async () => {
    const { member, trust } = memberIn(scratch(), { rootKey: null });
    const result = await member.take(signed(3, full, { key: null }));
    expect(result).toMatchObject({
      kind: 'applied',
      applied: { verified: false, document: { settings: { ems: [ems] } } },
      trust: { acceptedPins: [], installedAuthorities: 0, awaitingPerson: ['ems137'] },
    });
    expect(trust.pin('ems137')).toBeNull();
    expect(trust.cas()).toEqual([]);
    await member.reconcile();
    expect(trust.pin('ems137')).toBeNull();
  });

  test('does not believe a signature that it has no key for', async () => {
    const { member, trust } = memberIn(scratch(), { rootKey: null });
    await member.take(signed(3, full));
    expect(trust.pin('ems137')).toBeNull();
  });

  test('refuses what is older all the same', async () => {
    const { member } = memberIn(scratch(), { rootKey: null });
    await member.take(signed(3, full, { key: null }));
    expect(await refusal(member, signed(2, full, { key: null }))).toBe('rolled-back');
  });

  test('begins anew once it has the key: no unsigned revision keeps a signed one out', async () => {
    const directory = scratch();
    await memberIn(directory, { rootKey: null }).member.take(
      signed(Number.MAX_SAFE_INTEGER, { ems: [entry('evil')] }, { key: null }),
    );
    const { member, trust } = memberIn(directory);
    expect(member.applied()).toBeNull();
    expect(await refusal(member, signed(1, full))).toBe('applied');
    expect(trust.pin('ems137')).not.toBeNull();
  });
});

test('a new root key makes the documents of the old one void', async () => {
  const directory = scratch();
  await memberIn(directory).member.take(signed(9, full));
  const { member } = memberIn(directory, { rootKey: createPublicKey(otherKey) });
  expect(member.applied()).toBeNull();
  expect(await refusal(member, signed(10, full))).toBe('wrong-signature');
  expect(await refusal(member, signed(1, full, { key: otherKey }))).toBe('applied');
  expect(rootKey.equals(createPublicKey(otherKey))).toBe(false);
});
