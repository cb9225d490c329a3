import { type EmsOption, emsOptionRows } from '../src/config/ems-options.ts';

const head = '| key | default | values | FortiOS |\n| --- | --- | --- | --- |';

const tables: readonly (readonly [mark: string, effect: EmsOption['effect']])[] = [
  ['ems options that act', 'acts'],
  ['ems options without effect', 'no-effect'],
];

/** docs/cli.md with the tables of EMS options between their marks written anew. */
export function withOptionTables(document: string): string {
  return tables.reduce((text, [mark, effect]) => {
    const begin = text.indexOf(`<!-- ${mark} -->\n`);
    const end = text.indexOf('<!-- end -->', begin);
    if (begin < 0 || end < 0) throw new Error(`docs/cli.md has no mark "${mark}"`);
    const rows = emsOptionRows(effect).join('\n');
    return `${text.slice(0, begin)}<!-- ${mark} -->\n${head}\n${rows}\n${text.slice(end)}`;
  }, document);
}
