import { ConfigError } from '../../config/error.ts';
import { resolveSecret } from '../../config/secrets.ts';
import { AddressRanges } from '../../fsso/collector/address-ranges.ts';
import type { Names } from '../../fsso/doctor/names.ts';
import type { WorkstationSubject } from '../../fsso/doctor/workstation-checks.ts';
import { connectSmb } from '../../fsso/smb/session.ts';
import { namedSecret } from '../named-secret.ts';
import { windowsAccount } from '../windows-account.ts';
import type { SubjectContext } from './controller-subjects.ts';
import { tryPort } from './try-port.ts';

/** `HOST`, or `HOST:PORT` where SMB is elsewhere. */
function placeOf(text: string): { host: string; port: number } {
  const [, host = text, port = '445'] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  return { host, port: Number(port) };
}

/**
 * A workstation that is asked as the workstation check asks, with its account, else with that of polling.
 * @throws ConfigError where there is neither, or a secret cannot be had
 */
export async function workstationSubject(
  { loaded, env, clock }: SubjectContext,
  sample: string,
  names: Names,
): Promise<WorkstationSubject> {
  const { collector } = loaded.config;
  const own = collector?.['workstation-check-user'];
  const ownPassword = collector?.['workstation-check-password'];
  const user = own ?? collector?.polling?.user;
  const secret = own === undefined ? collector?.polling?.password : ownPassword;
  if (collector === undefined || user === undefined || secret === undefined)
    throw new ConfigError([
      `${loaded.path}: collector.workstation-check-user: missing, expected it with workstation-check-password, the account that ${sample} is asked with`,
    ]);
  const place = own === undefined ? 'collector.polling.password' : 'collector.workstation-check-password';
  const password = await namedSecret(place, resolveSecret(secret, loaded.directory, env));
  const credentials = windowsAccount(user, password);
  const networks = new AddressRanges(collector['workstation-check-networks'] ?? []);
  const method = collector['workstation-check-method'];
  const isOn = collector['workstation-verify-interval'] > 0 && method !== 'command';
  const { host, port } = placeOf(sample);
  return {
    ...{ host, port, names, account: user },
    method: isOn ? method : null,
    isInNetworks: (address) => networks.has(address),
    tryPort: (address) => tryPort.smb(host, address, port, clock),
    logIn: (address, signal) => connectSmb({ host, address, port, credentials, clock, signal }),
  };
}
