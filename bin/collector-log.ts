import type { Clock } from '../src/clock.ts';
import type { CollectorEvent } from '../src/fsso/collector/events.ts';
import type { LogonTrace } from '../src/fsso/collector/trace.ts';
import { eventLog, type LogLevel, logLevels } from './event-log.ts';
import { type Lines, openLines, openLogFile } from './log-lines.ts';

export const logFormats = ['json', 'fortinet'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface CollectorLogOptions {
  readonly format: LogFormat;
  /** null: standard error. */
  readonly file: string | null;
  readonly level: LogLevel;
  /** The command names the level: no configuration changes it. */
  readonly isLevelFixed: boolean;
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
  /** The least level that is logged, and the bytes of files, from now on; a level given to the command stays. */
  retune(level: LogLevel, mostBytes: number): void;
  /** Goes on with the files of their names, because another program moved them. */
  reopen(): void;
  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void>;
}

/** @throws CommandFailure when a file cannot be opened */
export async function openCollectorLog(options: CollectorLogOptions): Promise<CollectorLog> {
  const { format, file, level, isLevelFixed, logonEventFile, mostBytes, clock } = options;
  const { lineTime, plainLine } = await import('../src/fsso/collector/log-grammar.ts');
  const separate =
    logonEventFile === null
      ? null
      : await openLogFile('collector.logon-event-log', logonEventFile, mostBytes);
  const lines = await openLines(file, mostBytes, clock);
  const files = [lines, ...(separate ? [separate] : [])];
  const resize = (bytes: number) => {
    for (const each of files) each.retune?.(bytes);
  };
  const shared: Pick<CollectorLog, 'reopen' | 'close'> = {
    reopen() {
      for (const each of files) each.reopen?.();
    },
    async close() {
      await Promise.all(files.map((each) => each.close()));
    },
  };
  const stamped = (to: Lines) => (line: string) => to.write(`${lineTime(clock.now())} ${line}`);
  if (format === 'json') {
    const log = eventLog(lines, level, clock);
    return {
      ...shared,
      write: (event) => log.write(event),
      trace: separate && (await traceTo(stamped(separate))),
      retune(next, bytes) {
        if (!isLevelFixed) log.retune(next);
        resize(bytes);
      },
    };
  }
  let least = logLevels.indexOf(level);
  const write = stamped(lines);
  const traced = separate ? stamped(separate) : write;
  const isTraced = () => separate !== null || least <= logLevels.indexOf('info');
  return {
    ...shared,
    write(event) {
      // A logon and a logoff have lines of their own.
      if (event.msg === 'logon' || event.msg === 'logoff') return;
      if (logLevels.indexOf(event.level) >= least) write(plainLine(event));
    },
    trace: await traceTo(traced, isTraced),
    retune(next, bytes) {
      if (!isLevelFixed) least = logLevels.indexOf(next);
      resize(bytes);
    },
  };
}

async function traceTo(
  write: (line: string) => void,
  isWanted: () => boolean = () => true,
): Promise<LogonTrace> {
  const { changeLines, receivedLine, sentLine } = await import('../src/fsso/collector/log-grammar.ts');
  return {
    received(datagram) {
      if (isWanted()) write(receivedLine(datagram));
    },
    changed(change) {
      if (isWanted()) for (const line of changeLines(change)) write(line);
    },
    sent(identity, bytes) {
      if (isWanted()) write(sentLine(identity, bytes));
    },
  };
}
