import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDemo } from '../../bin/demo-targets.ts';
import { systemClock } from '../../src/clock.ts';
import { WriteGuard } from '../../src/verbs.ts';

test('a demo that is left while its lab is still starting starts no source afterwards, and leaves no file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-leaving-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  vi.stubEnv('TMPDIR', directory);
  const demo = createDemo('quiet', systemClock, new WriteGuard(false));
  const [lab] = demo.targets.sources;
  let changes = 0;
  lab?.start(() => {
    changes += 1;
  });
  // As a slow machine has it: the lab is up only after the dashboard has stopped waiting for its sources.
  const stopping = lab?.stop();
  await demo.close();
  await stopping;
  expect(changes).toBe(0);
  expect(readdirSync(directory)).toEqual([]);
  vi.unstubAllEnvs();
}, 60_000);
