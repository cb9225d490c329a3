import { expect, onTestFinished, test } from 'vitest';
import type { TerminalUser } from '../../../../src/fsso/agents/terminal/assignment.ts';
import type { TerminalServer } from '../../../../src/fsso/agents/terminal/server.ts';
import { SessionWatch } from '../../../../src/fsso/agents/terminal/session-watch.ts';
import { type LocalUser, ToolError } from '../../../../src/fsso/agents/terminal/sessions.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** A watch whose looks a test answers: a list of users, or the line of a failure. */
function watchOf() {
  const clock = new ManualClock();
  const followed: number[][] = [];
  const warned: string[] = [];
  const looks: PromiseWithResolvers<LocalUser[]>[] = [];
  let watched = 0;
  const server = {
    load: async () => {},
    follow: async (users: readonly TerminalUser[]) => void followed.push(users.map(({ session }) => session)),
    watch: async () => {
      watched += 1;
    },
  } as unknown as TerminalServer;
  const watch = new SessionWatch({
    server,
    look: () => {
      const look = Promise.withResolvers<LocalUser[]>();
      looks.push(look);
      return look.promise;
    },
    portsInUse: async () => new Map(),
    domain: 'HOST',
    everyMs: 5000,
    clock,
    warn: (text) => warned.push(text),
  });
  onTestFinished(() => watch.stop());
  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    watch,
    clock,
    followed,
    warned,
    looks,
    watched: () => watched,
    /** Answers the look under way. */
    answer: async (outcome: LocalUser[] | string) => {
      await turns();
      const look = looks.at(-1);
      if (typeof outcome === 'string') look?.reject(new ToolError(outcome));
      else look?.resolve(outcome);
      await turns();
    },
  };
}

const alice = { name: 'alice', uid: 1000 };

test('the first look has to succeed', async () => {
  const { watch, answer, clock } = watchOf();
  const started = watch.start();
  await Promise.all([expect(started).rejects.toThrow('busctl failed'), answer('busctl failed')]);
  expect(clock.waiting).toBe(0);
});

test('a look that fails later changes nobody, and the same failure is told once', async () => {
  const { watch, answer, clock, followed, warned, watched } = watchOf();
  const started = watch.start();
  await answer([alice]);
  await started;
  for (const outcome of ['who failed', 'who failed', 'id failed', [alice], 'who failed']) {
    clock.advance(5000);
    await answer(outcome as string | LocalUser[]);
  }
  expect(followed).toEqual([[1000], [1000]]);
  expect(watched()).toBe(2);
  expect(warned).toEqual([
    'sessions stay as they are: who failed',
    'sessions stay as they are: id failed',
    'sessions stay as they are: who failed',
  ]);
});

test('a look that takes longer than the time between two is not doubled', async () => {
  const { watch, answer, clock, looks } = watchOf();
  const started = watch.start();
  await answer([]);
  await started;
  for (let times = 0; times < 3; times++) clock.advance(5000);
  expect(looks).toHaveLength(2);
  await answer([alice]);
  clock.advance(5000);
  expect(looks).toHaveLength(3);
  await answer([]);
});
