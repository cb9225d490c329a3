import { defineConfig } from 'vitest/config';

// Two projects: `unit` runs in parallel and touches nothing but loopback sockets it opened itself; `e2e` drives the
// built program in a pseudo-terminal and against tools from outside, two files at a time: they wait more than they compute
// (their times add up to 1024 s in a run that took 624 s, on a machine busy with much else).
// Three workers for `unit`: its tests wait for sockets and processes more than they compute (measured on two cores:
// 239 s with one worker, which is vitest's choice there, 139 s with three). Files of a worker share the modules they
// import (`isolate: false`): loading them again for each was much of the work (measured on 21 files of state, query and wire:
// 20 s of processor time with it, 11 s without). So whoever changes what belongs to the process, an environment variable
// say, puts it back. A test is given a minute: a slow machine is no failure.
const env = { TZ: 'UTC', LANG: 'C.UTF-8', FORCE_COLOR: '0', NODE_ENV: 'test' };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', 'test/oracles/**', 'test/bench/**'],
          maxWorkers: 3,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          include: ['test/{e2e,oracles}/**/*.test.{ts,tsx}'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
