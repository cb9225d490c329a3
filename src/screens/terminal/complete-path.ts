import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';

// What fits the line of completion many times over.
const mostPaths = 50;

/**
 * Paths that begin with what was typed, as it was typed: `~/c` gives `~/ca.pem`. A directory ends in `/`. Hidden files
 * only when their dot was typed. Empty where nothing can be listed.
 */
export function completePath(begun: string): string[] {
  const isDirectory = begun === '' || begun.endsWith('/');
  const directory = isDirectory ? begun : begun.slice(0, begun.length - basename(begun).length);
  const name = isDirectory ? '' : basename(begun);
  const listed =
    directory.startsWith('~/') || begun === '~' ? join(homedir(), directory.slice(1)) : directory;
  try {
    return readdirSync(resolve(listed === '' ? '.' : listed), { withFileTypes: true })
      .filter((entry) => entry.name.startsWith(name) && (name !== '' || !entry.name.startsWith('.')))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .slice(0, mostPaths)
      .map((entry) => `${directory}${entry.name}${entry.isDirectory() ? '/' : ''}`);
  } catch {
    return [];
  }
}
