import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTargets, type Targets } from '../../bin/targets.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { publicKeyText } from '../../src/ems/fabric/signature.ts';
import type { ConnectorRow, StoreChange } from '../../src/state/changes.ts';
import { WriteGuard } from '../../src/verbs.ts';
import { entry, leaf, pinOf, rootSerial, signed, signingKey } from '../support/fabric.ts';

// The dashboard of a member, without its screens: what its root publishes while it runs.

let directory = '';
let document = '';
let changes: StoreChange[];
let targets: Targets;

const refusal = "Modification not allowed unless 'configuration-sync' is set to 'local'";
const own = { name: 'own', server: '127.0.0.1', 'https-port': 1 };

async function open(fabric: Record<string, unknown> = {}, ems: unknown[] = [own]): Promise<void> {
  const path = join(directory, 'config.yaml');
  const member = { role: 'downstream', 'root-key': publicKeyText(signingKey), transport: { file: document } };
  writeFileSync(
    path,
    JSON.stringify({
      identity: { serial: 'FGVM010000000002' },
      trust: { store: 'trust.json' },
      ems,
      fabric: { ...member, ...fabric },
    }),
  );
  changes = [];
  targets = await openTargets(await loadConfig(path, {}), {}, systemClock, new WriteGuard(false));
  for (const source of targets.sources) source.start((change) => changes.push(change));
}

const close = () => Promise.all(targets.sources.map((source) => source.stop()));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-member-'));
  document = join(directory, 'fabric.json');
});
afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true });
});

function row(name: string): ConnectorRow | null {
  let found: ConnectorRow | null = null;
  for (const change of changes) {
    if (change.table !== 'connectors') continue;
    if (change.op === 'remove' && change.id === name) found = null;
    if (change.op === 'put' && change.row.id === name) found = change.row;
  }
  return found;
}
const events = () => changes.flatMap((change) => (change.table === 'events' ? [change.row.text] : []));
const soon = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
const shared = (server: string) => entry('shared', { server, 'https-port': 1 });

test('entries of the root come, change and go while the member runs, and say whose they are', async () => {
  await open();
  await soon(() => expect(row('own')).toMatchObject({ synced: null }));
  writeFileSync(document, signed(1, { ems: [shared('127.0.0.1')], pins: [pinOf('shared', leaf('ems'))] }));
  await soon(() =>
    expect(row('shared')).toMatchObject({ server: '127.0.0.1:1', synced: { root: rootSerial, revision: 1 } }),
  );
  expect(events()).toContain(
    `Fabric revision 1 of ${rootSerial} is in force, signed by the root: 1 EMS entry`,
  );
  expect(events()).toContain('The certificate that the root accepted and signed is accepted: shared');

  writeFileSync(document, signed(2, { ems: [shared('127.0.0.2')] }));
  await soon(() => expect(row('shared')).toMatchObject({ server: '127.0.0.2:1', synced: { revision: 2 } }));
  writeFileSync(document, signed(1, { ems: [shared('127.0.0.3')] }));
  await soon(() =>
    expect(events().join('\n')).toContain('older than the one in force: revision 1, in force is 2'),
  );
  // A revision that concerns another entry starts nothing anew, and is shown all the same.
  const stopped = () => changes.filter((each) => each.table === 'connectors' && each.op === 'remove').length;
  const before = stopped();
  writeFileSync(document, signed(3, { ems: [shared('127.0.0.2'), entry('second')] }));
  await soon(() => expect(row('second')).not.toBeNull());
  await soon(() => expect(row('shared')).toMatchObject({ synced: { revision: 3 } }));
  expect(stopped()).toBe(before);

  writeFileSync(document, signed(4));
  await soon(() => expect(row('shared')).toBeNull());
  expect(row('own')).not.toBeNull();
});

test('what the root gave cannot be edited, what is local can', async () => {
  writeFileSync(document, signed(1, { ems: [shared('127.0.0.1'), entry('only-there')] }));
  await open({}, [{ ...own, name: 'shared' }]);
  await soon(() => expect(row('only-there')).not.toBeNull());
  const { actions } = targets;
  const refused = { ok: false, problem: { message: refusal } };
  expect(await actions.switchConnector('shared', false)).toMatchObject(refused);
  expect(await actions.removeConnector('shared')).toMatchObject(refused);
  expect(await actions.openConnectorForm('only-there')).toMatchObject(refused);

  const offer = await actions.openConnectorForm('shared');
  if (!offer.ok) throw new Error(offer.problem.message);
  const { form } = offer;
  const values = Object.fromEntries(form.fields.map(({ key, value }) => [key, value]));
  expect(form.check(values)).toEqual({});
  expect(form.check({ ...values, server: 'other' })).toEqual({ server: refusal });
  expect(await actions.saveConnector(form, { ...values, server: 'other' })).toMatchObject(refused);
  const added = await actions.openConnectorForm(null);
  if (!added.ok) throw new Error(added.problem.message);
  expect(await actions.saveConnector(added.form, { name: 'only-there', server: 'x' })).toMatchObject(refused);

  expect(await actions.saveConnector(form, { ...values, 'source-ip': '127.0.0.1' })).toMatchObject({
    ok: true,
  });
});

test('with configuration-sync local the member has what its own file says', async () => {
  writeFileSync(document, signed(1, { ems: [shared('127.0.0.9')] }));
  await open({ 'configuration-sync': 'local' }, [{ ...own, name: 'shared' }]);
  await soon(() => expect(row('shared')).toMatchObject({ server: '127.0.0.1:1', synced: null }));
  expect(await targets.actions.switchConnector('shared', false)).toMatchObject({ ok: true });
  expect(events().join('\n')).not.toContain('Fabric');
});

test('a root publishes what its file says, as it changes', { timeout: 30_000 }, async () => {
  const path = join(directory, 'key.pem');
  writeFileSync(path, signingKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await open({ role: 'root', 'root-key': undefined, 'signing-key': { file: path } });
  await soon(() => expect(events()).toContain(`Fabric revision 1 published: ${document}`));
  expect(await targets.actions.switchConnector('own', false)).toMatchObject({ ok: true });
  await soon(() => expect(events()).toContain(`Fabric revision 2 published: ${document}`));
});
