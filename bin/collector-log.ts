import type { Clock } from '../src/clock.ts';
import type { CollectorEvent } from '../src/fsso/collector/events.ts';
import type { LogonTrace } from '../src/fsso/collector/trace.ts';
import { safeText } from '../src/safe-text.ts';
import { CommandFailure } from './cli.ts';
import { type LogLevel, logLevels, openEventLog, openStandardError } from './event-log.ts';
import { RotatingFile } from './rotating-file.ts';

export const logFormats = ['json', 'fortinet'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface CollectorLogOptions {
  readonly format: LogFormat;
  /** null: standard error. */
  readonly file: string | null;
  readonly level: LogLevel;
  /** File for the lines of logon events; null: none. */
  readonly logonEventFile: string | null;
  /** Bytes of a file that is rotated. */
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** The log of a collector, with the lines of logon events where they are wanted. */
export interface CollectorLog {
  write(event: CollectorEvent | { level: LogLevel; msg: string }): void;
  /** Follows each logon; null where nobody wants its lines. */
  readonly trace: LogonTrace | null;
  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void>;
}

interface Lines {
  write(line: string): void;
  close(): Promise<void>;
}

/** @throws CommandFailure when a file cannot be opened */
export async function openCollectorLog(options: CollectorLogOptions): Promise<CollectorLog> {
  const { format, file, level, logonEventFile, mostBytes, clock } = options;
  const { lineTime, plainLine } = await import('../src/fsso/collector/log-grammar.ts');
  const separate =
    logonEventFile === null ? null : await rotating('collector.logon-event-log', logonEventFile, mostBytes);
  const stamped = (lines: Lines) => (line: string) => lines.write(`${lineTime(clock.now())} ${line}`);
  if (format === 'json') {
    const log = openEventLog(file ?? undefined, level, clock);
    return {
      write: (event) => log.write(event),
      trace: separate && (await traceTo(stamped(separate))),
      close: async () => void (await Promise.all([log.close(), separate?.close()])),
    };
  }
  const lines = file === null ? openStandardError(clock) : await rotating('--log-file', file, mostBytes);
  const least = logLevels.indexOf(level);
  const isInfo = least <= logLevels.indexOf('info');
  const write = stamped(lines);
  const traced = separate ? stamped(separate) : isInfo ? write : null;
  return {
    write(event) {
      // A logon and a logoff have lines of their own.
      if (event.msg === 'logon' || event.msg === 'logoff') return;
      if (logLevels.indexOf(event.level) >= least) write(plainLine(event));
    },
    trace: traced && (await traceTo(traced)),
    close: async () => void (await Promise.all([lines.close(), separate?.close()])),
  };
}

async function rotating(what: string, file: string, mostBytes: number): Promise<RotatingFile> {
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

async function traceTo(write: (line: string) => void): Promise<LogonTrace> {
  const { changeLines, receivedLine, sentLine } = await import('../src/fsso/collector/log-grammar.ts');
  return {
    received: (datagram) => write(receivedLine(datagram)),
    changed: (change) => {
      for (const line of changeLines(change)) write(line);
    },
    sent: (identity, bytes) => write(sentLine(identity, bytes)),
  };
}
