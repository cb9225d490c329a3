import type { Command } from 'commander';
import type { OnceResult } from '../../src/backends/fsso-once.ts';
import { CommandFailure, exitStatus } from '../cli.ts';

const defaultTimeout = '10';

/** What most commands of `fsso` take. */
export interface ListOptions {
  connector?: string;
  filter?: string;
  timeout: string;
  json?: boolean;
  config?: string;
}

/** Writes the result, and waits until it is written, because a long list to a slow pipe takes a while. */
export async function finish({ output, diagnostics, isHealthy }: OnceResult): Promise<void> {
  if (output !== null) await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'no collector is connected', exitStatus.down, more);
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
}

/** `--connector`, `--timeout` and `--json`. */
export function addCommon(command: Command): Command {
  return command
    .option('--connector <name>', 'only this connector (default: all)')
    .option('--timeout <seconds>', 'for everything together', defaultTimeout)
    .option('--json', 'print a JSON document');
}

/** The filters of FortiOS, and our own. */
export function addSelection(command: Command): Command {
  return addCommon(command)
    .option('--filter <expression>', 'only logons that match')
    .option('--group <name>', 'only members of this group')
    .option('--server <name>', 'only logons of this connector or collector')
    .option('--source <address>', 'only logons at this address, or in this network')
    .option('--user <name>', 'only this user: NAME or DOMAIN\\NAME');
}
