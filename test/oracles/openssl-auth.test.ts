import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type StrategyName, strategies } from '../../src/fsso/wire/auth.ts';
import { runTool } from './tool.ts';

const md5 = (...parts: Buffer[]) =>
  runTool('openssl', ['dgst', '-md5', '-binary'], 'openssl', Buffer.concat(parts));
const hmac = (key: Buffer, ...parts: Buffer[]) =>
  runTool(
    'openssl',
    ['dgst', '-md5', '-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`, '-binary'],
    'openssl',
    Buffer.concat(parts),
  );

/** Each strategy once more, as openssl computes it (docs/protocol/fsso.md, Authentication). */
const byOpenssl: Record<StrategyName, (password: Buffer, identity: Buffer, challenge: Buffer) => Buffer> = {
  none: () => Buffer.alloc(16),
  'hmac-md5-serial-challenge': (password, identity, challenge) => hmac(password, identity, challenge),
  'hmac-md5-challenge': (password, _identity, challenge) => hmac(password, challenge),
  'md5-challenge-password': (password, _identity, challenge) => md5(challenge, password),
  'md5-password-challenge': (password, _identity, challenge) => md5(password, challenge),
};

const login = fc.record({
  // From one byte to beyond the block of MD5, for HMAC treats longer keys another way.
  password: fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    .filter((text) => !text.includes('\0')),
  serial: fc.stringMatching(/^FG[A-Z0-9]{14}$/),
  vdom: fc.constantFrom('', '-root', '-vdom 1'),
  challenge: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
});

const published = {
  password: 'fortinet',
  serial: 'FGVM010000000001',
  vdom: '-root',
  challenge: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
};

test.each(Object.entries(strategies))('openssl computes the same response: %s', (name, strategy) => {
  for (const { password, serial, vdom, challenge } of [
    published,
    ...fc.sample(login, { numRuns: 25, seed: 8000 }),
  ]) {
    const identity = `${serial}${vdom}`;
    const theirs = byOpenssl[name as StrategyName](Buffer.from(password), Buffer.from(identity), challenge);
    expect(strategy(password, identity, challenge).toString('hex')).toBe(theirs.toString('hex'));
    // Padding of the identity is no part of what is hashed.
    expect(strategy(password, `${identity}\0\0`, challenge).toString('hex')).toBe(theirs.toString('hex'));
  }
});

test('openssl gives the published response too', () => {
  const response = hmac(Buffer.from('fortinet'), Buffer.from('FG44FAAS00123456'), published.challenge);
  expect(response.toString('hex')).toBe('3b41a6bfc58fe3f14f5144804816ef7c');
});
