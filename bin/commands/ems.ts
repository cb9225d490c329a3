import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import type { Decision } from '../../src/backends/ems-verify.ts';
import { branches, isRelease, releaseExpected, textRelease } from '../../src/config/releases.ts';
import { askLine } from '../ask.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import { addAuthorize } from './ems-authorize.ts';
import { addEmsExplain } from './ems-explain.ts';
import { addEmsTrust } from './ems-trust.ts';

interface EmsOptions {
  config?: string;
  json?: boolean;
  fortios?: string;
  accept?: string;
  reject?: boolean;
}

async function prepare({ config, fortios }: EmsOptions, name?: string) {
  const [{ loadConfig }, { prepareEms }, { systemClock }] = await Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/backends/ems-setup.ts'),
    import('../../src/clock.ts'),
  ]);
  const loaded = await loadConfig(config, process.env);
  const setup = await prepareEms(loaded, process.env, systemClock, name);
  return {
    setup: fortios === undefined ? setup : { ...setup, release: textRelease(fortios) },
    clock: systemClock,
  };
}

async function write(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
}

/** Writes the result, and leaves with the status that it stands for. */
async function finish({ output, diagnostics, isHealthy }: EmsOnceResult): Promise<never> {
  await write(output);
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'an EMS connector is down', exitStatus.down, more);
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
  // A server that does not close its end must not keep the process.
  process.exit(exitStatus.healthy);
}

async function status(options: EmsOptions): Promise<void> {
  const { setup, clock } = await prepare(options);
  const { emsStatusOnce } = await import('../../src/backends/ems-once.ts');
  await finish(await emsStatusOnce(setup, options.json === true, clock));
}

async function testConnectivity(name: string, options: EmsOptions): Promise<void> {
  const { setup } = await prepare(options, name);
  const { connectivityOnce } = await import('../../src/backends/ems-once.ts');
  await finish(await connectivityOnce(setup, options.json === true));
}

async function tags(name: string, options: EmsOptions): Promise<void> {
  const { setup } = await prepare(options, name);
  const { emsTagsOnce } = await import('../../src/backends/ems-tags-once.ts');
  await finish(await emsTagsOnce(setup, options.json === true));
}

async function verify(name: string, options: EmsOptions): Promise<void> {
  const decision = readDecision(options);
  const { setup } = await prepare(options, name);
  const { verifyOnce } = await import('../../src/backends/ems-verify.ts');
  await finish(await verifyOnce(setup, decision, { json: options.json === true }));
}

function readDecision({ accept, reject, json }: EmsOptions): Decision {
  if (accept !== undefined && reject) throw new CommandFailure('--accept and --reject exclude each other');
  if (reject) return { kind: 'reject' };
  if (accept !== undefined) {
    if (!/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(accept))
      throw new CommandFailure('--accept: expected a whole SHA-256 fingerprint, 64 hexadecimal digits');
    return { kind: 'accept', sha256: accept };
  }
  return json || !process.stdin.isTTY ? { kind: 'none' } : { kind: 'ask', ask: askLine };
}

async function importCa(files: string[], options: EmsOptions): Promise<void> {
  const [{ loadConfig }, { openTrust, readCertificates }, { systemClock }, { importCaOnce }] =
    await Promise.all([
      import('../../src/config/load.ts'),
      import('../../src/backends/ems-setup.ts'),
      import('../../src/clock.ts'),
      import('../../src/backends/ems-once.ts'),
    ]);
  const trust = await openTrust(await loadConfig(options.config, process.env), process.env, systemClock);
  const read = await Promise.all(files.map((file) => readCertificates(file, 'import-ca')));
  await finish(importCaOnce(trust, read.flat()));
}

const verifyHelp = `
The certificate is printed in the layout of "execute fctems verify", whatever the outcome. It can be accepted
only when its chain leads to an installed CA and EMS has authorised this device. Exit status 0 means pinned.

Examples:
  fabrictop ems verify ems137
  fabrictop ems verify ems137 --json | jq -r '.chain[0].sha256'
  fabrictop ems verify ems137 --accept "$SHA256"
`;

const statusHelp = `
Examples:
  fabrictop ems status
  fabrictop ems status --json | jq -r '.connectors[] | select(.error) | .name'
`;

const testHelp = `
Example:
  fabrictop ems test-connectivity ems137 || echo "EMS does not answer"
`;

const tagsHelp = `
Examples:
  fabrictop ems tags ems137
  fabrictop ems tags ems137 --json | jq -r '.tags[] | select(.name == "Vulnerability-High") | .ips[]'
`;

const importHelp = `
Example:
  fabrictop ems import-ca corp-ca.pem
`;

const fortiosOption = () =>
  new Option(
    '--fortios <release>',
    'texts of this FortiOS release, such as 7.2 or 7.0.5 (default: release of the configuration)',
  )
    // For completion and help; one release of a branch is taken too.
    .choices(branches)
    .argParser((text) => {
      if (!isRelease(text)) throw new InvalidArgumentError(releaseExpected);
      return text;
    });

/** `ems …`: what the FortiOS commands print (docs/cli.md). */
export const addEms: AddCommand = (program) => {
  const ems = program.command('ems').description('FortiClient EMS connectors: status, certificate, trust');
  ems
    .command('status')
    .description('try each configured connector once and print how it is')
    .option('--json', 'print a JSON document')
    .addOption(fortiosOption())
    .addHelpText('after', statusHelp)
    .action((_: unknown, command: Command) => status(command.optsWithGlobals<EmsOptions>()));
  ems
    .command('test-connectivity')
    .description('try one connector')
    .argument('<name>', 'the connector')
    .option('--json', 'print a JSON document')
    .addOption(fortiosOption())
    .addHelpText('after', testHelp)
    .action((name: string, _: unknown, command: Command) =>
      testConnectivity(name, command.optsWithGlobals<EmsOptions>()),
    );
  ems
    .command('verify')
    .description('print the certificate of a connector and decide on it')
    .argument('<name>', 'the connector')
    .option('--accept <sha256>', 'pin the certificate if it has exactly this fingerprint')
    .option('--reject', 'pin nothing and remove an earlier pin')
    .option('--json', 'print a JSON document; alone, it changes nothing')
    .addOption(fortiosOption())
    .addHelpText('after', verifyHelp)
    .action((name: string, _: unknown, command: Command) =>
      verify(name, command.optsWithGlobals<EmsOptions>()),
    );
  ems
    .command('tags')
    .description('the tags of an EMS and how many endpoints carry each')
    .argument('<name>', 'the connector')
    .option('--json', 'print a JSON document, with the members')
    .addOption(fortiosOption())
    .addHelpText('after', tagsHelp)
    .action((name: string, _: unknown, command: Command) =>
      tags(name, command.optsWithGlobals<EmsOptions>()),
    );
  ems
    .command('import-ca')
    .description('install CA certificates, PEM or DER')
    .argument('<file...>', 'files with one or more certificates')
    .addHelpText('after', importHelp)
    .action((files: string[], _: unknown, command: Command) =>
      importCa(files, command.optsWithGlobals<EmsOptions>()),
    );
  addEmsTrust(ems, finish);
  addEmsExplain(ems, finish);
  addAuthorize(ems, finish);
};
