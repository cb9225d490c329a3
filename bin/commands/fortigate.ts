import type { Command } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import { safeText } from '../../src/safe-text.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { refuseReadOnly } from './ems-authorize.ts';

interface FortigateOptions {
  config?: string;
  json?: boolean;
  write?: boolean;
  scope?: 'vdom' | 'global';
}

async function prepare({ config, write }: FortigateOptions, name?: string) {
  const [{ loadConfig }, { openTrust }, { prepareFortigates }, { systemClock }, { WriteGuard }] =
    await Promise.all([
      import('../../src/config/load.ts'),
      import('../../src/backends/ems-setup.ts'),
      import('../../src/backends/fortigate/setup.ts'),
      import('../../src/clock.ts'),
      import('../../src/verbs.ts'),
    ]);
  const loaded = await loadConfig(config, process.env);
  const names = loaded.config.fortigate.map((each) => each.name);
  if (names.length === 0) throw new CommandFailure(`${safeText(loaded.path)}: fortigate: none is configured`);
  if (name !== undefined && !names.includes(name))
    throw new CommandFailure(
      `there is no FortiGate "${safeText(name)}", expected one of ${names.map(safeText).join(', ')}`,
    );
  const trust = await openTrust(loaded, process.env, systemClock);
  const guard = new WriteGuard(write === true);
  const targets = await prepareFortigates(loaded, process.env, trust, systemClock, guard);
  return targets.filter((target) => name === undefined || target.name === name);
}

/** Writes the result, and leaves with the status that it stands for. */
async function finish({ output, diagnostics, isHealthy }: EmsOnceResult): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'a FortiGate is down', exitStatus.down, more);
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
  process.exit(exitStatus.healthy);
}

async function status(name: string | undefined, options: FortigateOptions): Promise<void> {
  const targets = await prepare(options, name);
  const { fortigateStatusOnce } = await import('../../src/backends/fortigate/once.ts');
  await finish(await fortigateStatusOnce(targets, options.json === true));
}

async function importCa(name: string, files: string[], options: FortigateOptions): Promise<void> {
  const { WriteGuard, ReadOnlyError } = await import('../../src/verbs.ts');
  refuseReadOnly(() => new WriteGuard(options.write === true).require('import-ca'), ReadOnlyError);
  const [target] = await prepare(options, name);
  if (!target) return;
  const [{ readCertificates }, { fortigateImportOnce }] = await Promise.all([
    import('../../src/backends/ems-setup.ts'),
    import('../../src/backends/fortigate/once.ts'),
  ]);
  const read = await Promise.all(files.map((file) => readCertificates(file, 'import-ca')));
  await finish(await fortigateImportOnce(target, read.flat(), options.scope ?? 'global'));
}

const statusHelp = `
Examples:
  fabrictop fortigate status
  fabrictop fortigate status edge --json | jq '.fortigates[].connectors[].connected'
`;

const importHelp = `
Example:
  fabrictop --write fortigate import-ca edge ems-ca.pem
`;

/** `fortigate status|import-ca`: the EMS panel of a FortiGate over its REST API (docs/cli.md). */
export const addFortigate: AddCommand = (program) => {
  const fortigate = program
    .command('fortigate')
    .description('what FortiGates say about their EMS connectors, over their REST API');
  fortigate
    .command('status')
    .description('ask each configured FortiGate once')
    .argument('[name]', 'only this FortiGate')
    .option('--json', 'print a JSON document')
    .addHelpText('after', statusHelp)
    .action((name: string | undefined, _: unknown, command: Command) =>
      status(name, command.optsWithGlobals<FortigateOptions>()),
    );
  fortigate
    .command('import-ca')
    .description('install CA certificates on a FortiGate, PEM or DER (needs --write)')
    .argument('<name>', 'the FortiGate')
    .argument('<file...>', 'files with one or more certificates')
    .option('--scope <scope>', 'vdom or global', (value: string) => {
      if (value === 'vdom' || value === 'global') return value;
      throw new CommandFailure(`--scope: found ${safeText(value)}, expected vdom or global`);
    })
    .addHelpText('after', importHelp)
    .action((name: string, files: string[], _: unknown, command: Command) =>
      importCa(name, files, command.optsWithGlobals<FortigateOptions>()),
    );
};
