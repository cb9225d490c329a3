import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The XDG specification ignores a relative path in these variables, and so do we. */
function base(env: NodeJS.ProcessEnv, variable: string, fallback: readonly string[]): string {
  const given = env[variable];
  if (given !== undefined && isAbsolute(given)) return given;
  return join(env['HOME'] || homedir(), ...fallback);
}

/** Where the configuration is when no `--config` is given (docs/cli.md, Configuration). */
export function configPath(env: NodeJS.ProcessEnv): string {
  return join(base(env, 'XDG_CONFIG_HOME', ['.config']), 'fabrictop', 'config.yaml');
}

/** Where the program keeps what it has to remember: the trust store, imported CAs, the log of unexpected errors. */
export function stateDirectory(env: NodeJS.ProcessEnv): string {
  return join(base(env, 'XDG_STATE_HOME', ['.local', 'state']), 'fabrictop');
}

/** Where a collector keeps its logons: `collector.cache-directory`, else in the state directory. */
export function cacheDirectory(
  configured: string | undefined,
  directory: string,
  env: NodeJS.ProcessEnv,
): string {
  return configured === undefined ? join(stateDirectory(env), 'collector') : resolve(directory, configured);
}

/** Where the sockets of running dashboards are (docs/control.md). */
export function controlDirectory(env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime !== undefined && isAbsolute(runtime)
    ? join(runtime, 'fabrictop')
    : join(stateDirectory(env), 'control');
}

/** The file of accepted certificates and imported CAs: `trust.store`, else `trust.json` in the state directory. */
export function trustStorePath(store: string | undefined, directory: string, env: NodeJS.ProcessEnv): string {
  return store === undefined ? join(stateDirectory(env), 'trust.json') : resolve(directory, store);
}
