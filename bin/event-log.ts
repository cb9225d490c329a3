import { openSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';
import type { Clock } from '../src/clock.ts';
import { safeText } from '../src/safe-text.ts';
import { CommandFailure } from './cli.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** An event of a headless role; what else it has is logged beside it. */
export interface LoggedEvent {
  level: LogLevel;
  msg: string;
}

export interface EventLog {
  /** One JSON object a line, texts made safe. */
  write(event: LoggedEvent): void;
  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void>;
}

/** Octets that wait for a slow reader before lines are dropped. */
const mostWaiting = 16 * 1024 * 1024;
/** How long the last lines may take to be written, in milliseconds; where writing failed before, hardly any. */
const closeLimit = 2000;
const failedCloseLimit = 100;

/**
 * A log of one JSON object a line, on standard error or at the end of a file.
 * @throws CommandFailure when the file cannot be opened
 */
export function openEventLog(file: string | undefined, level: LogLevel, clock: Clock): EventLog {
  let target = 2;
  try {
    if (file !== undefined) target = openSync(file, 'a', 0o640);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`--log-file: ${safeText(file ?? '')} cannot be opened (${code})`);
  }
  const { destination, close } = openDestination(target, clock);
  const logger = pino(
    {
      base: null,
      level,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    write({ level: eventLevel, msg, ...details }) {
      if (!logger.isLevelEnabled(eventLevel)) return;
      const safe: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(details))
        safe[key] = typeof value === 'string' ? safeText(value) : value;
      logger[eventLevel](safe, msg);
    },
    close,
  };
}

/** Lines as they are, on standard error. */
export function openStandardError(clock: Clock): { write(line: string): void; close(): Promise<void> } {
  const { destination, close } = openDestination(2, clock);
  return { write: (line) => void destination.write(`${line}\n`), close };
}

function openDestination(
  target: number,
  clock: Clock,
): { destination: DestinationStream; close: () => Promise<void> } {
  // Asynchronous, because a reader that is slow must not keep datagrams waiting.
  const destination = pino.destination({ dest: target, sync: false, maxLength: mostWaiting });
  // Whoever read standard error has gone, or the disk is full: serving goes on.
  let failed = false;
  destination.on('error', () => {
    failed = true;
  });
  const close = () =>
    new Promise<void>((done) => {
      const limit = clock.after(failed ? failedCloseLimit : closeLimit, done);
      for (const event of ['close', 'error'])
        destination.once(event, () => {
          limit.cancel();
          done();
        });
      destination.end();
    });
  return { destination, close };
}
