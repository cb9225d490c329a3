import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDemo } from '../support/dashboard.ts';
import { screenSvg, svgLines } from '../support/screen-svg.ts';
import { root } from './fabrictop.ts';

// The pictures of the README. Whoever changes a screen draws them anew and looks at them before they are committed:
// `UPDATE_PICTURES=1 npx vitest run --project e2e test/e2e/pictures.test.ts`. Without that nothing is written: a picture
// that is missing, or that shows other words than the program, fails.
const isUpdating = Boolean(process.env['UPDATE_PICTURES']);
const directory = join(root, 'docs', 'pictures');

const pictures = [
  {
    name: 'connectors',
    size: [80, 24],
    title: 'The EMS connectors of the demo: one connected, one to accept, one of an unknown CA',
    keys: '',
    shows: /users [1-9]\d+ [\s\S]*hq .*\+ connected/,
  },
  {
    name: 'certificate',
    size: [80, 24],
    title: 'The certificate of an EMS server that waits to be accepted',
    keys: ':certificate branch\r',
    shows: /^ +Subject:/m,
  },
  {
    name: 'collectors',
    size: [80, 24],
    title: 'The collectors of the demo: one refuses the password, the other is in use',
    keys: 'l',
    shows: /\+ online +yes/,
  },
  {
    name: 'help',
    size: [80, 24],
    title: 'Every key, and what it does',
    keys: '?',
    shows: /^> Ctrl\+R/m,
  },
  {
    name: 'users',
    size: [120, 40],
    title: 'The FSSO users of the demo, newest first',
    keys: 'u',
    // The window is full, and some have been there for longer than others.
    shows: /^FSSO users {2}\d+ rows +1-34\n[\s\S]* 3s\n/m,
  },
  {
    name: 'fortigate',
    size: [120, 40],
    title: 'The page of a FortiGate: connectors, users, policies and groups as it sees them',
    keys: 'm\r',
    shows: /Groups \(\d+\)[\s\S]*FSSO_Finance/,
  },
] as const;

/** The line at the bottom that tells of an alert for a few seconds. */
const alertLine = /^\S Alert .*/;

/**
 * The words of a screen, line by line, without what differs each time: numbers, times, fingerprints, who of the
 * company is logged on (`a row`), and which alerts fire by now.
 */
function words(lines: readonly string[]): string[] {
  const plain = lines.map((line) =>
    /^[> ] \S+ +10\.\d/.test(line)
      ? 'a row'
      : line
          .replace(alertLine, '')
          .replace(/ ! \d+(?: alerts?)?(?= {2})/, '')
          .replaceAll(/\b(?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{0,2}/g, '')
          .replaceAll(/<?\d+(?:\.\d+)*[smhd]?\b/g, '')
          .replaceAll(/\s+/g, ' ')
          .trim(),
  );
  while (plain.at(-1) === '') plain.pop();
  return plain;
}

test.each(pictures)('the picture of $name shows what the demo shows', async (picture) => {
  const [columns, rows] = picture.size;
  const { screen } = await openDemo([], { columns, rows });
  screen.type(picture.keys);
  await screen.waitFor(picture.shows);
  // A day that has begun makes the better picture.
  const isDrawable = (text: string) =>
    /users 1[3-9]\d /.test(text) && !text.split('\n').some((line) => alertLine.test(line));
  if (isUpdating) await screen.waitFor(isDrawable);
  const file = join(directory, `${picture.name}-${columns}x${rows}.svg`);
  if (isUpdating) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, screenSvg(screen.terminal, picture.title));
  }
  expect(existsSync(file), `${file} is missing: the first lines of this test say how it is drawn`).toBe(true);
  const drawn = words(svgLines(readFileSync(file, 'utf8')));
  await vi.waitFor(() => expect(words(screen.lines())).toEqual(drawn), { timeout: 5_000 });
});

test('words that are lost or added in a picture are noticed, numbers are not', () => {
  const line = '  hq          127.0.0.1:38833        + connected           Authorized        57s';
  expect(words([line])).toEqual(words([line.replace('38833', '4711').replace(' 57s', '  1m')]));
  expect(words([line])).not.toEqual(words([line.replace('connected', 'connecting')]));
});
