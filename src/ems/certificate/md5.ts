import { createRequire } from 'node:module';

interface ForgeDigest {
  md5: { create(): { update(binary: string): unknown; digest(): { getBytes(): string } } };
}

let digest: ForgeDigest['md5'] | undefined;

/**
 * The MD5 that the guide's fingerprint is made of: a name to compare by eye, nothing is trusted for it. node-forge computes it,
 * because `node:crypto` refuses MD5 on a machine in FIPS mode.
 */
export function md5Of(bytes: Buffer): Buffer {
  digest ??= createRequire(import.meta.url)('node-forge/lib/md5.js') as ForgeDigest['md5'];
  const hash = digest.create();
  hash.update(bytes.toString('latin1'));
  return Buffer.from(hash.digest().getBytes(), 'latin1');
}
