import { resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';

/**
 * The CAs, in PEM, that a server is trusted by: those of a file of its own, or of `trust.ca`.
 * @param own the file of its own, where it has one, and `key` its place in the configuration
 * @throws ConfigError for a file that cannot be had
 */
export async function trustedBy(
  own: string | undefined,
  key: string,
  { config, directory }: Pick<LoadedConfig, 'config' | 'directory'>,
): Promise<string[]> {
  const named =
    own === undefined
      ? config.trust.ca.map((file, place) => [file, `trust.ca[${place}]`] as const)
      : [[own, key] as const];
  // Loaded late: links without TLS have no use for the reader of certificates.
  const [{ readCertificates }, { toPem }] = await Promise.all([
    import('./ems-setup.ts'),
    import('../ems/handshake.ts'),
  ]);
  const files = await Promise.all(
    named.map(([file, place]) => readCertificates(resolve(directory, file), place)),
  );
  return files.flat().map(toPem);
}
