import { expect, test } from 'vitest';
import { md4 } from '../../../src/fsso/ntlm/md4.ts';
import { Rc4 } from '../../../src/fsso/ntlm/rc4.ts';

// RFC 1320, A.5.
test.each([
  ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
  ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
  ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
  ['message digest', 'd9130a8164549fe818874806e1c7014b'],
  ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
  [
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
    'e33b4ddc9c38f2199c3e7b164fcc0536',
  ],
])('MD4 of %j', (text, digest) => {
  expect(md4(Buffer.from(text)).toString('hex')).toBe(digest);
});

test('MD4 of every length around the ends of blocks gives another digest, of 16 bytes', () => {
  const digests = Array.from({ length: 200 }, (_, length) => md4(Buffer.alloc(length, 7)).toString('hex'));
  expect(new Set(digests).size).toBe(200);
  expect(digests.every((digest) => digest.length === 32)).toBe(true);
});

// RFC 6229: the key stream at 0 and at 4096.
test.each([
  ['0102030405', 'b2396305f03dc027ccc3524a0a1118a8', 'ff25b58995996707e51fbdf08b34d875'],
  [
    '0102030405060708090a0b0c0d0e0f10',
    '9ac7cc9a609d1ef7b2932899cde41b97',
    'a36a4c301ae8ac13610ccbc12256cacc',
  ],
])('RC4 with the key %s', (key, first, later) => {
  const stream = new Rc4(Buffer.from(key, 'hex')).apply(Buffer.alloc(4112));
  expect(stream.toString('hex', 0, 16)).toBe(first);
  expect(stream.toString('hex', 4096)).toBe(later);
});

test('RC4 in pieces is RC4 in one piece', () => {
  const key = Buffer.from('a key');
  const text = Buffer.from('some text that is longer than a key');
  const pieces = new Rc4(key);
  const together = Buffer.concat([pieces.apply(text.subarray(0, 5)), pieces.apply(text.subarray(5))]);
  expect(together).toEqual(new Rc4(key).apply(text));
  expect(new Rc4(key).apply(together)).toEqual(text);
});
