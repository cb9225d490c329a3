import { entryFields } from '../src/query/entry-fields.ts';
import { type Field, type FieldKind, type Fields, takesWords } from '../src/query/fields.ts';
import { historyFields } from '../src/query/history-fields.ts';
import { logonFields } from '../src/query/logon-fields.ts';
import { alertFields } from '../src/screens/alerts/columns.ts';
import { componentFields } from '../src/screens/attached/columns.ts';
import { caFields } from '../src/screens/cas/columns.ts';
import { collectorFields } from '../src/screens/collectors/columns.ts';
import { connectorFields } from '../src/screens/connectors/columns.ts';
import { deviceFields } from '../src/screens/devices/columns.ts';
import { endpointFields } from '../src/screens/endpoints/columns.ts';
import { eventFields } from '../src/screens/events/columns.ts';
import { fortigateFields } from '../src/screens/fortigates/columns.ts';
import { messageFields } from '../src/screens/inspector/columns.ts';

const tables: readonly (readonly [title: string, fields: Fields<never>])[] = [
  ['FSSO users, and `fsso list --filter`', logonFields],
  ['`fsso history --filter`', historyFields],
  ['Collectors', collectorFields],
  ['Attached collectors', componentFields],
  ['Entries of a collector', entryFields],
  ['Messages of a link', messageFields],
  ['Event log', eventFields],
  ['EMS connectors', connectorFields],
  ['EMS endpoints', endpointFields],
  ['Fabric devices', deviceFields],
  ['Alerts', alertFields],
  ['FortiGates', fortigateFields],
  ['Installed CAs', caFields],
];

const kindWords: Readonly<Record<Exclude<FieldKind, 'one-of'>, string>> = {
  text: 'text',
  texts: 'text',
  address: 'address',
  number: 'number',
  ranges: 'number, port',
  age: 'age',
  left: 'time left',
  duration: 'duration',
  time: 'time',
};

const begin = '<!-- fields -->\n';
const end = '<!-- end -->';

/** docs/query.md with the tables of fields between their marks written anew. */
export function withQueryTables(document: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error('docs/query.md has no place for its tables');
  return `${document.slice(0, from)}${begin}${tables.map(section).join('')}${document.slice(to)}`;
}

function section([title, fields]: (typeof tables)[number]): string {
  const rows = Object.entries(fields).map(([name, field]) => row(name, field));
  return `\n### ${title}\n\n| field | words | what it is | written as |\n|---|---|---|---|\n${rows.join('')}\n`;
}

function row(name: string, field: Field<never>): string {
  const names = [name, ...(field.aliases ?? [])].map((each) => `\`${each}\``).join(' ');
  const type = field.kind === 'one-of' ? field.values.map(asValue).join(' ') : kindWords[field.kind];
  return `| ${names} | ${takesWords(field) ? 'yes' : ''} | ${field.help} | ${type} |\n`;
}

function asValue(value: string): string {
  return `\`${/\s/.test(value) ? `"${value}"` : value}\``;
}
