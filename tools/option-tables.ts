import { emsOptionRows } from '../src/config/ems-options.ts';
import { fssoOptionRows } from '../src/config/fsso-options.ts';

const head = '| key | default | values | FortiOS |\n| --- | --- | --- | --- |';

const tables: readonly (readonly [mark: string, rows: () => string[]])[] = [
  ['ems options that act', () => emsOptionRows('acts')],
  ['ems options without effect', () => emsOptionRows('no-effect')],
  ['fsso options that act', () => fssoOptionRows('acts')],
  ['fsso options without effect', () => fssoOptionRows('no-effect')],
];

/** docs/cli.md with the tables of options between their marks written anew. */
export function withOptionTables(document: string): string {
  return tables.reduce((text, [mark, made]) => {
    const begin = text.indexOf(`<!-- ${mark} -->\n`);
    const end = text.indexOf('<!-- end -->', begin);
    if (begin < 0 || end < 0) throw new Error(`docs/cli.md has no mark "${mark}"`);
    const rows = made().join('\n');
    return `${text.slice(0, begin)}<!-- ${mark} -->\n${head}\n${rows}\n${text.slice(end)}`;
  }, document);
}
