import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandPath, everyCommand } from '../bin/command-tree.ts';
import { buildProgram } from '../bin/program.ts';
import { stageNames } from '../src/fsso/gate/stages.ts';
import { bindings } from '../src/screens/input/commands.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
const rows = [...read('docs/troubleshooting.md').matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm)].map((row) => ({
  number: Number(row[1]),
  answer: row[2] ?? '',
}));

test('every one of the 20 cases has an answer, or says that it has none yet', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, place) => place + 1));
  for (const { answer } of rows) expect(answer).toMatch(/`|not yet/);
});

test('screens, commands and stages that the answers name exist', () => {
  const commands = new Set([...everyCommand(buildProgram())].map(commandPath));
  const screens = new Set(bindings.map(({ command }) => command));
  const pages = ['collectors', 'users', 'events'].filter((name) =>
    rows.some(({ answer }) => answer.includes(`\`${name}\``)),
  );
  expect(pages).toHaveLength(3);
  for (const name of pages) expect(screens).toContain(name);
  for (const { answer } of rows) {
    for (const [, command = ''] of answer.matchAll(/`fabrictop ([a-z -]+)`/g))
      expect(commands).toContain(command);
    for (const [, stage] of answer.matchAll(/stage `([^`]+)`/g)) expect(stageNames).toContain(stage);
  }
});

test('labels that the answers name are those of the screen of a link', () => {
  const source = read('src/screens/link/link-lines.ts');
  for (const label of ['Connector', 'Kept logons', 'Tries a minute']) {
    expect(rows.some(({ answer }) => answer.includes(`\`${label}\``))).toBe(true);
    expect(source).toContain(`'${label}'`);
  }
});
