import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import * as z from 'zod';
import { replacePrivateFile } from '../../../private-file.ts';
import type { AssignedBlocks } from './assignment.ts';

const port = z.int().min(1).max(65_535);
const block = z.tuple([port, port]);
const who = { session: z.int().min(1).max(0xffffffff), domain: z.string(), user: z.string() };
const most = 65_536;

const recordSchema = z.object({
  version: z.literal(1),
  ip: z.ipv4().nullable(),
  sessions: z
    .array(z.object({ ...who, uid: z.int().min(0).nullable(), blocks: z.array(block).max(most) }))
    .max(most),
  freed: z.array(z.object({ ...who, freedAt: z.number(), block })).max(most),
});

/** What outlives a restart. */
export interface AssignmentRecord extends AssignedBlocks {
  /** IPv4 address that collectors were told. */
  readonly ip: string | null;
}

/** The file cannot be used; the message is one line for a person, the path included. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** The file in which a TS agent keeps over a restart who has which ports. One agent has it at a time. */
export class StateFile {
  readonly path: string;
  #guard: Server | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Null where there is no file yet. @throws StateFileError */
  read(): AssignmentRecord | null {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new StateFileError(`${this.path} cannot be read (${codeOf(error)})`);
    }
    try {
      const { ip, sessions, freed } = recordSchema.parse(JSON.parse(text));
      return { ip, sessions, freed };
    } catch {
      throw new StateFileError(`${this.path} is not the state of a TS agent: remove it to begin anew`);
    }
  }

  /** Replaces the file whole. @throws StateFileError */
  write(record: AssignmentRecord): void {
    try {
      replacePrivateFile(this.path, `${JSON.stringify({ version: 1, ...record })}\n`);
    } catch (error) {
      throw new StateFileError(`${this.path} cannot be written (${codeOf(error)})`);
    }
  }

  /** Keeps other agents off until `release`; the system releases it when the process ends. Rejects with StateFileError. */
  async take(): Promise<void> {
    // A name that is no file: it cannot be left behind by a process that was killed. Only Linux has them.
    if (process.platform !== 'linux') return;
    const guard = createServer();
    await new Promise<void>((done, failed) => {
      guard.once('error', () =>
        failed(new StateFileError(`${this.path} is in use by another TS agent of this machine`)),
      );
      guard.listen(`\0fabrictop-agent-ts:${this.path}`.slice(0, 107), done);
    });
    guard.unref();
    this.#guard = guard;
  }

  release(): void {
    this.#guard?.close();
    this.#guard = null;
  }
}
