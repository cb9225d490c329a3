import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bindings } from '../../src/screens/input/commands.ts';
import { keysDocument } from '../../tools/keys-document.ts';

test('docs/keys.md is what the keymap says; npm run docs writes it', () => {
  expect(readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8')).toBe(keysDocument());
});

test('every binding has its line', () => {
  for (const binding of bindings) expect(keysDocument()).toContain(`\`:${binding.command}`);
});
