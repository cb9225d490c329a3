import { expect, test } from 'vitest';
import { keys, renderScreen } from '../support/render-screen.tsx';
import {
  certificate,
  collector,
  connector,
  connectorChanged,
  connectorToAccept,
  connectorUnknownCa,
  logon,
  renewal,
  start,
} from '../support/rows.ts';

test('accepting names what is accepted, asks, and calls with the whole fingerprint', async () => {
  const screen = await renderScreen({ changes: [connectorToAccept()], keys: [keys.enter, 'a'] });
  expect(screen.text()).toContain('Accept the certificate of branch?');
  await screen.press(keys.enter);
  expect(screen.calls).toEqual([]);
  expect(screen.text()).toContain('Press y to go ahead or n to cancel');
  await screen.press('n');
  expect(screen.calls).toEqual([]);
  screen.answer = { ok: true, message: 'The certificate of branch was accepted' };
  await screen.press('a', 'y');
  expect(screen.calls).toEqual([
    expect.stringMatching(/^acceptCertificate branch (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/),
  ]);
  expect(screen.text()).toContain('+ The certificate of branch was accepted');
  await screen.change(connector({ name: 'branch' }));
  expect(screen.text()).toContain('+ Accepted');
  expect(screen.text()).toContain('EMS 1/1 up');
});

test('the certificate that was asked about is the one that is accepted, whatever arrives meanwhile', async () => {
  const screen = await renderScreen({ changes: [connectorToAccept()], keys: [keys.enter, 'a'] });
  await screen.change(connector({ name: 'branch', state: 'certificate-changed', chain: [], pinned: false }));
  await screen.press('y');
  expect(screen.calls[0]).toContain('acceptCertificate branch 10:17:1E');
});

test.each([
  ['reject', [keys.enter, 'r'], 'Reject the certificate of branch?', 'rejectCertificate branch'],
  ['clear', ['u', 'C'], 'Clear all logons of corp?', 'clearLogons corp'],
  ['fail back', ['l', 'F'], 'Fail corp back to its first collector?', 'failBack corp'],
])('%s asks first', async (_, pressed, question, call) => {
  const changes = [connectorToAccept(), logon(1), collector()];
  const screen = await renderScreen({ changes, keys: pressed });
  expect(screen.text()).toContain(question);
  await screen.press(keys.esc);
  expect(screen.calls).toEqual([]);
  await screen.press(pressed.at(-1) ?? '', 'y');
  expect(screen.calls).toEqual([call]);
});

test('of several CAs each is asked for by itself, and a no leaves out the rest', async () => {
  const candidate = (name: string) => ({
    ...{ subject: `CN = ${name}`, issuer: 'CN = Root', sha256: certificate().sha256 },
    ...{ validFrom: start, validTo: start + 1, verdict: 'new' as const, der: Buffer.from(name) },
  });
  const screen = await renderScreen({
    changes: [connectorUnknownCa()],
    keys: [keys.enter, 'I', ...'x', keys.enter],
    offer: { ok: true, candidates: ['one', 'two', 'three'].map(candidate) },
  });
  expect(screen.text()).toMatch(/\(1 of 3\)[\s\S]*CN = one/);
  await screen.press('y');
  expect(screen.text()).toMatch(/\(2 of 3\)[\s\S]*CN = two/);
  await screen.press('n');
  expect(screen.calls).toEqual(['readCaFile x', 'importCa one']);
});

test('a subject of any length does not hide the fingerprint that is accepted', async () => {
  const subject = `CN = ${'long name '.repeat(300)}`;
  const screen = await renderScreen({
    changes: [connectorChanged({}, { ...renewal, subject, issuer: subject })],
    keys: [keys.enter, 'a'],
  });
  expect(screen.text()).toContain(renewal.sha256.slice(0, 47));
  expect(screen.text()).toContain('Before   10:17:1E');
  expect(screen.text()).toMatch(/long name {2}… │\n│ Issuer/);
});

test('a CA is imported after a question that shows it, and only what was shown', async () => {
  const sha256 = `${'3C:'.repeat(31)}3C`;
  const one = { subject: 'CN = Root', issuer: 'CN = Root', sha256, validFrom: start, validTo: start + 1 };
  const screen = await renderScreen({
    changes: [connectorUnknownCa()],
    keys: [keys.enter, 'I', ...'/tmp/ca.pem'],
    offer: {
      ok: true,
      candidates: [
        { ...one, verdict: 'new', der: Buffer.from('ROOT') },
        { ...one, verdict: 'no-ca', der: Buffer.from('SERVER') },
      ],
    },
  });
  await screen.press(keys.enter, 'n');
  expect(screen.calls).toEqual(['readCaFile /tmp/ca.pem']);
  await screen.press(':', keys.up, keys.enter);
  expect(screen.text()).toContain('Install this CA certificate?');
  expect(screen.text()).toContain('Left out: 1 no CA.');
  await screen.press('y');
  expect(screen.calls.slice(1)).toEqual(['readCaFile /tmp/ca.pem', 'importCa ROOT']);

  screen.offer = { ok: true, candidates: [{ ...one, verdict: 'installed', der: Buffer.from('ROOT') }] };
  await screen.press(':', keys.up, keys.enter);
  expect(screen.text()).toContain('/tmp/ca.pem has nothing to install: 1 installed already');
  const problem = { stage: 'CA import', code: null, message: 'import-ca: not found', cause: '', fix: [] };
  screen.offer = { ok: false, problem };
  await screen.press(':', keys.up, keys.enter);
  expect(screen.text()).toContain('x import-ca: not found');
  expect(screen.calls).toHaveLength(5);
});
