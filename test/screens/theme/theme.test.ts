import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { createTheme, skins } from '../../../src/screens/theme/theme.ts';

test('the skin of the configuration is one that there is, and another is one clear line', () => {
  for (const skin of Object.keys(skins))
    expect(parseConfig(`ui: { skin: ${skin} }`, 'config.yaml').ui?.skin).toBe(skin);
  expect(() => parseConfig('ui: { skin: neon }', 'config.yaml')).toThrow(
    /ui.skin.*expected ansi, bright, mono or a file that ends in .yaml/,
  );
});

test('mono has no colour, and no skin has any under NO_COLOR', () => {
  expect(JSON.stringify(createTheme({ colour: true, ascii: false, skin: skins.mono }).tones)).not.toContain(
    '"color"',
  );
  expect(createTheme({ colour: true, ascii: false }).tones).toBe(skins.ansi.tones);
  for (const skin of Object.values(skins)) {
    const { tones, cursor } = createTheme({ colour: false, ascii: false, skin });
    expect([...Object.values(tones), cursor].every((each) => Object.keys(each).length === 0)).toBe(true);
  }
});
