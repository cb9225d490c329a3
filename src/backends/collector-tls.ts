import { resolve } from 'node:path';
import { ConfigError } from '../config/error.ts';
import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import type { TlsListener } from '../fsso/collector/serve.ts';

/**
 * What our collector needs to serve TLS; null where `ssl-port` is not configured.
 * @throws ConfigError for a file that cannot be had; the key must be private to its owner
 */
export async function collectorTls(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<TlsListener | null> {
  const { 'ssl-port': port, certificate, key } = section;
  if (port === undefined || certificate === undefined || key === undefined) return null;
  const { readCertificates } = await import('./ems-setup.ts');
  const { toPem } = await import('../ems/handshake.ts');
  const chain = await readCertificates(resolve(directory, certificate), 'collector.certificate');
  const privateKey = await resolveSecret({ file: key }, directory, env).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.lines.map((line) => `collector.key: ${line}`));
  });
  return { port, certificate: chain.map(toPem).join(''), key: privateKey };
}
