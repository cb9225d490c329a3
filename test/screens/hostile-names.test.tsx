import { expect, test } from 'vitest';
import { cellWidth } from '../../src/screens/text/width.ts';
import { keys, renderScreen } from '../support/render-screen.tsx';
import {
  accepted,
  certificate,
  collector,
  connector,
  connectorChanged,
  event,
  logon,
  renewal,
  start,
} from '../support/rows.ts';

const hostileNames = [
  '\x1b[2J\x1b[31mred',
  '\u202egnp.exe',
  'zero\u200bwidth',
  '界界界界界界界界界界界界',
  '\x9b31m',
  'a\r\nb\tc',
  '👩‍👩‍👧‍👦 family',
  '\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
];

test.each(hostileNames)('the name %j stays text and in its place on every screen', async (name) => {
  const screen = await renderScreen({
    changes: [
      connector({
        name,
        server: name,
        connection: name,
        certificate: name,
        serialNumber: name,
        problem: { stage: name, code: name, message: name, cause: name, fix: [name] },
      }),
      collector({ connector: name, server: name, version: name }),
      logon(1, {
        user: name,
        domain: name,
        workstation: name,
        groups: [name],
        connector: name,
        server: name,
      }),
      event(1, { source: name, text: name }),
    ],
  });
  for (const key of ['c', keys.enter, 'a', 'u', keys.enter, 'l', 't', 'C', keys.esc, 'u', 'C']) {
    await screen.press(key);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach the terminal
    expect(screen.raw()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(screen.raw().split('\n')).toHaveLength(24);
  }
});

test.each(hostileNames)('the name %j stays text in a comparison and in the questions', async (name) => {
  const written = { subject: name, issuer: name, names: [name, 'DNS:ems.example.com'], serialNumber: name };
  const sha256 = certificate().sha256;
  for (const [columns, rows] of [
    [40, 10],
    [80, 24],
    [160, 50],
  ] as const) {
    const screen = await renderScreen({
      columns,
      rows,
      changes: [
        connectorChanged(
          {
            commonName: name,
            hostMatches: false,
            accepted: accepted({ issuer: name, server: name, certificate: certificate(written) }),
          },
          { ...renewal, ...written, names: [`${name}2`] },
        ),
      ],
      offer: {
        ok: true,
        candidates: [
          { ...written, sha256, validFrom: start, validTo: start, verdict: 'new', der: Buffer.from('x') },
        ],
      },
      keys: [keys.enter],
    });
    const looks: string[] = [];
    const pages = Array.from({ length: rows === 10 ? 7 : 1 }, () => keys.pageDown);
    for (const key of [...pages, 'a', 'n', 'I', 'x', keys.enter]) {
      looks.push(screen.text());
      await screen.press(key);
    }
    for (const look of [...looks, screen.text()]) {
      expect(look.split('\n')).toHaveLength(rows);
      for (const line of look.split('\n')) expect(cellWidth(line)).toBeLessThanOrEqual(columns);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is what is tested
      expect(look).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
    }
    expect(looks[0]).toContain('Changed');
    expect(looks.join()).toMatch(/[!=] Subject/);
  }
});
