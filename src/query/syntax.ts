/** How filters are written, in short; docs/query.md says the rest. */
export const syntaxRows: readonly (readonly [written: string, finds: string])[] = [
  ['alice pc*', 'each word, in any text of the row; * is any characters'],
  ['-alice', 'must not match; A or B: one of them; ( ) group'],
  ['group:"VPN USERS"', 'quotes hold blanks together; user:=bob is the whole text'],
  ['ip:10.1.0.0/16', 'networks, ranges (10.1.2.3-10.1.2.9), IPv6'],
  ['age:<10m session:>0 port:1300', '< <= > >=, ranges 3-5, units s m h d w'],
];
