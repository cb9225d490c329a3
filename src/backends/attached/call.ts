import { type IncomingMessage, request } from 'node:http';
import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';

/** What opening a request over a control socket takes. */
export interface CallOptions {
  readonly socket: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

/** Why a collector cannot be reached or does not do what was asked; `problem` is for a person. */
export class CallFailure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** How long a collector may take for the head of an answer, and for a short answer; milliseconds and octets. */
const answerLimit = 5_000;
const longestAnswer = 1_048_576;

const refused = z.object({
  problem: z.object({
    message: z.string().max(4096),
    cause: z.string().max(4096),
    fix: z.array(z.string().max(4096)),
  }),
});

/** The answer of a collector once its head came, with status 200. @throws CallFailure */
export function openCall(options: CallOptions, clock: Clock): Promise<IncomingMessage> {
  const { socket, path, method = 'GET', body } = options;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request({ socketPath: socket, path, method, agent: false });
  const late = clock.after(answerLimit, () => {
    sent.destroy();
    reject(unreachable(socket, 'ETIMEDOUT'));
  });
  sent.on('error', ({ code }: NodeJS.ErrnoException) => reject(unreachable(socket, code ?? null)));
  sent.on('response', (response) => {
    if (response.statusCode === 200) resolve(response);
    else
      void readAnswer(response).then((answer) => reject(refusal(response.statusCode ?? 0, answer)), reject);
  });
  sent.end(body);
  return promise.finally(() => late.cancel());
}

/** A short answer, its JSON read. @throws CallFailure */
export async function call(options: CallOptions, clock: Clock): Promise<unknown> {
  return readAnswer(await openCall(options, clock));
}

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > longestAnswer) break;
      pieces.push(piece);
    }
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw notUnderstood();
  }
}

/** Something answers that is no collector of this version. */
export function notUnderstood(): CallFailure {
  return new CallFailure({
    stage: 'control',
    code: null,
    message: 'what answers is not understood',
    cause: 'It is no collector of fabrictop, or one of another version.',
    fix: ['Use the same version of fabrictop on both sides.', 'Look whose socket it is.'],
  });
}

function refusal(status: number, answer: unknown): CallFailure {
  const said = refused.safeParse(answer);
  if (!said.success) return notUnderstood();
  const { message, cause, fix } = said.data.problem;
  return new CallFailure({
    stage: 'control',
    code: status,
    message: safeText(message),
    cause: safeText(cause),
    fix: fix.map(safeText),
  });
}

const causes: Readonly<Record<string, readonly [cause: string, ...fix: string[]]>> = {
  ENOENT: [
    'There is no such socket: the collector does not run, or has another control socket.',
    'Start it with --control-socket, or name the socket that it has.',
    'Of a collector on another machine, start the SSH tunnel.',
  ],
  ECONNREFUSED: ['Nobody listens on the socket: the collector was killed.', 'Start the collector again.'],
  EACCES: [
    'The socket belongs to another user.',
    'Run fabrictop as the user who runs the collector, or as root.',
  ],
  ETIMEDOUT: [
    'It is suspended or very busy, or the tunnel to it hangs.',
    'Look at the process and at the tunnel.',
  ],
};

function unreachable(socket: string, code: string | null): CallFailure {
  const [cause, ...fix] = causes[code ?? ''] ?? [
    'The connection broke: the collector or the tunnel to it ended.',
    'Look whether the collector runs.',
  ];
  return new CallFailure({
    stage: 'control',
    code,
    message: `${safeText(socket)} cannot be reached${code === null ? '' : ` (${code})`}`,
    cause,
    fix,
  });
}

/** The stream ended without a reason of its own. */
export function brokenOff(socket: string): CallFailure {
  return unreachable(socket, null);
}
