import { type Binding, shownKeys } from '../src/screens/input/binding.ts';
import { bindings } from '../src/screens/input/commands.ts';
import { ownKeys } from '../src/screens/input/key-table.ts';
import { type Hint, hintsOf } from '../src/screens/input/overlay-hints.ts';
import { screens } from '../src/screens/registry.ts';

const introduction = `# Keys

Made from the table of bindings (\`src/screens/input/commands.ts\`) by \`npm run docs\`; do not edit it by hand. The same
table drives the keys themselves, the hints at the bottom of the screen, \`?\`, and completion after \`:\`.

- \`?\` lists every key on the screen, says why one does nothing now, and runs the selected one with Enter.
- After \`:\` the name of a command does the same as its key; its beginning is enough where it is the only one.
- \`ui.keys\` of the configuration gives commands other keys ([cli.md](cli.md#look)), and everything below follows.
- A key that does nothing on the screen that is shown says why.
- "asks" in the last column: a question names what will happen; only \`y\` goes ahead.
`;

const groupTitles: Readonly<Record<Binding['group'], string>> = {
  Act: 'What acts on connectors, certificates and collectors',
  Screens: 'Screens',
  Table: 'Tables',
  Move: 'Moving',
  Replay: 'A recording that is played',
  Terminal: 'The program and its terminal',
};

/** The text of docs/keys.md. */
export function keysDocument(): string {
  const groups = [...new Set(bindings.map((binding) => binding.group))];
  return `${introduction}${groups.map(section).join('')}${overlays()}`;
}

function section(group: Binding['group']): string {
  const rows = bindings.filter((binding) => binding.group === group).map(row);
  return `\n## ${groupTitles[group]}\n\n| key | command | what it does | where |\n|---|---|---|---|\n${rows.join('')}`;
}

function row(binding: Binding): string {
  const keys = codes(shownKeys(binding));
  const argument = binding.argument === undefined ? '' : ` [${binding.argument}]`;
  const names = [
    `\`:${binding.command}${argument}\``,
    ...(binding.aliases ?? []).map((name) => `\`:${name}\``),
  ];
  const where =
    binding.on?.map((id) => screens.find((screen) => screen.id === id)?.title ?? id).join(', ') ?? 'all';
  return `| ${keys} | ${names.join(' ')} | ${asCell(binding.help)} | ${where}${binding.harm ? '; asks' : ''} |\n`;
}

const overlayHints = hintsOf(ownKeys);

const overlayTitles: Readonly<Record<keyof typeof overlayHints, string>> = {
  help: 'in help',
  question: 'at a question',
  form: 'in a form',
  command: 'after `:`',
  filter: 'after `/`',
};

function overlays(): string {
  const rows = (Object.keys(overlayHints) as (keyof typeof overlayHints)[]).flatMap((kind) =>
    overlayHints[kind].map(([keys, word]: Hint) => `| ${overlayTitles[kind]} | ${codes(keys)} | ${word} |\n`),
  );
  return `\n## Over a screen\n\n| where | key | what it does |\n|---|---|---|\n${rows.join('')}`;
}

function codes(keys: string): string {
  return keys
    .split(' ')
    .filter((key) => key !== '')
    .map((key) => `\`${key}\``)
    .join(' ');
}

// A vertical bar would end the cell.
function asCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
