import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandPath, everyCommand } from '../bin/command-tree.ts';
import { buildProgram } from '../bin/program.ts';
import { allKeys } from '../src/config/keys.ts';
import { parseConfig } from '../src/config/load.ts';
import { version } from '../src/version.ts';
import { withOptionTables } from '../tools/option-tables.ts';
import { withQueryTables } from '../tools/query-tables.ts';

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
}

const cli = read('docs/cli.md');

describe('docs/cli.md', () => {
  const commands = [...everyCommand(buildProgram())].filter((command) => !command.name().startsWith('__'));

  test.each(commands.filter((command) => command.commands.length === 0).map(commandPath))(
    'names the command %s',
    (path) => {
      expect(cli).toContain(`\`${path}`);
    },
  );

  test.each([...new Set(commands.flatMap((command) => command.options.map(({ long }) => long ?? '')))])(
    'names the option %s',
    (option) => {
      expect(cli).toMatch(new RegExp(`[\`\\[ ]${option}(?![\\w-])`));
    },
  );

  test.each(allKeys().filter((key, _, all) => !all.some((other) => other.startsWith(`${key}.`))))(
    'has a row for the key %s',
    (key) => {
      expect(cli).toContain(`\n| \`${key}\` |`);
    },
  );

  test('has no row for a key that does not exist', () => {
    const rows = [...cli.matchAll(/^\| `([a-z-]+(?:\.[a-z-]+)+)` \|/gm)].map((match) => match[1]);
    expect(allKeys()).toEqual(expect.arrayContaining(rows));
  });

  test('has the tables of EMS options as the program has them; npm run docs writes them', () => {
    expect(withOptionTables(cli)).toBe(cli);
  });

  test('shows a configuration that is right', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(cli)?.[1] ?? '';
    expect(parseConfig(example, 'docs/cli.md').fsso).toHaveLength(1);
  });
});

test('docs/query.md has the fields of every table as the program has them; npm run docs writes them', () => {
  const document = read('docs/query.md');
  expect(withQueryTables(document)).toBe(document);
});

test('docs/dependencies.md has one line for each package, and none for another', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const [product = '', development = ''] = read('docs/dependencies.md').split('\n## ').slice(1);
  const listed = (section: string) =>
    [...section.matchAll(/^\| `([^`]+)` \| \S.{10,} \|$/gm)].map((match) => match[1]);
  expect(listed(product)).toEqual(Object.keys(dependencies));
  expect(listed(development)).toEqual(Object.keys(devDependencies));
});

test('versions are exact, because npm on an older Node would choose others for a range', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  for (const exact of Object.values({ ...dependencies, ...devDependencies }))
    expect(exact).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the changelog has the version of package.json', () => {
  expect(read('CHANGELOG.md')).toContain(`\n## ${version} `);
});
