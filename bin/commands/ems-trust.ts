import type { Command } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import { CommandFailure } from '../cli.ts';

interface TrustOptions {
  config?: string;
  json?: boolean;
}

type Finish = (result: EmsOnceResult) => Promise<never>;

const modules = () =>
  Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/backends/ems-trust-once.ts'),
    import('../../src/backends/ems-setup.ts'),
    import('../../src/clock.ts'),
  ]);

async function targetOf(name: string, { config }: TrustOptions) {
  const [{ loadConfig }, once, , { systemClock }] = await modules();
  const loaded = await loadConfig(config, process.env);
  const target = await once.prepareTrustTarget(loaded, process.env, systemClock, name);
  return { target, once, now: systemClock.now() };
}

async function storeOf({ config }: TrustOptions) {
  const [{ loadConfig }, once, { openTrust }, { systemClock }] = await modules();
  const trust = await openTrust(await loadConfig(config, process.env), process.env, systemClock);
  return { trust, once, now: systemClock.now() };
}

const unverifyHelp = `
Nothing is asked of the server. The connector waits for a person until its certificate is accepted again.

Example:
  fabrictop ems unverify ems137 && fabrictop ems verify ems137
`;

const isVerifiedHelp = `
Nothing is asked of the server: what it shows now is what "fabrictop ems verify" compares.

Example:
  fabrictop ems is-verified ems137 || fabrictop ems verify ems137
`;

const listHelp = `
Example:
  fabrictop ems list-ca --json | jq -r '.cas[] | [.validTo, .subject] | @tsv'
`;

const removeHelp = `
Example:
  fabrictop ems remove-ca "$(fabrictop ems list-ca --json | jq -r '.cas[0].sha256')"
`;

/** `ems unverify|is-verified|list-ca|remove-ca`: what the trust store holds (docs/cli.md). */
export function addEmsTrust(ems: Command, finish: Finish): void {
  const options = (command: Command) => command.optsWithGlobals<TrustOptions>();
  ems
    .command('unverify')
    .description('forget the accepted certificate of a connector')
    .argument('<name>', 'the connector')
    .option('--json', 'print a JSON document')
    .addHelpText('after', unverifyHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const { target, once } = await targetOf(name, options(command));
      await finish(await once.unverifyOnce(target, options(command).json === true));
    });
  ems
    .command('is-verified')
    .description('tell whether a connector has an accepted certificate')
    .argument('<name>', 'the connector')
    .option('--json', 'print a JSON document')
    .addHelpText('after', isVerifiedHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const { target, once, now } = await targetOf(name, options(command));
      await finish(once.isVerifiedOnce(target, options(command).json === true, now));
    });
  ems
    .command('list-ca')
    .description('list the installed CA certificates')
    .option('--json', 'print a JSON document')
    .addHelpText('after', listHelp)
    .action(async (_: unknown, command: Command) => {
      const { trust, once, now } = await storeOf(options(command));
      await finish(once.listCaOnce(trust, options(command).json === true, now));
    });
  ems
    .command('remove-ca')
    .description('remove an imported CA certificate')
    .argument('<sha256>', 'its whole SHA-256 fingerprint')
    .addHelpText('after', removeHelp)
    .action(async (sha256: string, _: unknown, command: Command) => {
      if (!/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(sha256))
        throw new CommandFailure('remove-ca: expected a whole SHA-256 fingerprint, 64 hexadecimal digits');
      const { trust, once } = await storeOf(options(command));
      await finish(once.removeCaOnce(trust, sha256));
    });
}
