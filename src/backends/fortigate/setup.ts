import type { Clock } from '../../clock.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import { type HttpServer, judgeByFingerprint, judgeByName } from '../../ems/http-call.ts';
import type { TrustStore } from '../../ems/trust.ts';
import type { WriteGuard } from '../../verbs.ts';
import { namedSecret } from '../named-secret.ts';
import { FortigateClient } from './client.ts';

/** A configured FortiGate, ready to be asked. */
export interface FortigateTarget {
  readonly name: string;
  readonly client: FortigateClient;
  readonly clock: Clock;
  readonly trust: TrustStore;
}

/**
 * Makes the configured FortiGates ready.
 * @throws ConfigError for a token that cannot be had
 */
export async function prepareFortigates(
  { config, directory }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  trust: TrustStore,
  clock: Clock,
  guard: WriteGuard,
): Promise<FortigateTarget[]> {
  return Promise.all(
    config.fortigate.map(async ({ name, url, token, fingerprint, 'call-timeout': seconds }, index) => {
      const { hostname, port } = new URL(url);
      const server: HttpServer = {
        peer: 'FortiGate',
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? 443 : Number(port),
        timeoutMs: seconds * 1000,
        cas: () => trust.cas(),
        judge: fingerprint === undefined ? judgeByName : judgeByFingerprint(fingerprint),
        clock,
      };
      const secret = await namedSecret(`fortigate[${index}].token`, resolveSecret(token, directory, env));
      return { name, client: new FortigateClient(server, secret, guard), clock, trust };
    }),
  );
}
