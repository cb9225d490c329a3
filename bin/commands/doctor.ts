import { type Command, Option } from 'commander';
import { type AddCommand, exitStatus } from '../cli.ts';
import { readTimeout } from '../timeout-option.ts';

interface DoctorAdOptions {
  controller?: string;
  mode?: 'netapi' | 'event-log' | 'wmi';
  workstation?: string;
  timeout: string;
  json?: boolean;
  config?: string;
}

async function examine({
  controller,
  mode,
  workstation,
  timeout,
  json,
  config,
}: DoctorAdOptions): Promise<void> {
  const timeoutMs = readTimeout(timeout);
  const [{ loadConfig }, { systemClock: clock }, { doctorSubjects }, { doctorOnce }] = await Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/clock.ts'),
    import('../../src/backends/doctor/subjects.ts'),
    import('../../src/backends/doctor/once.ts'),
  ]);
  const loaded = await loadConfig(config, process.env);
  const subjects = await doctorSubjects(loaded, process.env, clock, {
    host: controller ?? null,
    mode: mode ?? null,
    workstation: workstation ?? null,
  });
  const { output, isHealthy } = await doctorOnce(subjects, { clock, timeoutMs, json: json === true });
  await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  process.exit(isHealthy ? exitStatus.healthy : exitStatus.down);
}

const examples = `
Tries what polling, group look-ups, verdicts on NTLM and workstation checks
need: DNS records, ports, SMB login and signing, the right to list sessions and
to read the event log, WMI, the audit policy as far as the log shows it, clocks,
LDAP, the secure channel. It reads only. An account whose login is refused is
not tried again: each try counts towards its lockout.

Accounts and machines are those of "collector:" in the configuration (polling,
ldap, ntlm, monitored-domains, workstation-check) and of "fsso-polling:".

Each line says yes, no or unknown; below a "no" stand cause and fix, and the
commands that mend it, for PowerShell of an administrator on that machine.

Exit status 0: everything that the configuration wants works; 1: it does not.

Examples:
  fabrictop doctor ad
  fabrictop doctor ad --controller dc1.corp.example --mode event-log
  fabrictop doctor ad --workstation pc17.corp.example
  fabrictop doctor ad --json | jq '.examined[].modes'
`;

/** `doctor ad`: what each way of polling needs, and whether this account has it there (docs/cli.md). */
export const addDoctor: AddCommand = (program) => {
  const doctor = program
    .command('doctor')
    .description('try what a collector needs of others, and say how to mend it');
  doctor
    .command('ad')
    .description('rights, ports, audit policy and DNS records that Active Directory is asked with')
    .option('--controller <host>', 'only this domain controller; it need not be configured')
    .addOption(
      new Option('--mode <mode>', 'only this way of polling (default: all)').choices([
        'netapi',
        'event-log',
        'wmi',
      ]),
    )
    .option(
      '--workstation <host>',
      'also this workstation, as a sample of those that are asked who is logged on',
    )
    .option('--timeout <seconds>', 'for everything together', '60')
    .option('--json', 'print a JSON document')
    .addHelpText('after', examples)
    .action((_: unknown, command: Command) => examine(command.optsWithGlobals<DoctorAdOptions>()));
};
