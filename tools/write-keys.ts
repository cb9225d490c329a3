import { readFileSync, writeFileSync } from 'node:fs';
import { keysDocument } from './keys-document.ts';
import { manPage } from './man-page.ts';
import { withOptionTables } from './option-tables.ts';
import { withQueryTables } from './query-tables.ts';

// docs/keys.md is what the table of bindings says; test/tools/keys-document.test.ts fails when it is stale.
writeFileSync(new URL('../docs/keys.md', import.meta.url), keysDocument());

// The tables of EMS options in docs/cli.md are what src/config/ems-options.ts says; test/docs.test.ts compares.
const cli = new URL('../docs/cli.md', import.meta.url);
writeFileSync(cli, withOptionTables(readFileSync(cli, 'utf8')));

// The tables of fields in docs/query.md are what the tables of the dashboard and the command line take; test/docs.test.ts compares.
const query = new URL('../docs/query.md', import.meta.url);
writeFileSync(query, withQueryTables(readFileSync(query, 'utf8')));

// The man page is what the commands and options say; test/tools/man-page.test.ts fails when it is stale.
writeFileSync(new URL('../docs/man/fabrictop.1', import.meta.url), manPage());
