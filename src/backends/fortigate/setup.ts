import { resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveSecret } from '../../config/secrets.ts';
import { type HttpServer, judgeByFingerprint, judgeByName } from '../../ems/http-call.ts';
import type { TrustStore } from '../../ems/trust.ts';
import type { WriteGuard } from '../../verbs.ts';
import { namedSecret } from '../named-secret.ts';
import { FortigateClient } from './client.ts';
import { type FortigateProfile, fortigateProfile } from './profile.ts';

/** A configured FortiGate, ready to be asked. */
export interface FortigateTarget {
  readonly name: string;
  readonly client: FortigateClient;
  readonly clock: Clock;
  readonly trust: TrustStore;
}

/**
 * Makes the configured FortiGates ready.
 * @throws ConfigError for a token that cannot be had, and for `profile.fortigate`
 */
export async function prepareFortigates(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  trust: TrustStore,
  clock: Clock,
  guard: WriteGuard,
): Promise<FortigateTarget[]> {
  const { config, directory } = loaded;
  const profile = await profileOf(loaded);
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
      return { name, client: new FortigateClient(server, secret, guard, profile), clock, trust };
    }),
  );
}

// The reader of YAML and its schema are loaded by who has a profile only.
async function profileOf({ config, directory }: LoadedConfig): Promise<FortigateProfile> {
  const path = config.profile?.fortigate;
  if (path === undefined) return fortigateProfile;
  const { readProfile } = await import('../profile-file.ts');
  return readProfile('profile.fortigate', resolve(directory, path), fortigateProfile);
}
