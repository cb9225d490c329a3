import type { Command, Option } from 'commander';
import { commandPath, everyCommand } from '../bin/command-tree.ts';
import { buildProgram } from '../bin/program.ts';
import { type FieldKind, kindExamples, takesWords } from '../src/query/fields.ts';
import { logonFields } from '../src/query/logon-fields.ts';
import { version } from '../src/version.ts';

// Of the release; man pages carry a date.
const date = '2026-11-22';

/** The text of docs/man/fabrictop.1, in man(7): made from the commands, their options and the fields of filters. */
export function manPage(): string {
  const program = buildProgram();
  const commands = [...everyCommand(program)].filter(
    (command) => command !== program && command.commands.length === 0 && !command.name().startsWith('__'),
  );
  return [
    `.\\" Made by "npm run docs" from the commands and options; do not edit it by hand.`,
    `.TH FABRICTOP 1 "${date}" "fabrictop ${version}" "User Commands"`,
    '.SH NAME',
    'fabrictop \\- terminal dashboard for EMS connectors and FSSO of the Fortinet Security Fabric',
    '.SH SYNOPSIS',
    '.B fabrictop',
    '[\\fIoptions\\fR]',
    '.br',
    '.B fabrictop',
    '\\fIcommand\\fR [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    ...paragraph(program.description()),
    '.SH OPTIONS',
    ...program.options.flatMap(option),
    '.SH COMMANDS',
    ...commands.flatMap(section),
    '.SH FILTERS',
    ...filters(),
    '.SH EXIT STATUS',
    ...entry('0', 'healthy or done'),
    ...entry('1', 'down, refused, not trusted or nothing found'),
    ...entry('2', 'wrong usage or configuration'),
    ...entry('130', 'interrupted; the dashboard leaves with 143 on TERM and 129 on HUP'),
    '.SH FILES',
    ...entry('$XDG_CONFIG_HOME/fabrictop/config.yaml', 'the configuration'),
    ...entry('$XDG_STATE_HOME/fabrictop/', 'accepted certificates, imported CAs and the history'),
    '.SH SEE ALSO',
    'The files cli.md, query.md and keys.md in the docs directory of the package.',
    '',
  ].join('\n');
}

function section(command: Command): string[] {
  const names = command.registeredArguments.map((each) => {
    const name = each.variadic ? `${each.name()}...` : each.name();
    return each.required ? `\\fI${escaped(name)}\\fR` : `[\\fI${escaped(name)}\\fR]`;
  });
  return [
    `.SS "fabrictop ${escaped(commandPath(command))}"`,
    `.B fabrictop ${escaped(commandPath(command))}`,
    ...(names.length > 0 ? [names.join(' ')] : []),
    ...(command.options.length > 0 ? ['[\\fIoptions\\fR]'] : []),
    '.PP',
    ...paragraph(`${command.description()}.`.replace(/([.?!])\.$/, '$1')),
    ...command.options.flatMap(option),
  ];
}

function option(each: Option): string[] {
  const preset = each.defaultValue === undefined ? '' : ` (default: ${String(each.defaultValue)})`;
  return entry(each.flags, `${each.description}${preset}`);
}

const kindTitles: readonly (readonly [FieldKind, string])[] = [
  ['text', 'texts'],
  ['address', 'addresses'],
  ['number', 'numbers'],
  ['age', 'ages (s m h d w)'],
  ['left', 'times left'],
  ['time', 'times in UTC'],
];

function filters(): string[] {
  const words = Object.entries(logonFields).flatMap(([name, field]) => (takesWords(field) ? [name] : []));
  return [
    ...paragraph(
      'The same after / in the dashboard and for --filter. Words side by side all have to match, "or" stands between ' +
        'those of which one is enough, "-" before what must not match, parentheses group, double quotes hold blanks, ' +
        `* is any characters. FIELD:VALUE looks in one field, FIELD:=VALUE for the whole of it; a word alone in ${words.join(', ')}.`,
    ),
    ...kindTitles.flatMap(([kind, title]) => entry(title, kindExamples[kind].join('  '))),
    ...entry('fields of a logon', Object.keys(logonFields).join(' ')),
    '.PP',
    'Example:',
    '.PP',
    '.nf',
    `fabrictop fsso list \\-\\-filter ${escaped(`'group:"VPN USERS" ip:10.1.0.0/16 (age:<10m or status:stale)'`)}`,
    '.fi',
  ];
}

function entry(term: string, text: string): string[] {
  return ['.TP', `\\fB${escaped(term)}\\fR`, ...paragraph(text)];
}

function paragraph(text: string): string[] {
  return text
    .split('\n')
    .map((line) => escaped(line.trim()))
    .filter((line) => line !== '');
}

/** Text as it is: no line of it is taken for a request. */
function escaped(text: string): string {
  const clean = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq');
  return /^[.']/.test(clean) ? `\\&${clean}` : clean;
}
