import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { median, ratio, spread } from './statistics.ts';

const rounds = 9;
const limitMs = 30_000;
// Every screen begins with the program's name.
const frame = /fabrictop/;
// The first frame is painted while the lab starts; this is the state of an EMS connector that has answered.
const data = /\+ connected/;

interface Run {
  readonly pty: IPty;
  readonly home: string;
  readonly started: number;
}

function start(file: string, args: string[]): Run {
  const home = mkdtempSync(join(tmpdir(), 'fabrictop-bench-'));
  const started = performance.now();
  const pty = spawn(file, args, {
    name: 'xterm-256color',
    cols: 80,
    rows: 24,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
  });
  return { pty, home, started };
}

function ended({ pty }: Run): Promise<void> {
  return new Promise((done) => pty.onExit(() => done()));
}

/** Milliseconds from the start of the demo to the bytes of its first frame, and to those of its first connection. */
async function demo(): Promise<{ frame: number; data: number }> {
  const run = start('bin/fabrictop', ['demo']);
  const end = ended(run);
  const seen = Promise.withResolvers<{ frame: number; data: number }>();
  const limit = setTimeout(() => seen.reject(new Error(`not drawn within ${limitMs} ms: ${raw}`)), limitMs);
  let raw = '';
  let toFrame: number | null = null;
  run.pty.onData((text) => {
    raw += text;
    const taken = performance.now() - run.started;
    if (toFrame === null && frame.test(raw)) toFrame = taken;
    if (toFrame !== null && data.test(raw)) seen.resolve({ frame: toFrame, data: taken });
  });
  void end.then(() => seen.reject(new Error(`the demo left before it was drawn: ${raw}`)));
  try {
    return await seen.promise;
  } finally {
    clearTimeout(limit);
    run.pty.kill('SIGTERM');
    await end;
    rmSync(run.home, { recursive: true });
  }
}

/** Milliseconds that Node takes to start, run nothing and leave, in the same kind of terminal. */
async function bareNode(): Promise<number> {
  const run = start(process.execPath, ['-e', '0']);
  await ended(run);
  const taken = performance.now() - run.started;
  rmSync(run.home, { recursive: true });
  return taken;
}

/** Both in turn, after a round that fills the disk cache and does not count. */
export async function firstFrame(): Promise<string[]> {
  const figures = { frame: [] as number[], data: [] as number[], node: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const drawn = await demo();
    const node = await bareNode();
    if (round === 0) continue;
    figures.frame.push(drawn.frame);
    figures.data.push(drawn.data);
    figures.node.push(node);
  }
  return [
    `ms from start to the first frame of the demo:  ${spread(figures.frame)}`,
    `ms from start to the first connector that is connected:  ${spread(figures.data)}`,
    `ms of node -e 0 in the same terminal:  ${spread(figures.node)}`,
    `ratio of the first frame to node -e 0:  ${ratio(median(figures.frame), median(figures.node))}`,
  ];
}
