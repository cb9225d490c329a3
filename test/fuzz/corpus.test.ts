import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutate, random } from './mutate.ts';
import { targets } from './targets.ts';

// What test/fuzz/run.ts has kept, and some changes of it, with a seed of its own: seconds here, as long as you like there.
const changed = Number(process.env['FUZZ_RUNS'] ?? 400);

test.each(Object.entries(targets))('%s reads the kept corpus and changes of it', (name, target) => {
  const directory = new URL(`corpus/${name}/`, import.meta.url);
  const kept = existsSync(directory)
    ? readdirSync(directory).map((file) => readFileSync(new URL(file, directory)))
    : [];
  const corpus = [...target.seeds, ...kept];
  const pick = random(8002);
  const inputs = [
    ...corpus,
    ...Array.from({ length: changed }, () => mutate(corpus, pick).subarray(0, 2000)),
  ];
  for (const bytes of inputs) expect(() => target.read(bytes), bytes.toString('hex')).not.toThrow();
});
