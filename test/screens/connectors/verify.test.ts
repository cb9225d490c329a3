import { expect, test } from 'vitest';
import { keys, renderScreen } from '../../support/render-screen.tsx';
import { connector, connectorToAccept } from '../../support/rows.ts';

const failed = {
  stage: 'tcp',
  code: -1,
  message: 'EMS server was not reached (timeout)',
  cause: '',
  fix: [],
};

test('v fetches the certificate anew, shows it, and asks before it is accepted', async () => {
  const screen = await renderScreen({ changes: [connectorToAccept('branch')] });
  screen.answer = { ok: false, problem: { ...failed, message: 'EMS certificate not authorized' } };
  await screen.press('v');
  expect(screen.calls).toEqual(['refreshConnector branch']);
  expect(screen.text()).toContain('Accept the certificate of branch?');
  await screen.press('n');
  expect(screen.text()).toContain('> Certificate branch');
  expect(screen.calls).toHaveLength(1);
});

test('v says so where the certificate is accepted, and why where none was obtained', async () => {
  const screen = await renderScreen({ changes: [connector({ name: 'hq' })] });
  await screen.press('v');
  expect(screen.text()).toContain('+ EMS already verified.');
  await screen.change(connector({ name: 'hq', state: 'failed', chain: [] }));
  screen.answer = { ok: false, problem: failed };
  await screen.press('v');
  expect(screen.text()).toContain('x EMS server was not reached (timeout)');
  expect(screen.text()).toContain('[c EMS]');
});

test('v works by name from anywhere, and leaves alone who has gone on to type', async () => {
  const screen = await renderScreen({ changes: [connectorToAccept('branch')] });
  await screen.press('u', ':', ...'verify branch');
  screen.controller.press('enter');
  screen.controller.press('/');
  await screen.press('x');
  expect(screen.text()).not.toContain('Accept the certificate');
  expect(screen.text()).toContain('/x');
  await screen.press(keys.esc);
  expect(screen.text()).toContain('The certificate of branch waits to be accepted');
});

test('what opens from a connector stands in the bottom line of a narrow window', async () => {
  const screen = await renderScreen({ changes: [connector({ name: 'hq' })] });
  for (const hint of ['Ctrl+R Refresh', 'Enter Open', 'd Details', 'e Endpoints'])
    expect.soft(screen.text()).toContain(hint);
});
