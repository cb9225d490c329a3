import { CommandFailure } from './cli.ts';

const longestTimeout = 3600;

/** `--timeout` in milliseconds. @throws CommandFailure */
export function readTimeout(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > longestTimeout)
    throw new CommandFailure(
      `--timeout: found ${text}, expected seconds, more than 0 and at most ${longestTimeout}`,
    );
  return seconds * 1000;
}
