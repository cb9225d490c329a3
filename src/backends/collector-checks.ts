import type { CollectorConfig } from '../config/schema.ts';
import { resolveSecret } from '../config/secrets.ts';
import { AddressRanges } from '../fsso/collector/address-ranges.ts';
import { CommandCheck } from '../fsso/collector/checks/command-check.ts';
import type { WorkstationCheckOptions } from '../fsso/collector/checks/workstation-check.ts';
import { namedSecret } from './named-secret.ts';
import { windowsAccount } from './windows-account.ts';

/** What of our environment a program that asks workstations is given: nothing that could be a secret of ours. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'KRB5CCNAME', 'KRB5_CONFIG'];

/**
 * How workstations are asked who is logged on; null where they are not. Files are relative to `directory`.
 * @throws ConfigError for a secret that cannot be had
 */
export async function workstationCheck(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<WorkstationCheckOptions | null> {
  const minutes = section['workstation-verify-interval'];
  if (minutes === 0) return null;
  const check = await checkOf(section, directory, env);
  return (
    check && {
      intervalMs: minutes * 60_000,
      threads: Math.max(1, section['workstation-check-threads']),
      networks: new AddressRanges(section['workstation-check-networks'] ?? []),
      check,
    }
  );
}

async function checkOf(
  section: CollectorConfig,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<WorkstationCheckOptions['check'] | null> {
  const timeoutMs = section['workstation-check-timeout'] * 1000;
  const method = section['workstation-check-method'];
  if (method === 'command') {
    const [program, ...argv] = section['workstation-check-command'] ?? [];
    if (program === undefined) return null;
    return (context) =>
      new CommandCheck({
        ...context,
        command: [program, ...argv],
        timeoutMs,
        verdict: section['workstation-check-verdict'],
        env: Object.fromEntries(passedOn.map((name) => [name, env[name]])),
      });
  }
  const { 'workstation-check-user': written, 'workstation-check-password': secret } = section;
  if (written === undefined || secret === undefined) return null;
  const password = await namedSecret(
    'collector.workstation-check-password',
    resolveSecret(secret, directory, env),
  );
  const credentials = windowsAccount(written, password);
  const { WindowsCheck } = await import('../fsso/collector/checks/windows-check.ts');
  return (context) => new WindowsCheck({ ...context, method, credentials, timeoutMs });
}
