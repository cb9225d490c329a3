import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTargets, type Targets } from '../../bin/targets.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { watchFile } from '../../src/config/watch.ts';
import type { ConnectorForm } from '../../src/state/actions.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { WriteGuard } from '../../src/verbs.ts';

let directory = '';
let path = '';
let changes: StoreChange[];
let targets: Targets;

// Port 1 on loopback: nobody listens there, and that is all these connectors need.
const head = `# ours
identity: { serial: FGVM010000000001 }
release: "7.4"
ems:
  # the first
  - name: one
    server: 127.0.0.1   # here
    https-port: 1
  - { name: two, server: 127.0.0.1, https-port: 1 }
`;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-targets-'));
  path = join(directory, 'config.yaml');
  writeFileSync(path, head);
  changes = [];
  const env = { XDG_STATE_HOME: directory };
  targets = await openTargets(await loadConfig(path, env), env, systemClock, new WriteGuard(false));
  for (const source of targets.sources) source.start((change) => changes.push(change));
});
afterEach(async () => {
  await Promise.all(targets.sources.map((source) => source.stop()));
  rmSync(directory, { recursive: true });
});

/** What became of the rows of one connector, in order: `put` once, `remove`. */
function story(name: string): string[] {
  const ops = changes.flatMap((change) => {
    if (change.table !== 'connectors') return [];
    const id = change.op === 'put' ? change.row.id : change.id;
    return id === name ? [change.op] : [];
  });
  return ops.filter((op, place) => op !== ops[place - 1]);
}
const toasts = () =>
  changes.flatMap((change) => (change.table === 'toasts' ? [`${change.level}: ${change.text}`] : []));
const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

/** As an editor saves: another file takes the place of the old one. */
function save(text: string): void {
  writeFileSync(`${path}~`, text);
  renameSync(`${path}~`, path);
}

async function formFor(connector: string | null): Promise<ConnectorForm> {
  const offer = await targets.actions.openConnectorForm(connector);
  if (!offer.ok) throw new Error(offer.problem.message);
  return offer.form;
}
const filled = (form: ConnectorForm, more: Record<string, string>) => ({
  ...Object.fromEntries(form.fields.map(({ key, value }) => [key, value])),
  ...more,
});

test('an entry that is added, changed, disabled or removed by hand is taken over, and the others run on', async () => {
  save(`${head}  - { name: three, server: 127.0.0.1, https-port: 1 }\n`);
  await soon(() => expect(story('three')).toEqual(['put']));
  // The row is there before the toast.
  await soon(() => expect(toasts()).toEqual(['info: The configuration was changed: added three']));
  expect(targets.configured.ems).toBe(3);
  save(head.replace('{ name: two,', '{ name: two, status: disable,'));
  await soon(() => expect(story('two')).toEqual(['put', 'remove', 'put']));
  await soon(() =>
    expect(toasts().at(-1)).toBe('info: The configuration was changed: changed two; removed three'),
  );
  expect(story('three')).toEqual(['put', 'remove']);
  expect(changes.findLast((change) => change.table === 'connectors' && change.op === 'put')).toMatchObject({
    row: { id: 'two', state: 'disabled' },
  });
  expect(story('one')).toEqual(['put']);
});

test('a comment that changes restarts nobody and says nothing', async () => {
  save(head.replace('# ours', '# ours, and theirs'));
  save(head.replace('# ours', '# mine').replace('name: two', 'name: 2nd'));
  await soon(() => expect(toasts()).toHaveLength(1));
  expect(story('one')).toEqual(['put']);
});

test('a broken file is told once with its first line, and what runs stays; the mended one is taken', async () => {
  save(`${head}  - { name: three, sever: 127.0.0.1 }\n`);
  await soon(() => expect(toasts()).toHaveLength(1));
  expect(toasts()[0]).toBe(
    `error: Configuration not taken over: ${path}:10:5: ems[2].server: missing, expected the host name or address of the EMS (and 1 more)`,
  );
  rmSync(path);
  await soon(() => expect(toasts()).toHaveLength(2));
  expect(toasts()[1]).toContain('no such configuration file');
  expect(targets.configured.ems).toBe(2);
  save(`${head}  - { name: three, server: 127.0.0.1 }\n`);
  await soon(() => expect(story('three')).toEqual(['put']));
  expect(story('one')).toEqual(['put']);
  expect(story('two')).toEqual(['put']);
});

test('what all connectors share restarts all of them', async () => {
  save(head.replace('FGVM010000000001', 'FGVM010000000002'));
  await soon(() => expect(story('two')).toEqual(['put', 'remove', 'put']));
  expect(story('one')).toEqual(['put', 'remove', 'put']);
});

