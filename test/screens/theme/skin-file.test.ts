import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSkin } from '../../../src/screens/theme/skin-file.ts';
import { skins } from '../../../src/screens/theme/theme.ts';

function mistakes(text: string): readonly string[] {
  const read = readSkin(text, 'mine.yaml');
  return 'mistakes' in read ? read.mistakes : [];
}

test('a skin differs from its base in the roles that it names', () => {
  const read = readSkin('base: bright\ngood: bright-green bold\nwarn: black on-yellow\ntitle: plain\n', 'x');
  if (!('skin' in read)) throw new Error(read.mistakes.join('\n'));
  expect(read.skin.tones).toEqual({
    ...skins.bright.tones,
    good: { color: 'greenBright', bold: true },
    warn: { color: 'black', backgroundColor: 'yellow' },
    title: {},
  });
  expect(read.skin.cursor).toBe(skins.bright.cursor);
});

test('the row under the cursor is a role too', () => {
  const read = readSkin('cursor: bright-white on-blue', 'x');
  expect('skin' in read && read.skin.cursor).toEqual({ color: 'whiteBright', backgroundColor: 'blue' });
});

test('each mistake is one line with its place and what was expected', () => {
  const told = mistakes('base: neon\ngood: green\nevil: red\nbad: red blinking\nwarn: [red]\n');
  expect(told.map((line) => line.slice(0, line.indexOf('expected')))).toEqual([
    'mine.yaml:1:1: base: ',
    'mine.yaml:3:1: evil: there is no such role, ',
    'mine.yaml:4:1: bad: found "blinking", ',
    'mine.yaml:5:1: warn: ',
  ]);
  expect(mistakes('- red')).toEqual([expect.stringContaining('expected a map of roles: plain, title')]);
  expect(mistakes('a: [')[0]).toMatch(/^mine.yaml:1:\d+: not valid YAML: /);
  expect(mistakes('good: constructor')).toEqual([expect.stringContaining('found "constructor"')]);
});

test('whatever a file holds, it is a skin or lines that are safe to print', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
      for (const line of mistakes(text)) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
