import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replacePrivateFile } from '../private-file.ts';
import { toPem } from './handshake.ts';
import { TrustStoreError, unreadable } from './trust-error.ts';

/** Octets of one CA file: the longest certificate that is read, in PEM. */
const longestCa = 400_000;

/** What an imported CA is called: its SHA-256 in lower case. Nothing of what the certificate says gets into a file name. */
export function caName(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex');
}

/**
 * The imported CAs, DER, in the order of their names. `store` is named in errors.
 * @throws TrustStoreError when one of them cannot be read
 */
export function readCas(store: string, directory: string): Buffer[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.pem'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(store, error);
  }
  return names.sort().map((name) => {
    const path = join(directory, name);
    try {
      if (statSync(path).size > longestCa) throw new Error('too long');
      return new X509Certificate(readFileSync(path)).raw;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? null;
      throw new TrustStoreError(path, code, 'holds a CA certificate that cannot be read', [
        'Remove that file and import the CA again.',
      ]);
    }
  });
}

/** Throws the system's error. */
export function writeCa(directory: string, name: string, der: Buffer): void {
  replacePrivateFile(join(directory, `${name}.pem`), toPem(der));
}

/** Throws the system's error; one that is gone already is none. `name` is one that `caName` gave. */
export function removeCa(directory: string, name: string): void {
  rmSync(join(directory, `${name}.pem`), { force: true });
}
