import type { LoadedConfig } from '../../src/config/load.ts';
import { safeText } from '../../src/safe-text.ts';
import type { AddCommand } from '../cli.ts';
import { addImport } from './config-import.ts';

function summary({ config, path }: LoadedConfig): string[] {
  const lines = [`OK ${path}`];
  const add = (title: string, text: string) => lines.push(`  ${title.padEnd(10)} ${text}`);
  const { identity, collector } = config;
  add(
    'identity',
    identity
      ? `${identity.serial}-${identity.vdom}${identity.certificate ? ', certificate and key' : ''}`
      : 'none',
  );
  add('release', config.release);
  for (const { name, server, status, 'https-port': port } of config.ems)
    add(
      'ems',
      `${name} ${server ?? 'cloud'}${server ? `:${port}` : ''}${status === 'disable' ? ' (disabled)' : ''}`,
    );
  for (const { name, servers } of config.fsso)
    add('fsso', `${name} ${servers.map(({ server, port }) => `${server}:${port}`).join(', ')}`);
  for (const { id, server } of config['fsso-polling']) add('polling', `fsso-polling ${id} ${server}`);
  for (const { name, url } of config.fortigate) add('fortigate', `${name} ${url}`);
  if (collector)
    add(
      'collector',
      `${collector.listen} port ${collector.port} for FortiGates, ${collector['agent-port']} for agents`,
    );
  if (config.edirectory)
    add('edirectory', `${config.edirectory.listen} port ${config.edirectory.port} for FortiGates`);
  for (const { name, socket } of config['collector-control'] ?? []) add('attached', `${name} ${socket}`);
  return lines;
}

/** `config check`: says OK and what was understood, or everything that is wrong with the configuration. */
export const addConfig: AddCommand = (program) => {
  const config = program.command('config').description('look after the configuration');
  config
    .command('check')
    .description('check the configuration and the files and secrets that it names')
    .argument('[file]', 'the configuration file, instead of --config and the default place')
    .addHelpText('after', '\nExamples:\n  fabrictop config check\n  fabrictop config check ./config.yaml\n')
    .action(async (file: string | undefined) => {
      const { loadConfig } = await import('../../src/config/load.ts');
      const { checkConfig } = await import('../../src/config/check.ts');
      const { ConfigError } = await import('../../src/config/error.ts');
      const { systemClock } = await import('../../src/clock.ts');
      const loaded = await loadConfig(file ?? program.opts<{ config?: string }>().config, process.env);
      await (await import('../look.ts')).readLook(loaded);
      const { problems, warnings } = await checkConfig(loaded, process.env, systemClock);
      process.stderr.write(warnings.map((line) => `fabrictop: warning: ${line}\n`).join(''));
      if (problems.length > 0) throw new ConfigError(problems);
      process.stdout.write(`${summary(loaded).map(safeText).join('\n')}\n`);
    });
  addImport(config);
};
