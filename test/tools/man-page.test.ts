import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { everyCommand } from '../../bin/command-tree.ts';
import { buildProgram } from '../../bin/program.ts';
import { manPage } from '../../tools/man-page.ts';

const file = fileURLToPath(new URL('../../docs/man/fabrictop.1', import.meta.url));

test('the man page is what the commands say; npm run docs writes it', () => {
  expect(readFileSync(file, 'utf8')).toBe(manPage());
});

test('the package brings the man page', () => {
  const { man, files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(file.endsWith(man)).toBe(true);
  expect(files).toContain('docs');
});

test('mandoc has nothing to complain of, and shows every option', () => {
  const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' });
  expect(`${lint.stdout}${lint.stderr}`).toBe('');
  expect(lint.status).toBe(0);
  const shown = spawnSync('mandoc', ['-T', 'ascii', '-O', 'width=200', file], { encoding: 'utf8' });
  // Bold is a letter, a backspace and the letter again.
  const text = shown.stdout
    .split('\b')
    .map((part, place, all) => (place < all.length - 1 ? part.slice(0, -1) : part))
    .join('');
  for (const command of everyCommand(buildProgram())) {
    if (command.name().startsWith('__')) continue;
    for (const option of command.options) expect(text).toContain(option.flags);
  }
});
