import { resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { TlsListener } from '../fsso/collector/serve.ts';

/** Keys of a role that serves FortiGates. */
interface ServingSection {
  readonly 'ssl-port'?: number | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * What a role needs to serve TLS to FortiGates; null where `ssl-port` is not configured.
 * @param name of the section in the configuration
 * @throws ConfigError for a file that cannot be had; the key must be private to its owner
 */
export async function collectorTls(
  section: ServingSection,
  directory: string,
  env: NodeJS.ProcessEnv,
  name: 'collector' | 'edirectory' = 'collector',
): Promise<TlsListener | null> {
  const { 'ssl-port': port } = section;
  const identity = port === undefined ? null : await pemIdentity(section, directory, env, name);
  return port === undefined || identity === null ? null : { port, ...identity };
}

/**
 * Certificate and key of a section, PEM; null where they are not configured.
 * @param name of the section in the configuration
 * @throws ConfigError for a file that cannot be had; the key must be private to its owner
 */
export async function pemIdentity(
  { certificate, key }: Pick<ServingSection, 'certificate' | 'key'>,
  directory: string,
  env: NodeJS.ProcessEnv,
  name = 'collector',
): Promise<{ certificate: string; key: string } | null> {
  if (certificate === undefined || key === undefined) return null;
  const chain = await readPem(resolve(directory, certificate), `${name}.certificate`);
  const privateKey = await resolveSecret({ file: key }, directory, env).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.lines.map((line) => `${name}.key: ${line}`));
  });
  return { certificate: chain, key: privateKey };
}

/** The certificates of a file, PEM. @throws ConfigError, which begins with `subject` */
export async function readPem(file: string, subject: string): Promise<string> {
  const { readCertificates } = await import('./ems-setup.ts');
  const { toPem } = await import('../ems/handshake.ts');
  return (await readCertificates(file, subject)).map(toPem).join('');
}
