import type { Command } from 'commander';
import { safeText } from '../../src/safe-text.ts';
import { type AddCommand, CommandFailure } from '../cli.ts';
import { addCertificateVerbs } from './fortigate-certificate.ts';
import { type FortigateOptions, finish, prepareFortigate, requireWrite } from './fortigate-targets.ts';
import { addUserCommands } from './fortigate-users.ts';

interface ImportOptions extends FortigateOptions {
  scope?: 'vdom' | 'global';
}

async function status(name: string | undefined, options: FortigateOptions): Promise<void> {
  const targets = await prepareFortigate(options, name);
  const { fortigateStatusOnce } = await import('../../src/backends/fortigate/once.ts');
  await finish(await fortigateStatusOnce(targets, options.json === true));
}

async function importCa(name: string, files: string[], options: ImportOptions): Promise<void> {
  await requireWrite('import-ca', options);
  const [target] = await prepareFortigate(options, name);
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

/** `fortigate ...`: the panels of a FortiGate over its REST API (docs/cli.md). */
export const addFortigate: AddCommand = (program) => {
  const fortigate = program
    .command('fortigate')
    .description('FortiGates over their REST API: EMS connectors, users, policies');
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
      importCa(name, files, command.optsWithGlobals<ImportOptions>()),
    );
  addCertificateVerbs(fortigate);
  addUserCommands(fortigate);
};
