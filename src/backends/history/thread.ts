import type { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { type HistoryFile, openForReading, openForWriting, reasonOf } from './file.ts';
import type { FromThread, ToThread } from './messages.ts';
import { answers } from './questions.ts';
import { trimStep } from './retention.ts';
import { HistoryWriter } from './writer.ts';

// A thread of its own, because a disk that is slow, a checkpoint or a long question must not hold up a frame. It does what it
// is told, one thing after the other, and has neither timers nor a clock.

let file: HistoryFile | null = null;
let writer: HistoryWriter | null = null;
let reader: DatabaseSync | null = null;

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

function closeAll(): void {
  reader?.close();
  file?.close();
  reader = null;
  file = null;
  writer = null;
}

/** What fails ends the writing: the recorder decides when it is tried again. */
function writing(action: () => FromThread): void {
  try {
    tell(action());
  } catch (error) {
    const reason = reasonOf(error);
    try {
      closeAll();
    } catch {}
    tell({ kind: 'failed', reason });
  }
}

function take(message: ToThread): void {
  switch (message.kind) {
    case 'open':
      writing(() => {
        file = openForWriting(message.path);
        writer = new HistoryWriter(file.database, message.now);
        return { kind: 'opened' };
      });
      return;
    case 'write':
      if (writer === null) return;
      writing(() => {
        writer?.write(message.changes, message.now);
        return { kind: 'written', count: message.changes.length };
      });
      return;
    case 'trim': {
      const open = file;
      if (open === null) return;
      writing(() => {
        const walk = trimStep(open.database, message.retention, message.after);
        if (walk.deleted > 0) writer?.forgetNames();
        return { kind: 'trimmed', ...walk };
      });
      return;
    }
    case 'ask':
      ask(message);
      return;
    case 'close':
      try {
        writer?.end(message.now);
        closeAll();
      } catch {}
      tell({ kind: 'closed' });
      parentPort?.close();
  }
}

function ask({ number, path, question, now }: ToThread & { kind: 'ask' }): void {
  try {
    reader ??= openForReading(path);
    tell({ kind: 'answer', number, rows: reader === null ? null : [...answers(reader, question, now)] });
  } catch (error) {
    const reason = reasonOf(error);
    try {
      reader?.close();
    } catch {}
    reader = null;
    tell({ kind: 'no-answer', number, reason });
  }
}

parentPort?.on('message', take);
