import { type FSWatcher, watch } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../clock.ts';

/** How often the file is looked at where the system reports nothing: network file systems, links that are swapped. */
export const lookEveryMs = 2_000;
/** Editors write in several steps: the file is read once it has been quiet for so long. */
export const quietMs = 100;

/** A file that is being watched. */
export interface FileWatch {
  stop(): void;
}

/**
 * Calls `changed` whenever a file's content has become another than before, first than `known`; with null while there is
 * none. Editors replace files, so the directories of the file and of what it links to are watched and not the file itself.
 */
export function watchFile(
  path: string,
  known: string,
  clock: Clock,
  changed: (content: Buffer | null) => void,
): FileWatch {
  let last: string | null = known;
  let stopped = false;
  let quiet: Timer | null = null;
  let looking = false;
  let again = false;
  const watchers = new Map<string, FSWatcher>();

  async function look(): Promise<void> {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      await follow();
      const content = await readFile(path).catch(() => null);
      if (stopped) return;
      const text = content?.toString('latin1') ?? null;
      if (text === last) continue;
      last = text;
      changed(content);
    } while (again);
    looking = false;
  }

  function soon(): void {
    if (stopped) return;
    quiet?.cancel();
    quiet = clock.after(quietMs, () => void look());
  }

  /** Watches the directory of the link, and the one that it leads to at the moment. */
  async function follow(): Promise<void> {
    const target = await realpath(path).catch(() => path);
    const wanted = new Set([dirname(path), dirname(target)]);
    if (stopped) return;
    for (const [directory, watcher] of watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      watchers.delete(directory);
    }
    for (const directory of wanted) if (!watchers.has(directory)) start(directory);
  }

  function start(directory: string): void {
    try {
      // It is no reason to stay that something is watched.
      const watcher = watch(directory, { persistent: false }, soon);
      const end = () => {
        watcher.close();
        watchers.delete(directory);
      };
      watcher.on('error', end);
      watchers.set(directory, watcher);
    } catch {
      // There is no such directory now, or the system has no watches left: looking every so often has to do.
    }
  }

  const looks = clock.every(lookEveryMs, () => void look());
  start(dirname(path));
  void look();
  return {
    stop() {
      stopped = true;
      looks.cancel();
      quiet?.cancel();
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
