import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inspect } from './imports/arrows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixture = fileURLToPath(new URL('fixtures/imports/', import.meta.url));

function sources(folder: string): string[] {
  const entries = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => /[.]tsx?$/.test(name)).map((name) => `${folder}/${name}`);
}

test('imports follow the arrows of the architecture, in one direction only', {
  timeout: 60_000,
}, async () => {
  const { modules, imports, violations } = await inspect(root);
  expect(violations).toEqual([]);
  // Without its parser dependency-cruiser sees no TypeScript, and nothing wrong with it either.
  expect(modules).toEqual(expect.arrayContaining([...sources('src'), ...sources('bin')]));
  expect(imports).toBeGreaterThan(modules.length);
});

test('an import against an arrow is found, however it is written', { timeout: 60_000 }, async () => {
  const { violations } = await inspect(fixture);
  expect(violations).toMatchInlineSnapshot(`
    [
      "no circles: src/screens/one.ts -> src/screens/other.ts",
      "only bin and screens touch the terminal: src/fsso/terminal.ts -> tty",
      "src/backends imports only itself, src/root, src/query, src/ems, src/fsso, src/config, src/state/changes, src/state/actions: src/backends/whole-state.ts -> src/state/table.ts",
      "src/ems imports only itself, src/root: src/ems/plain.ts -> src/state/table.ts",
      "src/ems imports only itself, src/root: src/ems/type-only.ts -> src/state/table.ts",
      "src/fsso imports only itself, src/root: src/fsso/dynamic.ts -> src/config/late.ts",
      "src/fsso imports only itself, src/root: src/fsso/passed-on.ts -> src/state/table.ts",
      "src/root imports only itself, package: src/upwards.ts -> bin/allowed.ts",
    ]
  `);
});
