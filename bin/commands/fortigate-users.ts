import type { Command } from 'commander';
import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import type { FortigateTarget } from '../../src/backends/fortigate/setup.ts';
import { yesOrAsk } from './fortigate-certificate.ts';
import { type FortigateOptions, finish, prepareFortigate, requireWrite } from './fortigate-targets.ts';

interface UserOptions extends FortigateOptions {
  vdom?: string;
  yes?: boolean;
}

type Once = typeof import('../../src/backends/fortigate/identity-once.ts');
type Tell = (targets: readonly FortigateTarget[], json: boolean) => Promise<EmsOnceResult>;

const once = () => import('../../src/backends/fortigate/identity-once.ts');

/** What is read of every FortiGate, or of one. */
const readings: readonly (readonly [
  name: string,
  about: string,
  jq: string,
  tell: (module: Once) => Tell,
])[] = [
  [
    'users',
    'who is logged on, as the FortiGates have it, by FSSO and otherwise',
    '.users[] | [.ip, .user] | @tsv',
    (module) => module.fortigateUsersOnce,
  ],
  [
    'fsso',
    'the FSSO entries of the FortiGates and whether they are connected',
    '.entries[] | select(.status != "connected") | .name',
    (module) => module.fortigateFssoOnce,
  ],
  [
    'policies',
    'the firewall policies of the FortiGates, with the groups that they let in',
    '.policies[] | select(.fssoGroups != []) | .id',
    (module) => module.fortigatePoliciesOnce,
  ],
  [
    'groups',
    'the user groups of the FortiGates, and groups of the directory',
    '.groups[] | [.type, .name] | @tsv',
    (module) => module.fortigateGroupsOnce,
  ],
  [
    'endpoints',
    'the endpoints with FortiClient that the FortiGates know',
    '.endpoints[] | select(.online) | .host',
    (module) => module.fortigateEndpointsOnce,
  ],
];

const deauthHelp = `
It shows whom it hits and what is sent, and asks. A user by FSSO comes back when a collector tells of the logon anew.

Example:
  fabrictop --write fortigate deauth edge 10.1.1.5 --yes
`;

const refreshHelp = `
Example:
  fabrictop --write fortigate refresh-fsso edge --vdom root
`;

/** `fortigate users|fsso|policies|groups|endpoints|deauth|refresh-fsso`: users, over the REST API (docs/cli.md). */
export function addUserCommands(fortigate: Command): void {
  const options = (command: Command) => command.optsWithGlobals<UserOptions>();
  for (const [name, about, jq, tell] of readings)
    fortigate
      .command(name)
      .description(about)
      .argument('[name]', 'only this FortiGate')
      .option('--json', 'print a JSON document')
      .addHelpText('after', `\nExample:\n  fabrictop fortigate ${name} --json | jq -r '${jq}'\n`)
      .action(async (only: string | undefined, _: unknown, command: Command) => {
        const targets = await prepareFortigate(options(command), only);
        await finish(await tell(await once())(targets, options(command).json === true));
      });
  fortigate
    .command('deauth')
    .description('log one user off on a FortiGate (needs --write)')
    .argument('<name>', 'the FortiGate')
    .argument('<user>', 'the user, or the address')
    .option('--vdom <vdom>', 'where two VDOMs have that user')
    .option('--yes', 'do not ask')
    .addHelpText('after', deauthHelp)
    .action(async (name: string, user: string, _: unknown, command: Command) => {
      const given = options(command);
      await requireWrite('deauthenticate-user', given);
      const [target] = await prepareFortigate(given, name);
      if (!target) return;
      const who = { user, ...(given.vdom === undefined ? {} : { vdom: given.vdom }) };
      await finish(await (await once()).fortigateDeauthOnce(target, who, yesOrAsk(given)));
    });
  fortigate
    .command('refresh-fsso')
    .description('let a FortiGate read the groups of its collectors again (needs --write)')
    .argument('<name>', 'the FortiGate')
    .option('--vdom <vdom>', 'in this VDOM')
    .addHelpText('after', refreshHelp)
    .action(async (name: string, _: unknown, command: Command) => {
      const given = options(command);
      await requireWrite('refresh-fsso', given);
      const [target] = await prepareFortigate(given, name);
      if (!target) return;
      await finish(await (await once()).fortigateRefreshOnce(target, given.vdom ?? null));
    });
}
