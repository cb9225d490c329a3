import { Unicode11Addon } from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../../src/screens/text/printable.ts';
import { cellWidth } from '../../../src/screens/text/width.ts';
import { awkwardPieces } from '../../support/awkward-text.ts';

const columns = 2_000;

function emulator(): xterm.Terminal {
  const terminal = new xterm.Terminal({ cols: columns, rows: 4, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}

async function drawnCells(terminal: xterm.Terminal, text: string): Promise<number> {
  await new Promise<void>((resolve) => terminal.write(`\r\u001b[2K${text}`, resolve));
  return terminal.buffer.active.cursorX;
}

// Not any code point: the emulator knows the widths of Unicode 11, and later scripts are wider than it thinks.
test('a terminal draws what is shown as wide as we count it', async () => {
  const terminal = emulator();
  await fc.assert(
    fc.asyncProperty(awkwardPieces, async (text) => {
      const shown = printable(text);
      fc.pre(cellWidth(shown) < columns);
      expect({ shown, cells: await drawnCells(terminal, shown) }).toEqual({ shown, cells: cellWidth(shown) });
    }),
    { numRuns: 1_000 },
  );
  terminal.dispose();
});

test.each([
  '山田太郎',
  'Ольга',
  'नमस्ते',
  'สมชาย',
  'نورة',
  '김민수',
  'Đặng',
  '😀',
  '🇩🇪',
  '👍🏽',
  'ｱﾞ',
  'தமிழ்',
  '①',
  '—',
  '½',
])('a terminal draws %s as wide as we count it', async (text) => {
  const terminal = emulator();
  const shown = printable(text);
  expect({ shown, cells: await drawnCells(terminal, shown) }).toEqual({ shown, cells: cellWidth(shown) });
  terminal.dispose();
});
