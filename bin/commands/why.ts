import type { Command } from 'commander';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { readTimeout } from '../timeout-option.ts';

interface WhyOptions {
  to?: string;
  srcintf?: string;
  dstintf?: string;
  vdom?: string;
  connector?: string;
  timeout: string;
  json?: boolean;
  config?: string;
}

async function explain(word: string, options: WhyOptions): Promise<void> {
  const { isIP } = await import('node:net');
  const { to, srcintf, dstintf, connector } = options;
  if (to !== undefined && isIP(to) === 0)
    throw new CommandFailure(`--to: found ${to}, expected an IPv4 or IPv6 address`);
  const timeoutMs = readTimeout(options.timeout);
  const [{ loadConfig }, { prepareFsso }, { systemClock }, { whyOnce }, { fortigatesOf }] = await Promise.all(
    [
      import('../../src/config/load.ts'),
      import('../../src/backends/fsso-setup.ts'),
      import('../../src/clock.ts'),
      import('../../src/backends/why/once.ts'),
      import('./fortigate-targets.ts'),
    ],
  );
  const loaded = await loadConfig(options.config, process.env);
  const fortigates = await fortigatesOf(loaded, false);
  const { output, diagnostics, isHealthy } = await whyOnce({
    question: {
      subject: { kind: isIP(word) === 0 ? 'user' : 'ip', value: word },
      to: to ?? null,
      logon: null,
    },
    loaded,
    env: process.env,
    setups: await prepareFsso(loaded, process.env, connector),
    fortigates,
    vdom: options.vdom ?? loaded.config.identity?.vdom ?? 'root',
    sourceInterface: srcintf ?? null,
    destinationInterface: dstintf ?? null,
    timeoutMs,
    json: options.json === true,
    clock: systemClock,
  });
  await new Promise<void>((resolve) => process.stdout.write(output ?? '', () => resolve()));
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
  process.exit(isHealthy ? exitStatus.healthy : exitStatus.down);
}

const examples = `
Reads the logons as "fsso list" does, then follows the way of one: agent, collector,
address, groups, group filter, link, table, policy. Policies are those of the
configuration (policies), else those of the configured FortiGates.

Exit status 0: allowed, and every step holds; 1: denied, broken, or not known.

Examples:
  fabrictop why alice --to 10.9.0.10
  fabrictop why 'CORP\\alice' --json | jq -r '.broken.cause'
  fabrictop why 10.1.1.5 --to 198.51.100.7 --srcintf port2 --dstintf port1
`;

/** `why`: why a user, or whoever is at an address, is allowed or denied (docs/cli.md). */
export const addWhy: AddCommand = (program) => {
  program
    .command('why')
    .description('why a user is allowed or denied: each step, and what breaks it')
    .argument('<user|ip>', 'a user, DOMAIN\\user or an address')
    .option('--to <address>', 'the destination of the traffic')
    .option('--srcintf <name>', 'the interface that it comes from (default: taken to fit)')
    .option('--dstintf <name>', 'the interface that it goes to (default: taken to fit)')
    .option('--vdom <name>', 'whose policies count (default: that of our identity)')
    .option('--connector <name>', 'only this FSSO connector (default: all)')
    .option('--timeout <seconds>', 'for reading the logons', '10')
    .option('--json', 'print a JSON document')
    .addHelpText('after', examples)
    .action((word: string, _: unknown, command: Command) =>
      explain(word, command.optsWithGlobals<WhyOptions>()),
    );
};
