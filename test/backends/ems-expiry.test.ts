import { expect, test } from 'vitest';
import { ExpiryWatch } from '../../src/backends/ems-expiry.ts';
import { readCertificate } from '../../src/ems/certificate.ts';
import { expiryOf, expiryText } from '../../src/expiry.ts';
import { commonName, makeCertificate, utcTime } from '../support/certificate-maker.ts';

const day = 86_400_000;
// Both end at 2027-01-01T00:00:00Z.
const end = Date.UTC(2027, 0, 1);
const leaf = readCertificate(
  makeCertificate({ subject: commonName('leaf'), notAfter: utcTime('270101000000Z') }),
);
const ca = readCertificate(
  makeCertificate({ subject: commonName('ca'), notAfter: utcTime('270101000000Z') }),
);

test.each([
  [31.5, 'far', '31 days left'],
  [30.9, 'soon', '30 days left'],
  [8, 'soon', '8 days left'],
  [7.9, 'urgent', '7 days left'],
  [1, 'urgent', '1 day left'],
  [0.5, 'urgent', '0 days left'],
  [-0.5, 'expired', 'expired today'],
  [-3.5, 'expired', 'expired 3 days ago'],
  [500, 'not-yet', 'valid in 135 days'],
])('%d days before its end a certificate is %s', (before, level, text) => {
  const expiry = expiryOf(leaf, end - before * day);
  expect([expiry.level, expiryText(expiry)]).toEqual([level, text]);
});

test('each certificate is warned of once a day, whichever connectors show it', () => {
  const watch = new ExpiryWatch();
  const due = (chain: (typeof leaf)[], source: string, before: number) =>
    watch.due(chain, source, end - before * day).map(({ level, text }) => [level, text]);
  expect(due([leaf, ca], 'one', 31)).toEqual([]);
  expect(due([leaf], 'one', 30)).toEqual([
    ['warning', `Certificate CN = leaf: 30 days left (2027-01-01), SHA-256 ${leaf.sha256}`],
  ]);
  // The other connector has the same leaf, and a CA that was not told of yet.
  expect(due([leaf, ca], 'two', 29.5)).toEqual([['warning', expect.stringContaining('CN = ca: 29 days')]]);
  expect(due([leaf, ca], 'two', 29.2)).toEqual([]);
  expect(due([leaf, ca], 'one', 29)).toHaveLength(1);
  expect(due([leaf, ca], 'one', 28.4)).toHaveLength(1);
  expect(due([leaf], 'one', 7)).toEqual([['error', expect.stringContaining('7 days left')]]);
  expect(due([leaf], 'one', -2)).toEqual([
    ['error', `Certificate CN = leaf: expired 2 days ago (2027-01-01), SHA-256 ${leaf.sha256}`],
  ]);
  expect(due([leaf], 'one', 500)).toEqual([]);
});

test('what a peer wrote into a name cannot leave its line', () => {
  const hostile = readCertificate(
    makeCertificate({ subject: commonName('a\u001b[2J\r\nb'), notAfter: utcTime('270101000000Z') }),
  );
  const [event] = new ExpiryWatch().due([hostile], 'one', end - day);
  expect(event?.text).toMatch(/^[ -~]+$/);
});
