import { expect, test } from 'vitest';
import { avIds } from '../../../src/fsso/ntlm/av-pairs.ts';
import { flagsOf } from '../../../src/fsso/ntlm/flags.ts';
import {
  checkAnswer,
  clientChallenge,
  exportedKey,
  lmProof,
  ntHash,
  prove,
  readAnswer,
  responseKey,
  windowsCapitals,
} from '../../../src/fsso/ntlm/proof.ts';
import { Rc4 } from '../../../src/fsso/ntlm/rc4.ts';
import { ntlmSecurity } from '../../../src/fsso/ntlm/seal.ts';

// The worked example of MS-NLMP 4.2: user User of Domain with the password Password.
const key = responseKey(ntHash('Password'), 'User', 'Domain');
const challenge = Buffer.from('0123456789abcdef', 'hex');
const nonce = Buffer.alloc(8, 0xaa);
const facts = [
  { id: avIds.domainName, value: Buffer.from('Domain', 'utf16le') },
  { id: avIds.computerName, value: Buffer.from('Server', 'utf16le') },
];
const proof = prove(key, challenge, clientChallenge(Buffer.alloc(8), nonce, facts));
const sessionKey = Buffer.alloc(16, 0x55);
const flags = flagsOf(
  ...(['keyExchange', 'key56', 'key128', 'version', 'targetInfo', 'extendedSessionSecurity'] as const),
  ...(['targetIsServer', 'alwaysSign', 'ntlm', 'seal', 'sign', 'oem', 'unicode'] as const),
);

test('the keys and answers are those of the worked example (MS-NLMP 4.2.4)', () => {
  expect(flags).toBe(0xe28a8233);
  expect(ntHash('Password').toString('hex')).toBe('a4f49c406510bdcab6824ee7c30fd852');
  expect(key.toString('hex')).toBe('0c868a403bfd7a93a3001ef22ef02e3f');
  expect(lmProof(key, challenge, nonce).toString('hex')).toBe(
    '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa',
  );
  expect(proof.nt.toString('hex', 0, 16)).toBe('68cd0ab851e51c96aabc927bebef6a1c');
  expect(proof.baseKey.toString('hex')).toBe('8de40ccadbc14a82f15cb0ad0de95ca3');
  const encrypted = new Rc4(proof.baseKey).apply(sessionKey);
  expect(encrypted.toString('hex')).toBe('c5dad2544fc9799094ce1ce90bc9d03e');
  expect(exportedKey(proof.baseKey, encrypted)).toEqual(sessionKey);
  expect(exportedKey(proof.baseKey, Buffer.alloc(0))).toEqual(proof.baseKey);
});

test('a message is sealed as in the worked example, and opened by the other side', () => {
  const text = Buffer.from('Plaintext', 'utf16le');
  const { sealed, signature } = ntlmSecurity(sessionKey, flags, 'client').seal(text);
  expect(sealed.toString('hex')).toBe('54e50165bf1936dc996020c1811b0f06fb5f');
  expect(signature.toString('hex')).toBe('010000007fb38ec5c55d497600000000');
  expect(ntlmSecurity(sessionKey, flags, 'server').unseal(sealed, signature)).toEqual(text);
});

test('an answer shows the password, and only that one', () => {
  const answer = readAnswer(proof.nt);
  expect(checkAnswer(key, challenge, answer)).toEqual(proof.baseKey);
  expect(checkAnswer(responseKey(ntHash('password'), 'User', 'Domain'), challenge, answer)).toBeNull();
  expect(checkAnswer(key, Buffer.alloc(8), answer)).toBeNull();
  expect(answer).toMatchObject({ hasMic: false, facts });
});

test('an answer of the first version is refused as that, and what is none as none', () => {
  const refusal = (nt: Buffer): unknown => {
    try {
      return readAnswer(nt);
    } catch (error) {
      return error;
    }
  };
  expect(refusal(Buffer.alloc(24, 1))).toMatchObject({ name: 'NtlmError', reason: 'ntlm-v1' });
  expect(refusal(Buffer.alloc(60))).toMatchObject({ reason: 'malformed' });
  expect(refusal(Buffer.alloc(0))).toMatchObject({ reason: 'malformed' });
});

test('names are written in capitals letter by letter', () => {
  expect(windowsCapitals('jürgen straße')).toBe('JÜRGEN STRAßE');
});
