import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { median, ratio, spread } from './statistics.ts';

const rounds = 9;
const limitMs = 30_000;
// Every screen begins with the program's name.
const frame = /fabrictop/;

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

/** Milliseconds from the start of the demo to the bytes of its first frame. */
async function toFirstFrame(): Promise<number> {
  const run = start('bin/fabrictop', ['demo']);
  const end = ended(run);
  const drawn = Promise.withResolvers<number>();
  const limit = setTimeout(() => drawn.reject(new Error(`no frame within ${limitMs} ms: ${raw}`)), limitMs);
  let raw = '';
  run.pty.onData((text) => {
    raw += text;
    if (frame.test(raw)) drawn.resolve(performance.now() - run.started);
  });
  void end.then(() => drawn.reject(new Error(`the demo left before its first frame: ${raw}`)));
  try {
    return await drawn.promise;
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
  const figures = { demo: [] as number[], node: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const demo = await toFirstFrame();
    const node = await bareNode();
    if (round === 0) continue;
    figures.demo.push(demo);
    figures.node.push(node);
  }
  return [
    `ms from start to the first frame of the demo:  ${spread(figures.demo)}`,
    `ms of node -e 0 in the same terminal:  ${spread(figures.node)}`,
    `ratio:  ${ratio(median(figures.demo), median(figures.node))}`,
  ];
}
