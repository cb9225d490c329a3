import type { Command } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import { CommandFailure } from '../cli.ts';

interface AuthorizeOptions {
  config?: string;
  json?: boolean;
  write?: boolean;
}

const help = `
Without a serial number it lists the Fabric devices that wait, and changes nothing. The connector needs "admin"
in the configuration: a name and a password for the administrator's API of its EMS.

Examples:
  fabrictop ems authorize ems137
  fabrictop --write ems authorize ems137 FGVM010000000001
`;

/** `ems authorize NAME [SERIAL]`: what an administrator does on EMS under Fabric Devices (docs/cli.md). */
export function addAuthorize(ems: Command, finish: (result: EmsOnceResult) => Promise<never>): void {
  ems
    .command('authorize')
    .description('list the Fabric devices that wait on EMS, or authorise one (needs --write)')
    .argument('<name>', 'the connector')
    .argument('[serial]', 'the serial number to authorise')
    .option('--json', 'print a JSON document')
    .addHelpText('after', help)
    .action(async (name: string, serial: string | undefined, _: unknown, command: Command) => {
      const { config, json, write } = command.optsWithGlobals<AuthorizeOptions>();
      const [{ loadConfig }, { prepareEms }, { prepareAdmins }, { authorizeOnce }, { systemClock }, verbs] =
        await Promise.all([
          import('../../src/config/load.ts'),
          import('../../src/backends/ems-setup.ts'),
          import('../../src/backends/ems-admin-setup.ts'),
          import('../../src/backends/ems-authorize-once.ts'),
          import('../../src/clock.ts'),
          import('../../src/verbs.ts'),
        ]);
      const guard = new verbs.WriteGuard(write === true);
      if (serial !== undefined) refuseReadOnly(() => guard.require('authorize-device'), verbs.ReadOnlyError);
      const loaded = await loadConfig(config, process.env);
      const { targets } = await prepareEms(loaded, process.env, systemClock, name);
      const [target] = await prepareAdmins(loaded, process.env, targets, guard);
      if (!target) throw new CommandFailure(`ems ${name}: no admin is configured, or the entry is disabled`);
      await finish(await authorizeOnce(target, serial ?? null, json === true));
    });
}

/** The refusal of the core as wrong usage, before anything is read or asked. */
export function refuseReadOnly(require: () => void, readOnly: new (...args: never[]) => Error): void {
  try {
    require();
  } catch (error) {
    if (error instanceof readOnly) throw new CommandFailure(error.message);
    throw error;
  }
}
