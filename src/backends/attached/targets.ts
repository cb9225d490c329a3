import { basename, resolve } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import type { AttachedTarget } from './source.ts';

/**
 * The collectors to attach to: those of the configuration, and the sockets of the command line, named after their files. A socket that the
 * configuration names too is attached to once.
 */
export function attachedTargets(
  { config, directory }: Pick<LoadedConfig, 'config' | 'directory'>,
  sockets: readonly string[],
): AttachedTarget[] {
  const targets = (config['collector-control'] ?? []).map(({ name, socket }) => ({
    name,
    socket: resolve(directory, socket),
  }));
  for (const socket of sockets) {
    if (targets.some((target) => target.socket === socket)) continue;
    const short = basename(socket).replace(/\.sock$/, '');
    const isTaken = targets.some(({ name }) => name === short);
    targets.push({ name: isTaken ? socket : short, socket });
  }
  return targets;
}
