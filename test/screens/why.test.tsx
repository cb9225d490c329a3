import { expect, test, vi } from 'vitest';
import type { WhyOffer } from '../../src/state/actions.ts';
import type { WhyReport } from '../../src/why-report.ts';
import { ctrl, keys, renderScreen } from '../support/render-screen.tsx';
import { logon, start } from '../support/rows.ts';

vi.setConfig({ testTimeout: 60_000 });

const report: WhyReport = {
  subject: { kind: 'user', value: 'CORP\\USER000' },
  to: null,
  at: start,
  logon: {
    user: 'USER000\u001b[2J',
    domain: 'CORP',
    ip: '10.1.0.0',
    session: 0,
    workstation: 'PC-00',
    groups: ['CORP/SALES'],
    connector: 'corp',
    server: '10.0.0.11:8000',
  },
  others: [],
  steps: [
    {
      step: 'link',
      state: 'broken',
      text: 'the link to 10.0.0.11:8000, which reported the logon, is lost',
      evidence: [{ text: 'lost: connection reset', source: '10.0.0.11:8000', at: start - 60_000 }],
      shownBy: null,
    },
    { step: 'policy', state: 'ok', text: 'the policies allow it', evidence: [], shownBy: null },
  ],
  fault: { step: 'link', row: 5, cause: 'The link is lost.', fix: ['bring it back', 'raise logon-timeout'] },
  decisions: [
    {
      source: 'edge',
      outcome: 'allow',
      policy: { id: 3, name: 'web' },
      ntlm: null,
      because: 'policy 3 (web)',
      permitted: ['CORP/SALES'],
      policies: [
        {
          id: 3,
          name: 'web',
          vdom: 'root',
          verdict: 'match',
          outcome: 'allow',
          because: 'the user is in CORP/SALES',
        },
      ],
      limits: [],
    },
  ],
  outcome: 'allow',
};
const why: WhyOffer = { ok: true, report };
const asked = (calls: readonly string[]) => calls.filter((call) => call.startsWith('askWhy'));

test('w explains the selected logon: what is broken first, then each step with its evidence and age', async () => {
  const screen = await renderScreen({ changes: [logon(0)], why, keys: ['u', 'w'] });
  const text = screen.text();
  expect(text).toContain('CORP\\USER000\\x1b[2J at 10.1.0.0: allowed; broken at: link');
  expect(text).toContain('Broken      link (case 5 of docs/troubleshooting.md)');
  expect(text).toContain('What to do  1. bring it back');
  expect(text).toContain('x broken: the link to 10.0.0.11:8000');
  expect(text.replaceAll(/\s+/g, ' ')).toContain('lost: connection reset, 2026-01-15T08:59:00Z (1m ago)');
  expect(asked(screen.calls)).toEqual([
    `askWhy ${JSON.stringify({ subject: { kind: 'user', value: 'CORP\\USER000' }, to: null, logon: 'corp|10.1.0.10|0' })}`,
  ]);
  await screen.press('G');
  expect(screen.text()).toContain('+ 3 (web): the user is in CORP/SALES');
});

test('Ctrl+R asks again, and so does opening the screen again', async () => {
  const screen = await renderScreen({ changes: [logon(0)], why, keys: ['u', 'w', ctrl('r'), keys.esc, 'w'] });
  expect(asked(screen.calls)).toHaveLength(3);
});

test(':why takes a user or an address, and a destination behind it', async () => {
  const screen = await renderScreen({ changes: [logon(0)], why, keys: ['u'] });
  for (const typed of ['10.1.1.5', 'CORP\\alice 10.9.0.1', 'odd name'])
    await screen.press(':', ...`why ${typed}`, keys.enter);
  expect(asked(screen.calls).map((call) => JSON.parse(call.slice(7)))).toEqual([
    { subject: { kind: 'ip', value: '10.1.1.5' }, to: null, logon: null },
    { subject: { kind: 'user', value: 'CORP\\alice' }, to: '10.9.0.1', logon: null },
    { subject: { kind: 'user', value: 'odd name' }, to: null, logon: null },
  ]);
});

test('what cannot be explained is a problem, and with nothing selected w says what it needs', async () => {
  const problem = {
    stage: 'configuration',
    code: null,
    message: 'no connector',
    cause: 'None.',
    fix: ['add one'],
  };
  const failed = await renderScreen({ changes: [logon(0)], why: { ok: false, problem }, keys: ['u', 'w'] });
  expect(failed.text()).toContain('no connector');
  const nobody = await renderScreen({ keys: ['u', 'w'] });
  expect(nobody.text()).toContain('Nothing is selected');
});
