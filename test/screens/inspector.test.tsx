import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import type { MessageDetail, MessageInspection, MessageRow } from '../../src/message-trace.ts';
import type { StoreChange } from '../../src/state/changes.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import { collector, start } from '../support/rows.ts';

vi.setConfig({ testTimeout: 60_000 });
const directory = mkdtempSync(join(tmpdir(), 'fabrictop-inspector-'));
afterAll(() => rmSync(directory, { recursive: true }));

const link = 'corp|10.0.0.11:8000';

function message(number: number, patch: Partial<MessageRow> = {}): MessageRow {
  return {
    id: `${link}#${number}`,
    number,
    link,
    at: start + number,
    connection: 1,
    purpose: 'login',
    direction: 'received',
    name: 'EVENT',
    code: 0x85,
    sync: 100_000 + number,
    length: 168,
    summary: `logon of CORP\\USER${number} at 10.0.0.${number}`,
    users: [`USER${number}`],
    unknown: false,
    ...patch,
  };
}

const put = (each: MessageRow): StoreChange => ({ table: 'messages', op: 'put', row: each });

class Inspection implements MessageInspection {
  readonly watched: (string | null)[] = [];
  detail: MessageDetail | null = null;
  watch(of: string | null): void {
    this.watched.push(of);
  }
  read(id: string): MessageDetail | null {
    return this.detail?.row.id === id ? this.detail : null;
  }
}

async function open(rows: readonly MessageRow[], size: { columns?: number; rows?: number } = {}) {
  const inspection = new Inspection();
  const screen = await renderScreen({
    ...size,
    inspection,
    changes: [collector(), ...rows.map(put)],
    keys: ['l', 'x'],
  });
  return { inspection, screen };
}

test('x shows the messages of a link as they come, the newest on top, and follows while the cursor is there', async () => {
  const { inspection, screen } = await open([
    message(1),
    message(2, { unknown: true, name: 'unknown', code: 0x8b }),
  ]);
  expect(inspection.watched).toEqual([link]);
  expect(screen.text()).toContain('Messages of corp 10.0.0.11:8000  2 rows');
  expect(screen.text()).toMatch(/> 09:00:00\.002 in {2}unknown +0x8b +100002 +168 logon of/);
  await screen.change(put(message(3, { direction: 'sent', name: 'SEND_ALL', code: 0x83, users: [] })));
  expect(screen.text()).toMatch(/> 09:00:00\.003 out SEND_ALL/);
  // Moved away from the top, the cursor stays at its message.
  await screen.press('j');
  await screen.change(put(message(4)));
  expect(screen.text()).toMatch(/> 09:00:00\.002/);
  await screen.press(keys.esc);
  expect(inspection.watched).toEqual([link, null]);
});

test('messages are filtered by code, name, direction, user, and what is not known', async () => {
  const { screen } = await open([
    message(1),
    message(2, { direction: 'sent', name: 'HELLO', code: 0x80, users: [] }),
    message(3, { unknown: true }),
  ]);
  const shown = async (filter: string) => {
    screen.controller.controls.setFilter(filter);
    await screen.change();
    return [...screen.text().matchAll(/09:00:00\.00(\d) (?:in|out)/g)].map(([, number]) => Number(number));
  };
  expect(await shown('code:80')).toEqual([2]);
  expect(await shown('name:event -unknown:yes')).toEqual([1]);
  expect(await shown('dir:out')).toEqual([2]);
  expect(await shown('user:user3')).toEqual([3]);
  expect(await shown('unknown:yes')).toEqual([3]);
});

test('Enter opens a message with all its attributes, what is not known in hexadecimal with offset and ASCII', async () => {
  const { inspection, screen } = await open([message(1, { unknown: true })]);
  const attribute = { depth: 1, type: 'integer', length: 10, value: '', bytes: null };
  inspection.detail = {
    row: message(1, { unknown: true }),
    note: null,
    attributes: [
      { ...attribute, offset: 6, code: 1, name: 'sequence number', value: '100001' },
      { ...attribute, offset: 26, code: 0x50, name: 'record', type: 'container', length: 40 },
      {
        ...attribute,
        offset: 32,
        depth: 2,
        code: 0x55,
        name: 'user',
        type: 'string',
        value: 'AN\u001b[2JNA',
      },
      {
        ...attribute,
        offset: 42,
        code: 0x5a,
        name: null,
        type: 'type 4',
        bytes: { offset: 48, value: Buffer.from('Hi\0\xff', 'latin1') },
      },
    ],
  };
  await screen.press(keys.enter);
  const text = screen.text();
  expect(text).toContain('Message  EVENT');
  expect(text).toMatch(/0006 +01 +integer +sequence number +100001/);
  expect(text).toMatch(/0020 +55 +string + {2}user +AN\\x1b\[2JNA/);
  expect(text).toMatch(/002a +5a +type 4 +not known +10 bytes\n +0030 {2}48 69 00 ff +Hi\.\./);
  // A busy link forgets it soon; whoever reads it keeps it.
  inspection.detail = null;
  await screen.change(put(message(9)));
  expect(screen.text()).toContain('sequence number');
  await screen.resize(40, 10);
  expect(screen.text()).toContain('Message  EVENT');
  expect(inspection.watched).toEqual([link]);
});

test('an event of the connection has nothing to open, and what was dropped says so', async () => {
  const { inspection, screen } = await open([
    message(1, { direction: 'link', name: 'connected', code: null }),
  ]);
  await screen.press(keys.enter);
  expect(screen.text()).toContain('It is no message');
  await screen.change(put(message(2)));
  await screen.press('g', keys.enter);
  expect(screen.text()).toContain('This message is kept no longer');
  expect(inspection.detail).toBeNull();
});

test('Ctrl+E exports the messages that are shown', async () => {
  const { screen } = await open([message(1), message(2)]);
  const file = join(directory, 'messages.json');
  screen.controller.controls.exportView(file);
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('USER2'), { timeout: 20_000 });
});

test('what a FortiGate tells of a collector is no link of ours', async () => {
  const reported = collector({
    position: 1,
    server: '10.9.9.9',
    reported: { fortigate: 'edge', vdom: 'root', activeServer: null } as never,
  });
  const screen = await renderScreen({ changes: [reported], keys: ['l', 'x'] });
  expect(screen.text()).toContain('It is a connector of edge, not one of ours');
});
