import { fieldNames } from '../src/query/complete.ts';
import { logonFields } from '../src/query/logon-fields.ts';

/** What `--help` says about `--filter`; docs/query.md says the rest. */
export const filterHelp = `The filter: words that all have to occur, FIELD:VALUE for one field.
  alice pc*        each word, in any text of the row; * is any characters
  -alice           must not match; A or B: one of them; ( ) group
  group:"VPN USERS"  quotes hold blanks together; user:=bob is the whole text
  ip:10.1.0.0/16   networks, ranges (10.1.2.3-10.1.2.9), IPv6
  age:<10m session:>0 port:1300  < <= > >=, ranges 3-5, units s m h d w
Fields: ${fieldNames(logonFields).join(' ')}.
The same language works after / in the dashboard (docs/query.md).`;
