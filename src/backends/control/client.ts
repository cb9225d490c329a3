import { connect, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import { socketsIn } from './directory.ts';
import { parseLine, readLines } from './lines.ts';
import {
  answerSchemas,
  type ControlAnswer,
  type ControlData,
  type ControlKind,
  type ControlRequest,
  controlLimits,
  controlVersion,
  failureSchema,
} from './protocol.ts';

/** A running dashboard of this user. */
export interface RunningDashboard extends ControlData<'hello'> {
  /** Asks it, and waits so many milliseconds. */
  ask<Request extends ControlRequest>(
    request: Request,
    limitMs: number,
  ): Promise<ControlAnswer<Request['ask']>>;
  close(): void;
}

/** Every dashboard of this user that answers, and how many sockets there are that do not, or speak another version. */
export async function findDashboards(
  directory: string,
  clock: Clock,
): Promise<{ dashboards: RunningDashboard[]; silent: number }> {
  const found = await Promise.all(socketsIn(directory).map((path) => greet(path, clock)));
  return {
    dashboards: found
      .flatMap((each) => (each === null || each === 'silent' ? [] : [each]))
      .sort((one, other) => one.configuration.localeCompare(other.configuration) || one.pid - other.pid),
    silent: found.filter((each) => each === 'silent').length,
  };
}

/** Null where nobody listens. */
async function greet(path: string, clock: Clock): Promise<RunningDashboard | 'silent' | null> {
  const socket = connect(path);
  const isListened = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!isListened) return null;
  const ask = asker(socket, clock);
  const hello = await ask({ ask: 'hello' }, controlLimits.greeting);
  if (!hello.ok || hello.version !== controlVersion) {
    socket.destroy();
    return 'silent';
  }
  return { ...hello, ask, close: () => socket.destroy() };
}

function asker(socket: Socket, clock: Clock): RunningDashboard['ask'] {
  // One request at a time.
  let waiting: ((value: unknown) => void) | null = null;
  readLines(socket, (line) => waiting?.(parseLine(line)));
  socket.on('error', () => {});
  socket.on('close', () => waiting?.(undefined));
  return async (request, limitMs) => {
    if (socket.destroyed) return failed('the dashboard has ended');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting = resolve;
    const timer = clock.after(limitMs, () => {
      // What came later would be taken for the answer to the next request.
      socket.destroy();
      resolve(undefined);
    });
    socket.write(`${JSON.stringify(request)}\n`);
    const answer = await promise;
    timer.cancel();
    waiting = null;
    return understood(request.ask, answer);
  };
}

function understood<Kind extends ControlKind>(kind: Kind, answer: unknown): ControlAnswer<Kind> {
  const refusal = failureSchema.safeParse(answer);
  if (refusal.success) return refusal.data;
  const data = answerSchemas[kind].safeParse(answer);
  if (!data.success) return failed('the dashboard gave no answer');
  return { ok: true, ...(data.data as ControlData<Kind>) };
}

function failed(message: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: {
      stage: 'control',
      code: null,
      message: safeText(message),
      cause: 'It ended, is suspended or is very busy.',
      fix: ['look at the dashboard'],
    },
  };
}
