import { defineConfig } from 'vitest/config';

// Two projects: `unit` runs in parallel and touches nothing but loopback sockets it opened itself; `e2e` drives the
// built program in a pseudo-terminal and against tools from outside, one file at a time, because two cores are few.
// Three workers for `unit`: its tests wait for sockets and processes more than they compute (measured on two cores:
// 239 s with one worker, which is vitest's choice there, 139 s with three).
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
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          include: ['test/{e2e,oracles}/**/*.test.{ts,tsx}'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
