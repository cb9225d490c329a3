import type { Command } from 'commander';
import type { FortigateDecision } from '../../src/backends/fortigate/certificate-once.ts';
import type { Verb } from '../../src/verbs.ts';
import { askLine } from '../ask.ts';
import { CommandFailure } from '../cli.ts';
import { type FortigateOptions, finish, prepareFortigate, requireWrite } from './fortigate-targets.ts';

interface CertificateOptions extends FortigateOptions {
  vdom?: string;
  accept?: string;
  yes?: boolean;
}

const verifyHelp = `
The FortiGate shows the certificate only when its chain leads to a CA that is installed there. Without --write it is
printed, and nothing is changed. Exit status 0 means that the FortiGate has accepted it.

Examples:
  fabrictop fortigate verify-cert edge ems137
  fabrictop --write fortigate verify-cert edge ems137 --accept "$SHA256"
`;

const unverifyHelp = `
The connector of the FortiGate stops until a certificate is verified again.

Example:
  fabrictop --write fortigate unverify-cert edge ems137 --yes
`;

/** `fortigate verify-cert|unverify-cert`: what `V` and `U` do in the dashboard (docs/cli.md). */
export function addCertificateVerbs(fortigate: Command): void {
  const options = (command: Command) => command.optsWithGlobals<CertificateOptions>();
  fortigate
    .command('verify-cert')
    .description('print the certificate of an EMS as a FortiGate sees it; accept it there')
    .argument('<name>', 'the FortiGate')
    .argument('[connector]', 'its EMS connector, by name or number; not needed where there is one')
    .option('--vdom <vdom>', 'where two VDOMs have a connector of that name')
    .option('--accept <sha256>', 'accept the certificate if it has exactly this fingerprint')
    .option('--json', 'print a JSON document; alone, it changes nothing')
    .addHelpText('after', verifyHelp)
    .action(async (name: string, connector: string | undefined, _: unknown, command: Command) => {
      const given = options(command);
      const decision = verifyDecision(given);
      if (decision.kind === 'accept') await requireWrite('verify-certificate', given);
      const [target] = await prepareFortigate(given, name);
      if (!target) return;
      const { fortigateVerifyOnce } = await import('../../src/backends/fortigate/certificate-once.ts');
      await finish(
        await fortigateVerifyOnce(target, choice(connector, given), decision, given.json === true),
      );
    });
  fortigate
    .command('unverify-cert')
    .description('let a FortiGate forget the accepted certificate of an EMS (needs --write)')
    .argument('<name>', 'the FortiGate')
    .argument('[connector]', 'its EMS connector, by name or number; not needed where there is one')
    .option('--vdom <vdom>', 'where two VDOMs have a connector of that name')
    .option('--yes', 'do not ask')
    .addHelpText('after', unverifyHelp)
    .action(async (name: string, connector: string | undefined, _: unknown, command: Command) => {
      const given = options(command);
      const verb: Verb = 'unverify-certificate';
      await requireWrite(verb, given);
      const [target] = await prepareFortigate(given, name);
      if (!target) return;
      const { fortigateUnverifyOnce } = await import('../../src/backends/fortigate/certificate-once.ts');
      await finish(await fortigateUnverifyOnce(target, choice(connector, given), yesOrAsk(given)));
    });
}

function choice(connector: string | undefined, { vdom }: CertificateOptions) {
  return { ...(connector === undefined ? {} : { connector }), ...(vdom === undefined ? {} : { vdom }) };
}

function verifyDecision({ accept, json, write }: CertificateOptions): FortigateDecision {
  if (accept !== undefined) {
    if (!/^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(accept))
      throw new CommandFailure('--accept: expected a whole SHA-256 fingerprint, 64 hexadecimal digits');
    return { kind: 'accept', fingerprint: accept };
  }
  return json || !write || !process.stdin.isTTY ? { kind: 'none' } : { kind: 'ask', ask: askLine };
}

/** The decision of a command that is confirmed by a person, or by `--yes`. */
export function yesOrAsk({ yes }: { yes?: boolean }): FortigateDecision {
  if (yes) return { kind: 'yes' };
  return process.stdin.isTTY ? { kind: 'ask', ask: askLine } : { kind: 'none' };
}
