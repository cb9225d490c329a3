import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { safeText } from '../../src/safe-text.ts';
import { CommandFailure, exitStatus } from '../cli.ts';

interface Options {
  writeTo?: string;
  serial?: string;
}

async function readBackupFile(file: string, longest: number): Promise<string> {
  const name = safeText(file);
  const failed = (error: NodeJS.ErrnoException): never => {
    throw new CommandFailure(`${name} cannot be read (${error.code})`);
  };
  const status = await stat(file).catch(failed);
  if (status.isDirectory())
    throw new CommandFailure(`${name} is a directory, expected a configuration backup`);
  if (status.size > longest) throw new CommandFailure(`${name} is longer than ${longest} octets`);
  return readFile(file, 'utf8').catch(failed);
}

async function importFile(file: string, { writeTo, serial }: Options): Promise<void> {
  const [{ BackupError, longestBackup }, { importBackup }] = await Promise.all([
    import('../../src/config/fortios/backup.ts'),
    import('../../src/config/fortios/import.ts'),
  ]);
  const text = await readBackupFile(file, longestBackup);
  if (serial !== undefined && !/^[A-Za-z0-9-]{1,35}$/.test(serial))
    throw new CommandFailure('--serial: expected a serial number of at most 35 letters and digits');
  let yaml: string;
  let report: readonly string[];
  try {
    const imported = importBackup(text, serial ?? null);
    ({ yaml, report } = imported);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new CommandFailure(`${safeText(file)}: ${error.message}`);
  }
  process.stderr.write(report.map((line) => `fabrictop: ${line}\n`).join(''));
  if (writeTo === undefined) {
    process.stdout.write(yaml);
    return;
  }
  await writeFile(writeTo, yaml, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'EEXIST'
        ? 'is there already, and is never overwritten'
        : `cannot be written (${error.code})`;
    throw new CommandFailure(`--write-to: ${safeText(writeTo)} ${why}`, exitStatus.down);
  });
}

const examples = `
Secrets of a backup are encrypted or not to be copied: each becomes a reference to an environment variable. What
was taken, and what was left and why, is said on standard error.

Examples:
  fabrictop config import fortigate.conf --serial FGVM010000000001
  fabrictop config import fortigate.conf --write-to ./config.yaml
  fabrictop config check ./config.yaml
`;

/** `config import`: our configuration from a backup of a FortiGate (docs/cli.md). */
export function addImport(config: Command): void {
  config
    .command('import')
    .description('make a configuration from the configuration backup of a FortiGate')
    .argument('<file>', 'the backup')
    .option('--write-to <file>', 'write a new file instead of printing')
    .option('--serial <number>', 'serial number of the FortiGate, which a backup does not say')
    .addHelpText('after', examples)
    .action(importFile);
}
