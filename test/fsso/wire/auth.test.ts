import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptsResponse,
  type StrategyName,
  strategies,
  strategyNames,
} from '../../../src/fsso/wire/auth.ts';
import { buffer, text } from './arbitraries.ts';

const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const hashing = strategyNames.filter((name) => name !== 'none');

describe('the default strategy gives the published responses', () => {
  test.each<[identity: string, challenge: string, response: string]>([
    ['FG44FAAS00123456', '000102030405060708090a0b0c0d0e0f', '3b41a6bfc58fe3f14f5144804816ef7c'],
    ['FG44FAAS00123456', '00000000000000000000000000000000', 'b409308d87cefaeeb310ffa92cf9c0fd'],
    ['FGVM010000000001-root', '000102030405060708090a0b0c0d0e0f', '0b117d8d933f8fac316e05709ca47705'],
    ['FG44FAAS00123456\0\0\0\0', '000102030405060708090a0b0c0d0e0f', '3b41a6bfc58fe3f14f5144804816ef7c'],
  ])('for %j and %s', (identity, given, response) => {
    const answer = strategies['hmac-md5-serial-challenge']('fortinet', identity, Buffer.from(given, 'hex'));
    expect(answer.toString('hex')).toBe(response);
  });
});

test('every strategy answers any challenge with 16 bytes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...strategyNames),
      text,
      text,
      buffer({ maxLength: 40 }),
      (name, password, identity, given) => {
        expect(strategies[name](password, identity, given)).toHaveLength(16);
      },
    ),
  );
});

test('no two strategies give the same answer', () => {
  const answers = strategyNames.map((name) => strategies[name]('pass', 'FGT', challenge).toString('hex'));
  expect(new Set(answers).size).toBe(strategyNames.length);
});

test('a response is accepted by the strategy that made it, when that is enabled, and with the right password only', () => {
  for (const name of hashing) {
    const response = strategies[name]('secret', 'FGT-root', challenge);
    expect(acceptsResponse(strategyNames, 'secret', 'FGT-root', challenge, response)).toBe(name);
    expect(acceptsResponse([name], 'secret', 'FGT-root', challenge, response)).toBe(name);
    const others = strategyNames.filter((other) => other !== name);
    expect(acceptsResponse(others, 'secret', 'FGT-root', challenge, response)).toBeNull();
    expect(acceptsResponse(strategyNames, 'Secret', 'FGT-root', challenge, response)).toBeNull();
    expect(acceptsResponse(strategyNames, 'secret', 'FGT-root', Buffer.alloc(16), response)).toBeNull();
  }
});

test('the identity counts in the default strategy', () => {
  const name: StrategyName = 'hmac-md5-serial-challenge';
  const response = strategies[name]('secret', 'FGT-root', challenge);
  expect(acceptsResponse([name], 'secret', 'FGT-other', challenge, response)).toBeNull();
});

test('16 zero bytes prove nothing, whatever is enabled', () => {
  expect(acceptsResponse(strategyNames, '', '', challenge, Buffer.alloc(16))).toBeNull();
  expect(acceptsResponse(['none'], 'secret', 'FGT', challenge, Buffer.alloc(16))).toBeNull();
});

test.each([0, 15, 17])('a response of %i bytes is refused', (size) => {
  expect(acceptsResponse(strategyNames, 'secret', 'FGT', challenge, Buffer.alloc(size))).toBeNull();
});
