import { constants, type FSWatcher, statSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock, Timer } from '../../clock.ts';
import { replacePrivateFile } from '../../private-file.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { oversized } from './document.ts';
import { fabricLimits } from './limits.ts';
import { FabricRefusal } from './refusal.ts';
import {
  type DocumentPublisher,
  type DocumentSubscriber,
  FabricTransportError,
  type Received,
} from './transport.ts';

/** Members run as other users than the root; nothing in a document is secret. */
const everybodyReads = 0o644;

function fileProblem(path: string, error: unknown, does: string): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? null;
  return {
    stage: 'fabric',
    code,
    message: `Fabric file ${safeText(path)} ${does} (${code ?? 'unknown reason'})`,
    cause: 'The file or its directory is missing, not mounted, or belongs to somebody else.',
    fix: ['Look at fabric.transport.file, and at who may read and write there.'],
  };
}

/** Puts the document into a file, at once and whole: a reader finds the old or the new one. */
export function filePublisher(path: string): DocumentPublisher {
  return {
    place: path,
    async open() {},
    async publish(text) {
      try {
        // A directory that is missing was not mounted: one made here would be for us alone.
        statSync(dirname(path));
        replacePrivateFile(path, text, everybodyReads);
      } catch (error) {
        throw new FabricTransportError(fileProblem(path, error, 'cannot be written'));
      }
    },
    async close() {},
  };
}

/**
 * Takes the document from a file: when the system reports a change in its directory, and every ten seconds, because some
 * file systems report none.
 */
export function fileSubscriber(path: string, clock: Clock): DocumentSubscriber {
  let timer: Timer | null = null;
  let watcher: FSWatcher | null = null;
  let closed = false;
  let seen = '';
  let work: Promise<void> = Promise.resolve();
  let waits = false;

  const follow = (): void => {
    if (watcher !== null) return;
    try {
      // The directory, because a replaced file is another one; it may not be there yet.
      watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
        if (name === null || name === basename(path)) look();
      });
      watcher.on('error', () => {
        watcher?.close();
        watcher = null;
      });
    } catch {
      watcher = null;
    }
  };
  let report: (received: Received) => void = () => {};
  const look = (): void => {
    if (closed || waits) return;
    waits = true;
    work = work.then(async () => {
      waits = false;
      if (closed) return;
      const now = signatureOf(path);
      if (now === seen) return;
      const received = await readOnce(path);
      if (closed) return;
      seen = now;
      report(received);
    });
  };

  return {
    place: path,
    fetch: () => readOnce(path),
    subscribe(listener) {
      report = listener;
      follow();
      timer = clock.every(fabricLimits.fileEvery, () => {
        follow();
        look();
      });
      look();
    },
    async close() {
      closed = true;
      timer?.cancel();
      watcher?.close();
      await work;
    },
  };
}

/** Changes with every replacement and every write. */
function signatureOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.ino}:${found.size}:${found.mtimeNs}` : 'none';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

async function readOnce(path: string): Promise<Received> {
  try {
    // Non-blocking, because opening a pipe that nobody writes to would wait for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw Object.assign(new Error(), { code: 'no regular file' });
      if (status.size > fabricLimits.document) throw oversized(status.size);
      // It may grow while it is read, so that its size bounds nothing.
      const octets = Buffer.alloc(fabricLimits.document + 1);
      let length = 0;
      while (length < octets.length) {
        const { bytesRead } = await handle.read(octets, length, octets.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > fabricLimits.document) throw oversized(length);
      return { kind: 'document', octets: Buffer.from(octets.subarray(0, length)) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof FabricRefusal) return { kind: 'failed', problem: error.problem };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'failed', problem: fileProblem(path, error, 'cannot be read') };
  }
}
