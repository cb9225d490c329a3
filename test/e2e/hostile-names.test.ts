import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DcAgentProcess } from '../support/agent-process.ts';
import { CollectorProcess } from '../support/collector-process.ts';
import { collectorsConfig, type Dashboard, openDashboard, privateDirectory } from '../support/dashboard.ts';
import type { PtyScreen } from '../support/pty-screen.ts';
import { fabrictop } from './fabrictop.ts';

/** What is logged on, what the screen may make of it, and what must not reach the terminal. */
const names: { user: string; shown: string; never?: string }[] = [
  { user: 'csi\x1b[2J\x1b[Hx', shown: 'csi\\x1b[2J\\x1b[Hx', never: '\x1b[2J\x1b[Hx' },
  { user: 'title\x1b]0;owned\x07x', shown: 'title\\x1b]0;owned\\x07x', never: '\x1b]0;owned' },
  { user: 'clip\x1b]52;c;b3duZWQ=\x07', shown: 'clip\\x1b]52;c;b3duZWQ=\\x07', never: '\x1b]52;' },
  { user: 'c1\u009b31mred', shown: 'c1\\x9b31mred', never: '\u009b' },
  { user: 'lines\r\n\tx', shown: 'lines\\x0d\\x0a\\x09x', never: 'lines\r' },
  { user: 'bidi\u202egnp.exe\u202c', shown: 'bidi\\u{202e}gnp.exe\\u{202c}', never: '\u202e' },
  { user: 'isolate\u2066x\u2069', shown: 'isolate\\u{2066}x\\u{2069}', never: '\u2066' },
  { user: 'zero\u200bwidth\ufeff', shown: 'zero\\u{200b}width\\u{feff}', never: '\u200b' },
  { user: 'joined👩\u200d👧', shown: 'joined👩\\u{200d}👧', never: '\u200d' },
  { user: 'wide山田太郎', shown: 'wide山田太郎' },
  { user: '山'.repeat(40), shown: '山'.repeat(12) },
  { user: `marks${'\u0301'.repeat(9)}x`, shown: 'mark', never: '\u0301'.repeat(6) },
  { user: `long${'n'.repeat(200)}`, shown: 'longnnnn' },
];
const addressOf = (index: number) => `10.66.0.${index + 1}`;

interface Network {
  /** A configuration that names its collector. */
  config: string;
  /** Logs all of them on, by way of a DC agent. */
  logOn(): Promise<unknown>;
}

async function startNetwork(): Promise<Network> {
  const file = join(privateDirectory(), 'collector.yaml');
  writeFileSync(file, 'collector: { listen: 127.0.0.1, port: 0, agent-port: 0, agents: [127.0.0.1] }\n');
  const collector = await CollectorProcess.start(file);
  const agent = new DcAgentProcess(collector.agentPort);
  return {
    config: collectorsConfig([collector.port]),
    logOn() {
      names.forEach(({ user }, index) => {
        agent.logon(user, addressOf(index), `ws${user.slice(0, 40)}`);
      });
      return collector.logged('logon', names.length);
    },
  };
}

/** The users by address, on a screen that every name but the longest fits. */
async function openUsers(): Promise<Dashboard> {
  const { config, logOn } = await startNetwork();
  await logOn();
  const dashboard = openDashboard(['--config', config], { columns: 240, rows: 30 });
  const { screen } = dashboard;
  await screen.waitFor(new RegExp(`users ${names.length} `));
  screen.type('u2');
  await screen.waitFor(/IP address↑/);
  return dashboard;
}

/** Nothing that a name holds has done anything to the terminal. */
function nothingReached(screen: PtyScreen): void {
  expect(screen.effects).toEqual([]);
  for (const { never } of names) if (never) expect(screen.raw).not.toContain(never);
}

test('hostile names are spelt out in the table, and every column stays in its place', async () => {
  const { screen } = await openUsers();
  const lines = screen.lines();
  const header = lines.findIndex((line) => line.includes('IP address↑'));
  const at = (title: string) => (lines[header] ?? '').indexOf(title);
  const address = at('IP address');
  const domain = at('Domain');
  names.forEach(({ shown }, index) => {
    const row = header + 1 + index;
    const [cell = ''] = screen.cells(row, 2, address).trimEnd().split('…');
    // What the column has no room for is cut off.
    expect(cell.slice(0, shown.length)).toBe(shown.slice(0, cell.length));
    expect(cell.length).toBeGreaterThan(3);
    expect(screen.cells(row, address - 1, domain).trimEnd()).toBe(` ${addressOf(index)}`);
    expect(screen.cells(row, domain - 1, domain + 5)).toBe(' CORP ');
  });
  expect(lines[0]).toMatch(/^fabrictop /);
  expect(lines.at(-1)).toMatch(/q Quit$/);
  nothingReached(screen);
});

test('they are spelt out in the detail of a logon', async () => {
  const { screen } = await openUsers();
  for (const { shown } of names.slice(0, 6)) {
    screen.type('\r');
    const text = await screen.waitFor(/^Workstation /m);
    expect(text).toContain(shown);
    expect(text).toMatch(/^Status +\+ live$/m);
    screen.type('\x1b');
    await screen.waitFor(/^FSSO users/m);
    screen.type('j');
  }
  nothingReached(screen);
});

test('they are spelt out in the event log and its detail', async () => {
  const { config, logOn } = await startNetwork();
  const { screen } = openDashboard(['--config', config], { columns: 160, rows: 40 });
  screen.type('t');
  await screen.waitFor(/list of .* is complete/);
  await logOn();
  await screen.waitFor(/user csi.* logged on 10\.66\.0\.1\b/);
  await screen.waitFor(/user longn/);
  for (const { shown } of names) expect(screen.text()).toContain(`user ${shown}`);
  screen.type('/user title');
  await screen.waitFor(/1 of \d+ rows match user title/);
  await screen.waitFor(/^FSSO-logon event from corp: user title\\x1b\]0;owned\\x07x logged on/m);
  nothingReached(screen);
});

test('they are spelt out where they are typed or pasted: after / and :', async () => {
  const { screen } = await openUsers();
  screen.type('/');
  await screen.waitFor(/^\/_/m);
  screen.type(`\x1b[200~bidi\u202egnp\x1b]0;owned\x07\x1b[201~`);
  await screen.waitFor(/^\/bidi.*_/m);
  screen.type('\x15bidi\u202e');
  await screen.waitFor(/1 of 13 rows match bidi/);
  expect(screen.text()).toContain('bidi\\u{202e}gnp.exe');
  nothingReached(screen);
});

test('fsso list prints them spelt out, one logon a line', async () => {
  const { config, logOn } = await startNetwork();
  await logOn();
  const { status, stdout, stderr } = await fabrictop(['--config', config, 'fsso', 'list']);
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n');
  names.forEach(({ shown }, index) => {
    const line = lines.find((each) => each.includes(`${addressOf(index)} `)) ?? '';
    expect(line).toContain(shown);
  });
  expect(stdout).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
});
