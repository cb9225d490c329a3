import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLook, ownLook, readLook } from '../../bin/look.ts';
import { loadConfig } from '../../src/config/load.ts';
import { skins } from '../../src/screens/theme/theme.ts';

function directory(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'fabrictop-look-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

async function read(ui: string, files: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const path = join(directory({ ...files, 'config.yaml': ui }), 'config.yaml');
  return readLook(await loadConfig(path, {})).catch((error: { lines: readonly string[] }) =>
    error.lines.map((line) => line.replace(/^(?:the skin )?[/].*[/](?=\w+[.]yaml)/, '')),
  );
}

test('every wrong key is a line with its place in the configuration', async () => {
  expect(await read('ui:\n  keys:\n    refrsh: R\n    users: [U, l]\n')).toEqual([
    'config.yaml:3:5: ui.keys.refrsh: there is no such command; docs/keys.md and ? list them',
    'config.yaml:4:5: ui.keys.users: U is a key of unverify-cert too: give that another one',
    'config.yaml:4:5: ui.keys.users: l is a key of collectors too: give that another one',
  ]);
});

test('a skin file is found beside the configuration, and its mistakes have its name', async () => {
  expect(await read('ui: { skin: mine.yaml }', { 'mine.yaml': 'good: blue' })).toMatchObject({
    skin: { tones: { good: { color: 'blue' } } },
  });
  expect(await read('ui: { skin: mine.yaml }', { 'mine.yaml': 'good: azure' })).toEqual([
    expect.stringMatching(/^mine.yaml:1:1: good: found "azure", expected/),
  ]);
  expect(await read('ui: { skin: none.yaml }')).toEqual(['none.yaml cannot be read (ENOENT)']);
});

test('a skin that is chosen while the dashboard runs keeps the keys, and a wrong one changes nothing', async () => {
  const look = createLook(ownLook, { colour: true, ascii: false });
  expect(await look.chooseSkin('mono')).toBeNull();
  expect(look.state.getState()).toMatchObject({ keys: ownLook.keys, theme: { tones: skins.mono.tones } });
  expect(await look.chooseSkin('neon\x1b')).toMatch(/^there is no skin neon.+expected ansi, bright, mono/);
  expect(look.state.getState().theme.tones).toBe(skins.mono.tones);
});

test('without colour a skin is refused with the reason', async () => {
  const look = createLook(ownLook, { colour: false, ascii: false });
  expect(await look.chooseSkin('bright')).toBe('NO_COLOR is set, so a skin shows nothing');
});
