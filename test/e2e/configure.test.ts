import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PtyScreen } from '../support/pty-screen.ts';
import { launcher } from './fabrictop.ts';

// The demo's configuration is an ordinary file: it is edited by the form and by hand, while the dashboard runs.

let directory = '';
let screen: PtyScreen | null = null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fabrictop-configure-'));
});
afterEach(() => {
  screen?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a connector is added by the form in the demo, changed by hand, broken by hand, and deleted by its name', async () => {
  const shown = new PtyScreen(launcher, ['demo'], {
    columns: 120,
    rows: 40,
    env: { HOME: directory, TMPDIR: directory },
  });
  screen = shown;
  await shown.waitFor((text) => /^[> ] hq .*connected/m.test(text) && text.includes('E Edit'));
  const [lab = ''] = readdirSync(directory).filter((name) => name.startsWith('fabrictop-demo-'));
  const path = join(directory, lab, 'config.yaml');
  const before = readFileSync(path, 'utf8');

  shown.type('N');
  await shown.waitFor((text) => text.includes('New EMS connector'));
  shown.type('added\t127.0.0.1\t70000');
  await shown.waitFor((text) => text.includes('! found 70000, expected a whole number from 1 to 65535'));
  shown.type('\u00151\r');
  await shown.waitFor((text) => text.includes('+ added was added'));
  await shown.waitFor((text) => /^[> ] added .*127\.0\.0\.1:1\b/m.test(text));
  const added = readFileSync(path, 'utf8');
  expect(added).toContain('  - name: added\n    server: 127.0.0.1\n    https-port: 1\n');
  expect(added.replace('  - name: added\n    server: 127.0.0.1\n    https-port: 1\n', '')).toBe(before);

  // As an editor saves: another file takes the place of the old one.
  const save = (text: string) => {
    writeFileSync(`${path}~`, text, { mode: 0o600 });
    renameSync(`${path}~`, path);
  };
  save(`# by hand\n${added.replace('name: added', 'name: by-hand')}`);
  await shown.waitFor((text) => text.includes('The configuration was changed: added by-hand; removed added'));
  await shown.waitFor((text) => /^[> ] by-hand /m.test(text) && !/^[> ] added /m.test(text));
  save(`# by hand\n${added.replace('name: added', 'nam: added')}`);
  await shown.waitFor((text) => text.includes('x Configuration not taken over: '));
  expect(shown.text()).toMatch(/^[> ] by-hand /m);
  save(`# by hand\n${added}`);
  await shown.waitFor((text) => /^[> ] added /m.test(text));

  shown.type('/added\r');
  await shown.waitFor((text) => text.includes('match added'));
  shown.type('X');
  await shown.waitFor((text) => text.includes('Delete the EMS connector added?'));
  shown.type('added\r');
  await shown.waitFor((text) => text.includes('+ added was deleted from the configuration'));
  await shown.waitFor((text) => !/^[> ] added /m.test(text));
  expect(readFileSync(path, 'utf8')).toBe(`# by hand\n${before}`);
  shown.type('q');
  expect((await shown.exit()).exitCode).toBe(0);
});
