import { describe, expect, test } from 'vitest';
import { applied, dataOf, type EmsEdit, editConfig, type OptionValue } from '../../src/config/edit.ts';

// Options inside of another option of an entry: `admin.name`.
const block = `ems:
  - name: hq
    server: ems.example.com
    # who signs in
    admin:
      name: reader   # only reads
      password: { env: EMS_PASSWORD }
    call-timeout: 30
  - { name: lab, server: 10.0.0.9, admin: { name: a, password: { file: a.txt } } }
  - name: bare
    server: 10.0.0.8
`;
const change = (name: string, set: Record<string, OptionValue>, remove: string[] = []): EmsEdit => ({
  kind: 'change',
  name,
  set,
  remove,
});

/** The text after an edit, which says what the edit asked for. */
function edited(edit: EmsEdit): string {
  const text = editConfig(block, edit);
  expect(dataOf(text)).toEqual(applied(dataOf(block) ?? {}, edit));
  return text;
}

describe('an option inside of another one', () => {
  test('is replaced where it stands, in both styles, with the comments around it', () => {
    expect(edited(change('hq', { 'admin.name': 'writer' }))).toBe(
      block.replace('name: reader   # only reads', 'name: writer   # only reads'),
    );
    expect(edited(change('lab', { 'admin.password': { env: 'P' } }))).toBe(
      block.replace('{ file: a.txt }', '{ env: P }'),
    );
  });

  test('is added to those that are there, and is the first one where there are none', () => {
    expect(edited(change('hq', { 'admin.site': 'north' }))).toBe(
      block.replace('{ env: EMS_PASSWORD }\n', '{ env: EMS_PASSWORD }\n      site: north\n'),
    );
    expect(edited(change('bare', { 'admin.name': 'b', 'admin.password': { file: 'b.txt' } }))).toBe(
      block.replace(
        'server: 10.0.0.8\n',
        'server: 10.0.0.8\n    admin: { name: b, password: { file: b.txt } }\n',
      ),
    );
  });

  test('is taken out, and the last one takes the outer one with it', () => {
    expect(edited(change('hq', {}, ['admin.password']))).toBe(
      block.replace('      password: { env: EMS_PASSWORD }\n', ''),
    );
    expect(edited(change('lab', {}, ['admin.name', 'admin.password']))).toBe(
      block.replace(', admin: { name: a, password: { file: a.txt } }', ''),
    );
    expect(dataOf(edited(change('hq', {}, ['admin.name', 'admin.password'])))).toMatchObject({
      ems: [{ name: 'hq', 'call-timeout': 30 }, {}, {}],
    });
  });

  test('goes into a new entry', () => {
    const entry = {
      name: 'new',
      server: 'n',
      'admin.name': 'x',
      'admin.password': { command: ['pass', 'ems'] },
    };
    expect(edited({ kind: 'add', entry })).toContain(
      '    admin: { name: x, password: { command: [pass, ems] } }\n',
    );
  });
});
