import { expect, test } from 'vitest';
import { AesCmac } from '../../../src/fsso/smb/cmac.ts';
import { MessageCipher } from '../../../src/fsso/smb/encryption.ts';
import { encodeHeader } from '../../../src/fsso/smb/header.ts';
import { deriveKey } from '../../../src/fsso/smb/keys.ts';
import { headerFlags, offeredCiphers, offeredSignings, statuses } from '../../../src/fsso/smb/profile.ts';
import { unprotect } from '../../../src/fsso/smb/protection.ts';
import { MessageSigner } from '../../../src/fsso/smb/signing.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
const text = hex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);

test('AES-CMAC gives the values of RFC 4493', () => {
  const cmac = new AesCmac(key);
  const of = (length: number) => cmac.digest(text.subarray(0, length)).toString('hex');
  expect(of(0)).toBe('bb1d6929e95937287fa37d129b756746');
  expect(of(16)).toBe('070a16b46b4d4144f79bdd9dd04a287c');
  expect(of(40)).toBe('dfa66747de9ae63030ca32611497c827');
  expect(of(64)).toBe('51f0bebf7e3b9d92fc49741779363cfe');
});

test('a signing key of SMB 3.0 is the one that Microsoft gives as an example', () => {
  const signing = deriveKey(
    hex('7cd451825d0450d235424e44ba6e78cc'),
    'SMB2AESCMAC',
    Buffer.from('SmbSign\0', 'latin1'),
  );
  expect(signing.toString('hex')).toBe('0b7e9c5cac36c0f6ea9ab275298cedce');
});

const message = () =>
  Buffer.concat([
    encodeHeader({
      command: 11,
      status: 0,
      credits: 1,
      creditCharge: 1,
      flags: 1,
      messageId: 7n,
      asyncId: null,
      treeId: 1,
      sessionId: 9n,
    }),
    text,
  ]);

test.each(offeredSignings)('a message signed with %s is believed, and no other', (signing) => {
  const signer = new MessageSigner(signing, key);
  const signed = message();
  signer.sign(signed);
  expect(() => signer.verify(signed)).not.toThrow();
  expect(() => signer.verify(message())).toThrow(expect.objectContaining({ reason: 'wrong-signature' }));
  for (let at = 0; at < signed.length; at += 1) {
    const changed = Buffer.from(signed);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    expect(() => signer.verify(changed)).toThrow(expect.objectContaining({ reason: 'wrong-signature' }));
  }
  const other = new MessageSigner(signing, text.subarray(0, 16));
  expect(() => other.verify(signed)).toThrow(expect.objectContaining({ reason: 'wrong-signature' }));
});

test.each(offeredCiphers)('a message encrypted with %s comes back, and a changed one does not', (cipher) => {
  const long = Buffer.concat([key, text.subarray(0, 16)]).subarray(0, cipher.startsWith('aes-256') ? 32 : 16);
  const there = new MessageCipher(cipher, long, long, 9n);
  const sealed = there.encrypt(message());
  expect(sealed.includes(text.subarray(0, 16))).toBe(false);
  expect(there.decrypt(sealed)).toEqual(message());
  expect(there.encrypt(message()).subarray(20, 36)).not.toEqual(sealed.subarray(20, 36));
  for (let at = 4; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => there.decrypt(changed)).toThrow(expect.objectContaining({ name: 'SmbDecodeError' }));
  }
});

test('"later" is taken unsigned from a session that is signed, and not in the clear where all is encrypted', () => {
  const signer = new MessageSigner('aes-cmac', key);
  const cipher = new MessageCipher('aes-128-gcm', key, key, 9n);
  const answer = (status: number) =>
    encodeHeader({
      ...{ command: 11, status, credits: 1, creditCharge: 1, flags: headerFlags.response },
      ...{ messageId: 7n, asyncId: 3n, treeId: 0, sessionId: 9n },
    });
  const signed = { signer, cipher, encrypts: false };
  const encrypted = { signer, cipher, encrypts: true };
  expect(unprotect(answer(statuses.pending), signed).header.asyncId).toBe(3n);
  expect(unprotect(cipher.encrypt(answer(statuses.pending)), encrypted).header.asyncId).toBe(3n);
  const inTheClear = () => unprotect(answer(statuses.pending), encrypted);
  expect(inTheClear).toThrow(expect.objectContaining({ reason: 'wrong-cipher' }));
  // Who has no key any more can say nothing else.
  for (const protection of [signed, encrypted])
    expect(unprotect(answer(statuses.sessionDeleted), protection).header.status).toBe(
      statuses.sessionDeleted,
    );
  expect(() => unprotect(answer(0), signed)).toThrow(expect.objectContaining({ reason: 'wrong-signature' }));
});
