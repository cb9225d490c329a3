import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config/schema.ts';
import type { NtlmCredentials } from '../fsso/ntlm/client.ts';
import type { ControllerLink } from '../fsso/windows/reading.ts';
import type { WsmanLogin } from '../fsso/wsman/login.ts';
import { servicePorts } from '../fsso/wsman/profile.ts';

type WmiConfig = NonNullable<CollectorConfig['polling']>['wmi'];

interface WmiTarget {
  readonly host: string;
  /** Tried in order; none: as the host name resolves. */
  readonly address?: readonly string[];
  /** Null: that of the service. */
  readonly port: number | null;
  readonly credentials: NtlmCredentials;
  readonly log: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * How WMI of domain controllers is reached, its files read; files are relative to `directory`.
 * @throws ConfigError for a file that cannot be read
 */
export async function wmiReach(
  wmi: WmiConfig,
  directory: string,
): Promise<(target: WmiTarget) => Promise<ControllerLink>> {
  const isSecure = wmi.secure === 'https';
  const { readPem } = await import('./collector-tls.ts');
  const ca =
    wmi.ca === undefined ? '' : await readPem(resolve(directory, wmi.ca), 'collector.polling.wmi.ca');
  const tls = isSecure ? { ca: [ca], checksName: wmi['server-identity-check'] === 'enable' } : null;
  return async ({ host, address = [], port, credentials, log, clock, signal }) => {
    // Loaded late: whoever polls over SMB needs no XML.
    const { connectWmi } = await import('../fsso/windows/wmi-link.ts');
    const server = {
      ...{ host, port: port ?? (isSecure ? servicePorts.https : servicePorts.http), tls },
      ...(address.length > 0 && { address }),
    };
    const login = loginOf(wmi.authentication, credentials);
    return connectWmi({ server, login, log, clock, subscribes: wmi.subscription === 'enable' }, signal);
  };
}

function loginOf(kind: WmiConfig['authentication'], credentials: NtlmCredentials): WsmanLogin {
  if (kind === 'negotiate') return { kind, credentials };
  const { user, domain, password } = credentials;
  return { kind, user: domain === '' ? user : `${domain}\\${user}`, password };
}
