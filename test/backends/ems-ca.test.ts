import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { caActions } from '../../src/backends/ems-ca.ts';
import { createCaSource } from '../../src/backends/ems-ca-source.ts';
import { systemClock } from '../../src/clock.ts';
import { TrustStore } from '../../src/ems/trust.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { OpensslCa } from '../support/openssl-ca.ts';

// Certificates of openssl in a trust store on disk.
const openssl = new OpensslCa();
const own = openssl.authority('/O=T/CN=Configured');
const other = openssl.authority('/O=T/CN=Imported');
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-cas-'));
afterAll(() => {
  openssl.remove();
  rmSync(directory, { recursive: true });
});

test('the installed CAs are rows that come and go with the trust store', async () => {
  const trust = TrustStore.open(join(directory, 'one.json'), systemClock, [own.der]);
  const actions = caActions(trust);
  const source = createCaSource(trust);
  const changes: StoreChange[] = [];
  const last = () =>
    changes.splice(0).map((each) => ('row' in each ? rowText(each.row) : JSON.stringify(each)));
  source.start((change) => changes.push(change));
  expect(last()).toEqual(['O = T, CN = Configured true false']);
  expect((await actions.importCa([other.der])).ok).toBe(true);
  expect(last()).toEqual(['O = T, CN = Configured true false', 'O = T, CN = Imported false true']);
  const sha256 = trust.installedCas()[1]?.details.sha256 ?? '';
  expect(await actions.removeCa(sha256)).toEqual({
    ok: true,
    message: 'Removed the CA O = T, CN = Imported; chains are judged anew',
  });
  expect(last()).toEqual([
    JSON.stringify({ table: 'cas', op: 'remove', id: sha256 }),
    'O = T, CN = Configured true false',
  ]);
  expect(await actions.removeCa(sha256)).toMatchObject({ ok: false });
  await source.stop();
  await actions.importCa([other.der]);
  expect(changes).toEqual([]);
});

test('a CA of the configuration is not removed, and one that was imported beside it says that it stays', async () => {
  const path = join(directory, 'two.json');
  await caActions(TrustStore.open(path, systemClock)).importCa([own.der]);
  const trust = TrustStore.open(path, systemClock, [own.der]);
  const sha256 = trust.installedCas()[0]?.details.sha256 ?? '';
  expect(await caActions(trust).removeCa(sha256)).toMatchObject({
    ok: true,
    message: expect.stringContaining('the configuration still names it'),
  });
  expect(await caActions(trust).removeCa(sha256)).toMatchObject({
    ok: false,
    problem: { fix: ['Take its file out of trust.ca.'] },
  });
  expect(trust.cas()).toHaveLength(1);
});

function rowText(row: object): string {
  const { subject, configured, imported } = row as Record<string, unknown>;
  return `${subject} ${configured} ${imported}`;
}