test('a form adds an entry to the file, and its connector runs when it is saved', async () => {
  const form = await formFor(null);
  expect(form.check(filled(form, {}))).toMatchObject({
    name: 'missing, expected text of 1 to 35 characters',
    server: 'missing, expected the host name or address of the EMS',
  });
  const values = filled(form, { name: 'three', server: '127.0.0.1', 'https-port': '1', 'call-timeout': '7' });
  expect(form.check(values)).toEqual({});
  expect(await targets.actions.saveConnector(form, values)).toEqual({ ok: true, message: 'three was added' });
  expect(readFileSync(path, 'utf8')).toBe(
    `${head}  - { name: three, server: 127.0.0.1, https-port: 1, call-timeout: 7 }\n`,
  );
  expect(story('three')).toEqual(['put']);
  expect(toasts()).toEqual([]);
});

test('a form says what config check says, for each field and for the whole', async () => {
  const form = await formFor(null);
  const values = filled(form, {
    name: 'two',
    server: 'https://ems',
    'https-port': '70000',
    'interface-select-method': 'specify',
    'cloud-authentication-access-key': 'hunter2',
  });
  expect(form.check(values)).toEqual({
    name: '"two" is already the name of ems[1]: names must differ',
    server: expect.stringContaining('found "https://ems", expected a host name or address'),
    'https-port': 'found 70000, expected a whole number from 1 to 65535',
    interface: expect.stringContaining('missing, expected the name of a network interface'),
    'cloud-authentication-access-key': expect.stringContaining('a secret is never a literal'),
  });
  expect(JSON.stringify(form.check(values))).not.toContain('hunter2');
  expect(await targets.actions.saveConnector(form, values)).toMatchObject({ ok: false });
  expect(readFileSync(path, 'utf8')).toBe(head);
});

test('too many entries concern the whole form', async () => {
  writeFileSync(path, head.replace('"7.4"', '"6.4"').replace('# here', '# here\n    status: enable'));
  const add = (name: string) => ({ name, server: '127.0.0.1' });
  const third = await formFor(null);
  await targets.actions.saveConnector(third, filled(third, add('three')));
  const fourth = await formFor(null);
  expect(fourth.check(filled(fourth, add('four')))).toEqual({
    '': 'found 4 EMS entries, expected at most 3 with release "6.4"',
  });
  expect(fourth.fields.map(({ key }) => key)).not.toContain('trust-ca-cn');
});

test('a form changes what was changed and nothing else, and takes out what was emptied', async () => {
  const form = await formFor('one');
  const values = filled(form, { name: 'first', 'https-port': '', 'call-timeout': '9' });
  expect(await targets.actions.saveConnector(form, values)).toMatchObject({ ok: true });
  expect(readFileSync(path, 'utf8')).toBe(
    head.replace('name: one', 'name: first').replace('    https-port: 1\n', '    call-timeout: 9\n'),
  );
  expect(story('one')).toEqual(['put', 'remove']);
  expect(story('first')).toEqual(['put']);
  expect(story('two')).toEqual(['put']);
});

test('a form is refused when the file was changed since it was opened', async () => {
  const form = await formFor('one');
  writeFileSync(path, `${head}# theirs\n`);
  expect(await targets.actions.saveConnector(form, filled(form, { 'call-timeout': '9' }))).toMatchObject({
    ok: false,
    problem: { message: `${path}: not changed: it was changed by someone else meanwhile` },
  });
  expect(readFileSync(path, 'utf8')).toBe(`${head}# theirs\n`);
});

test('a connector is disabled, enabled and deleted in the file too', async () => {
  const { actions } = targets;
  expect(await actions.switchConnector('two', false)).toEqual({ ok: true, message: 'two was disabled' });
  expect(readFileSync(path, 'utf8')).toContain('https-port: 1, status: disable }');
  expect(await actions.switchConnector('two', true)).toEqual({ ok: true, message: 'two was enabled' });
  expect(await actions.removeConnector('two')).toMatchObject({ ok: true });
  expect(readFileSync(path, 'utf8')).toBe(head.slice(0, head.indexOf('  - { name: two')));
  expect(await actions.removeConnector('two')).toMatchObject({
    ok: false,
    problem: { message: 'there is no EMS connector "two" in the file any more' },
  });
  expect(story('one')).toEqual(['put']);
});

test('a stopped program takes nothing over any more', async () => {
  await Promise.all(targets.sources.map((source) => source.stop()));
  const before = changes.length;
  save(`${head}  - { name: three, server: 127.0.0.1 }\n`);
  const other = vi.fn();
  const watch = watchFile(path, head, systemClock, other);
  await soon(() => expect(other).toHaveBeenCalled());
  watch.stop();
  expect(changes).toHaveLength(before);
});
