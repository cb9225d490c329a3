import { pino } from 'pino';
import type { Clock } from '../src/clock.ts';
import { Gathering } from '../src/gathering.ts';
import { safeText } from '../src/safe-text.ts';
import { CommandFailure } from './cli.ts';
import { RotatingFile } from './rotating-file.ts';

/** Where the lines of a log go. */
export interface Lines {
  /** Takes one line, without its line feed. Never throws. */
  write(line: string): void;
  /** Lets it grow to so many bytes from now on; absent where it has no bounds. */
  retune?(mostBytes: number): void;
  /** Goes on with the file of its name, because another program moved it; absent where there is none. */
  reopen?(): void;
  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void>;
}

/** Octets that wait for a slow reader before lines are dropped. */
const mostWaiting = 16 * 1024 * 1024;
/** How long the last lines may take to be written, in milliseconds; where writing failed before, hardly any. */
const closeLimit = 2000;
const failedCloseLimit = 100;

/** Standard error; lines that come together are written together. */
export function openStandardError(clock: Clock): Lines {
  // Asynchronous, because a reader that is slow must not keep datagrams waiting.
  const destination = pino.destination({ dest: 2, sync: false, maxLength: mostWaiting });
  // Whoever read standard error has gone, or the disk is full: serving goes on.
  let failed = false;
  destination.on('error', () => {
    failed = true;
  });
  let waiting = '';
  const hand = () => {
    if (waiting !== '') destination.write(waiting);
    waiting = '';
  };
  const gathering = new Gathering(hand);
  return {
    write(line) {
      waiting += `${line}\n`;
      gathering.add();
    },
    close: () =>
      new Promise<void>((done) => {
        gathering.clear();
        hand();
        const limit = clock.after(failed ? failedCloseLimit : closeLimit, done);
        for (const event of ['close', 'error'])
          destination.once(event, () => {
            limit.cancel();
            done();
          });
        destination.end();
      }),
  };
}

/**
 * The end of a file, which becomes `FILE.bak` at its size.
 * @param what the option that names it, for errors
 * @throws CommandFailure when it cannot be opened
 */
export async function openLogFile(what: string, file: string, mostBytes: number): Promise<Lines> {
  try {
    return await RotatingFile.open(file, mostBytes, ({ code, message }) =>
      // The log itself cannot say so.
      process.stderr.write(`fabrictop: ${what}: ${safeText(file)} cannot be written (${code ?? message})\n`),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${what}: ${safeText(file)} cannot be opened (${code})`);
  }
}

/** The log of a command: standard error, or the file of `--log-file`. @throws CommandFailure */
export async function openLines(file: string | null, mostBytes: number, clock: Clock): Promise<Lines> {
  return file === null ? openStandardError(clock) : await openLogFile('--log-file', file, mostBytes);
}
