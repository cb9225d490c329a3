import type { Clock } from '../src/clock.ts';
import { jsonText } from '../src/json-text.ts';
import { safeText } from '../src/safe-text.ts';
import type { Lines } from './log-lines.ts';

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
  /** The least level that is logged from now on. */
  retune(least: LogLevel): void;
  /** Resolves when everything is written, or cannot be. */
  close(): Promise<void>;
}

/** A log of one JSON object a line; names of fields are words of ours. By hand and not by a library: a busy collector writes 20,000 of them a second. */
export function eventLog(lines: Lines, least: LogLevel, clock: Clock): EventLog {
  let rank = logLevels.indexOf(least);
  let shown = Number.NaN;
  let time = '';
  return {
    write(event) {
      const { level, msg } = event;
      if (logLevels.indexOf(level) < rank) return;
      const now = clock.now();
      if (now !== shown) {
        shown = now;
        time = new Date(now).toISOString();
      }
      let line = `{"level":"${level}","time":"${time}"`;
      for (const [key, value] of Object.entries(event)) {
        if (key === 'level' || key === 'msg') continue;
        const json = typeof value === 'string' ? jsonText(safeText(value)) : JSON.stringify(value);
        if (json !== undefined) line += `,"${key}":${json}`;
      }
      lines.write(`${line},"msg":${jsonText(msg)}}`);
    },
    retune(level) {
      rank = logLevels.indexOf(level);
    },
    close: () => lines.close(),
  };
}
