import { fieldNames } from '../src/query/complete.ts';
import { logonFields } from '../src/query/logon-fields.ts';
import { syntaxRows } from '../src/query/syntax.ts';

/** What `--help` says about `--filter`; docs/query.md says the rest. */
export const filterHelp = `The filter: words that all have to occur, FIELD:VALUE for one field.
${syntaxRows.map(([written, finds]) => `  ${written.padEnd(16)} ${finds}`).join('\n')}
Fields: ${fieldNames(logonFields).join(' ')}.
The same language works after / in the dashboard (docs/query.md).`;
