import { collectorOptionRows } from '../src/config/collector-options.ts';
import { edirectoryOptionRows } from '../src/config/edirectory.ts';
import { emsOptionRows } from '../src/config/ems-options.ts';
import { fssoOptionRows } from '../src/config/fsso-options.ts';
import { fssoPollingOptionRows } from '../src/config/fsso-polling.ts';
import { ldapOptionRows } from '../src/config/ldap-options.ts';

const head = '| key | default | values | FortiOS |\n| --- | --- | --- | --- |';
const ourHead = '| key | default | values |\n| --- | --- | --- |';

interface Table {
  readonly mark: string;
  readonly head: string;
  readonly rows: () => string[];
}

const tables: readonly Table[] = [
  { mark: 'ems options that act', head, rows: () => emsOptionRows('acts') },
  { mark: 'ems options without effect', head, rows: () => emsOptionRows('no-effect') },
  { mark: 'fsso options that act', head, rows: () => fssoOptionRows('acts') },
  { mark: 'fsso options without effect', head, rows: () => fssoOptionRows('no-effect') },
  { mark: 'fsso-polling options', head: ourHead, rows: fssoPollingOptionRows },
  { mark: 'ldap options', head, rows: ldapOptionRows },
  { mark: 'collector options', head: ourHead, rows: collectorOptionRows },
  { mark: 'edirectory options', head: ourHead, rows: edirectoryOptionRows },
];

/** docs/cli.md with the tables of options between their marks written anew. */
export function withOptionTables(document: string): string {
  return tables.reduce((text, { mark, head: columns, rows }) => {
    const begin = text.indexOf(`<!-- ${mark} -->\n`);
    const end = text.indexOf('<!-- end -->', begin);
    if (begin < 0 || end < 0) throw new Error(`docs/cli.md has no mark "${mark}"`);
    return `${text.slice(0, begin)}<!-- ${mark} -->\n${columns}\n${rows().join('\n')}\n${text.slice(end)}`;
  }, document);
}
