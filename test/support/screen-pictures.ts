import { expect, test } from 'vitest';
import { type RenderedScreen, renderScreen, type ScreenOptions } from './render-screen.tsx';

/** A screen that is compared with text files named after it, in the folder `pictures` beside the test. */
export interface Picture extends Omit<ScreenOptions, 'columns' | 'rows'> {
  readonly name: string;
}

const sizes = [
  [80, 24],
  [120, 40],
] as const;

/** Every line fits, and the frame is as high as the window: more would make Ink repaint all of it. */
export function expectToFit(screen: RenderedScreen, columns: number, rows: number): void {
  const lines = screen.text().split('\n');
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
}

/** Tests that each screen fits a small window and a large one, and looks there as its files have it. */
export function testPictures(pictures: readonly Picture[]): void {
  for (const [columns, rows] of sizes)
    test.each(pictures)(`$name looks right at ${columns}x${rows}`, async ({ name, ...options }) => {
      const screen = await renderScreen({ ...options, columns, rows });
      expectToFit(screen, columns, rows);
      await expect(`${screen.text()}\n`).toMatchFileSnapshot(
        `pictures/${name.replaceAll(' ', '-')}-${columns}x${rows}.txt`,
      );
    });
}
