import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { safeText } from '../../safe-text.ts';
import { type Entry, type Header, longestLine, RecordingError, readEntry, readHeader } from './format.ts';

/** A recording as far as it could be read. */
export interface Recording {
  readonly header: Header;
  readonly entries: readonly Entry[];
  /** When its last entry was written, in milliseconds since the epoch. */
  readonly ended: number;
  /** What could not be read, one sentence; null where it is whole. */
  readonly problem: string | null;
}

/** Bytes of lines that are held in memory at most. */
const mostBytes = 1024 * 1_048_576;

/**
 * Reads a recording into memory, compressed or not. What follows the first damaged line is left out, because bytes of a link that
 * are missing would make nonsense of all that come behind them.
 * @throws RecordingError where it cannot be read at all
 */
export async function readRecording(path: string): Promise<Recording> {
  const name = safeText(path);
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new RecordingError(
      error.code === 'ENOENT' ? `${name}: there is no such file` : `${name} cannot be read (${error.code})`,
    );
  });
  let header: Header | null = null;
  const entries: Entry[] = [];
  let problem: string | null = null;
  let number = 0;
  const upToThere = (reason: string): string =>
    `line ${number} of the recording is damaged (${reason}): what is before it is shown`;

  /** False: nothing more is to be read. */
  const take = (line: string): boolean => {
    number += 1;
    try {
      if (header === null) header = readHeader(line);
      else {
        const entry = readEntry(line);
        if (entry.at < (entries.at(-1)?.at ?? header.began))
          throw new RecordingError('it is older than the line before it');
        entries.push(entry);
      }
      return true;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      if (header === null)
        throw new RecordingError(`${name} is no recording that can be played: ${error.message}`);
      problem = upToThere(error.message);
      return false;
    }
  };

  try {
    const first = Buffer.alloc(2);
    const { bytesRead } = await handle.read(first, 0, 2, 0);
    const isCompressed = bytesRead === 2 && first[0] === 0x1f && first[1] === 0x8b;
    const file = handle.createReadStream({ start: 0, autoClose: false });
    const source = isCompressed ? file.pipe(createGunzip()) : file;
    // A failure of the file has to reach whoever reads what is made of it.
    if (source !== file) file.on('error', (error) => source.destroy(error));
    let rest = '';
    let bytes = 0;
    const decoder = new TextDecoder();
    try {
      reading: for await (const chunk of source) {
        bytes += (chunk as Buffer).length;
        const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (!take(line)) break reading;
        if (rest.length > longestLine) {
          take(rest.slice(0, 100));
          break;
        }
        if (bytes > mostBytes) {
          problem = `the recording is longer than ${mostBytes / 1_048_576} megabytes: what is before that is shown`;
          break;
        }
      }
      if (problem === null && rest !== '') {
        number += 1;
        problem = `the recording breaks off in line ${number}, as when the program is killed: what is before it is shown`;
        if (header === null) throw new RecordingError(`${name} is no recording: it has no whole line`);
      }
    } catch (error) {
      if (error instanceof RecordingError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (header === null) throw new RecordingError(`${name} is no recording that can be played (${code})`);
      problem = `the recording breaks off behind line ${number} (${code}): what is before it is shown`;
    } finally {
      file.destroy();
    }
  } finally {
    await handle.close().catch(() => {});
  }
  const found = header as Header | null;
  if (found === null) throw new RecordingError(`${name} is empty: no recording`);
  return { header: found, entries, ended: entries.at(-1)?.at ?? found.began, problem };
}
