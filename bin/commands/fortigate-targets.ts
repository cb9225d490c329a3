import type { EmsOnceResult } from '../../src/backends/ems-once.ts';
import type { FortigateTarget } from '../../src/backends/fortigate/setup.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { safeText } from '../../src/safe-text.ts';
import type { Verb } from '../../src/verbs.ts';
import { CommandFailure, exitStatus } from '../cli.ts';
import { refuseReadOnly } from './ems-authorize.ts';

/** Options that every command of `fortigate` has. */
export interface FortigateOptions {
  config?: string;
  json?: boolean;
  write?: boolean;
}

/** The configured FortiGates, or the one of that name, ready to be asked. */
export async function prepareFortigate(
  { config, write }: FortigateOptions,
  name?: string,
): Promise<FortigateTarget[]> {
  const { loadConfig } = await import('../../src/config/load.ts');
  const loaded = await loadConfig(config, process.env);
  const names = loaded.config.fortigate.map((each) => each.name);
  if (names.length === 0) throw new CommandFailure(`${safeText(loaded.path)}: fortigate: none is configured`);
  if (name !== undefined && !names.includes(name))
    throw new CommandFailure(
      `there is no FortiGate "${safeText(name)}", expected one of ${names.map(safeText).join(', ')}`,
    );
  const targets = await fortigatesOf(loaded, write === true);
  return targets.filter((target) => name === undefined || target.name === name);
}

/** Every configured FortiGate, ready to be asked; none where none is configured. */
export async function fortigatesOf(loaded: LoadedConfig, write: boolean): Promise<FortigateTarget[]> {
  if (loaded.config.fortigate.length === 0) return [];
  const [{ openTrust }, { prepareFortigates }, { systemClock }, { WriteGuard }] = await Promise.all([
    import('../../src/backends/ems-setup.ts'),
    import('../../src/backends/fortigate/setup.ts'),
    import('../../src/clock.ts'),
    import('../../src/verbs.ts'),
  ]);
  const trust = await openTrust(loaded, process.env, systemClock);
  return prepareFortigates(loaded, process.env, trust, systemClock, new WriteGuard(write));
}

/** Refuses a verb as wrong usage without `--write`, before anything is read or asked. */
export async function requireWrite(verb: Verb, { write }: FortigateOptions): Promise<void> {
  const { WriteGuard, ReadOnlyError } = await import('../../src/verbs.ts');
  refuseReadOnly(() => new WriteGuard(write === true).require(verb), ReadOnlyError);
}

/** Writes the result, and leaves with the status that it stands for. */
export async function finish({ output, diagnostics, isHealthy }: EmsOnceResult): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()));
  const [first, ...more] = diagnostics;
  if (!isHealthy) throw new CommandFailure(first ?? 'a FortiGate is down', exitStatus.down, more);
  process.stderr.write(diagnostics.map((line) => `fabrictop: ${line}\n`).join(''));
  process.exit(exitStatus.healthy);
}
