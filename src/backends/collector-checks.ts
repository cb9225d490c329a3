import type { CollectorConfig } from '../config/schema.ts';
import { AddressRanges } from '../fsso/collector/address-ranges.ts';
import { CommandCheck } from '../fsso/collector/checks/command-check.ts';
import type { WorkstationCheckOptions } from '../fsso/collector/checks/workstation-check.ts';

/** What of our environment a program that asks workstations is given: nothing that could be a secret of ours. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'KRB5CCNAME', 'KRB5_CONFIG'];

/** How workstations are asked who is logged on; null where they are not. */
export function workstationCheck(
  section: CollectorConfig,
  env: NodeJS.ProcessEnv,
): WorkstationCheckOptions | null {
  const minutes = section['workstation-verify-interval'];
  const [program, ...argv] = section['workstation-check-command'] ?? [];
  if (minutes === 0 || program === undefined) return null;
  return {
    intervalMs: minutes * 60_000,
    threads: Math.max(1, section['workstation-check-threads']),
    networks: new AddressRanges(section['workstation-check-networks'] ?? []),
    check: (context) =>
      new CommandCheck({
        ...context,
        command: [program, ...argv],
        timeoutMs: section['workstation-check-timeout'] * 1000,
        verdict: section['workstation-check-verdict'],
        env: Object.fromEntries(passedOn.map((name) => [name, env[name]])),
      }),
  };
}
