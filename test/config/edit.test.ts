import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applied,
  dataOf,
  type EmsEdit,
  editConfig,
  type OptionValue,
  valueText,
} from '../../src/config/edit.ts';
import { ConfigError } from '../../src/config/error.ts';

function refusal(text: string, edit: EmsEdit): string {
  try {
    editConfig(text, edit);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines.join('\n');
    throw error;
  }
  return 'was not refused';
}

const file = `# Head office
release: "7.4"   # quoted on purpose

ems:
  # the first one
  - name: ems137   # Berlin
    server: 'ems.example.com'
    https-port: 0x1BB   # 443

    # how long
    call-timeout:   30

  # the second one
  - { name: lab, server: "10.0.0.9" }   # in one line

# the rest
fsso: []
`;
const add: EmsEdit = { kind: 'add', entry: { name: 'new', server: 'n.example.com', 'https-port': 8443 } };
const change = (set: Record<string, OptionValue>, remove: string[] = [], name = 'ems137'): EmsEdit => ({
  kind: 'change',
  name,
  set,
  remove,
});

describe('only the bytes of what changes are touched', () => {
  test('a value is replaced where it stands', () => {
    expect(editConfig(file, change({ 'call-timeout': 45, server: 'new.example.com' }))).toBe(
      file
        .replace('call-timeout:   30', 'call-timeout:   45')
        .replace("'ems.example.com'", 'new.example.com'),
    );
  });

  test('a new option goes below the last one of its entry', () => {
    expect(editConfig(file, change({ status: 'disable' }))).toBe(
      file.replace('call-timeout:   30\n', 'call-timeout:   30\n    status: disable\n'),
    );
    expect(editConfig(file, change({ status: 'disable' }, [], 'lab'))).toBe(
      file.replace('"10.0.0.9" }', '"10.0.0.9", status: disable }'),
    );
  });

  test('an option that is taken out goes with its line', () => {
    expect(editConfig(file, change({}, ['https-port']))).toBe(
      file.replace('    https-port: 0x1BB   # 443\n', ''),
    );
    expect(editConfig(file, change({}, ['server'], 'lab'))).toBe(file.replace(', server: "10.0.0.9"', ''));
  });

  test('an entry is added in the style of the last one', () => {
    expect(editConfig(file, add)).toBe(
      file.replace(
        '# in one line\n',
        '# in one line\n  - { name: new, server: n.example.com, https-port: 8443 }\n',
      ),
    );
  });

  test('a deleted entry goes with its lines, and comments above it stay', () => {
    expect(editConfig(file, { kind: 'delete', name: 'lab' })).toBe(
      file.replace('  - { name: lab, server: "10.0.0.9" }   # in one line\n', ''),
    );
    const first = file.slice(file.indexOf('  - name'), file.indexOf('\n  # the second'));
    expect(editConfig(file, { kind: 'delete', name: 'ems137' })).toBe(file.replace(first, ''));
  });

  test('a secret and an awkward name are written so that they are read back', () => {
    const path = 'a "quoted" #name: 🙂\u2028.key';
    const edited = editConfig(
      file,
      change({ name: 'true', 'cloud-authentication-access-key': { file: path } }, [], 'lab'),
    );
    expect(dataOf(edited)).toHaveProperty('ems.1', {
      name: 'true',
      server: '10.0.0.9',
      'cloud-authentication-access-key': { file: path },
    });
  });
});

describe('every way to write a list is taken', () => {
  const block = '  - name: new\n    server: n.example.com\n    https-port: 8443\n';
  const flow = '{ name: new, server: n.example.com, https-port: 8443 }';
  test.each([
    ['an empty file', '', `ems:\n${block}`],
    ['comments alone', '# nothing yet\n', `# nothing yet\nems:\n${block}`],
    ['no such list', 'release: "7.4"\n', `release: "7.4"\nems:\n${block}`],
    ['no newline at the end', 'release: "7.4"', `release: "7.4"\nems:\n${block}`.slice(0, -1)],
    ['an empty list', 'ems: [] # none\nfsso: []\n', `ems: [${flow}] # none\nfsso: []\n`],
    ['nothing after the key', 'ems: # none\nfsso: []\n', `ems: # none\n${block}fsso: []\n`],
    ['a null', 'ems: ~\nfsso: []\n', `ems: [${flow}]\nfsso: []\n`],
    ['a list in one line', 'ems: [{ name: a, server: b }]\n', `ems: [{ name: a, server: b }, ${flow}]\n`],
    ['a file in one line', '{ release: "7.4" }\n', `{ release: "7.4", ems: [${flow}] }\n`],
    [
      'dashes without an indent',
      'ems:\n- name: a\n  server: b\n',
      'ems:\n- name: a\n  server: b\n- name: new\n  server: n.example.com\n  https-port: 8443\n',
    ],
    [
      'lines of Windows',
      'ems:\r\n  - name: a\r\n    server: b\r\n',
      `ems:\r\n  - name: a\r\n    server: b\r\n${block.replaceAll('\n', '\r\n')}`,
    ],
    ['a byte order mark', '\ufeffrelease: "7.4"\n', `\ufeffrelease: "7.4"\nems:\n${block}`],
  ])('%s', (_, before, after) => {
    expect(editConfig(before, add)).toBe(after);
  });

  test('the last entry leaves an empty list', () => {
    expect(
      editConfig('ems: # ours\n  - name: a\n    server: b\n# end\n', { kind: 'delete', name: 'a' }),
    ).toBe('ems: [] # ours\n# end\n');
  });
});

describe('what cannot be changed safely is refused and left alone', () => {
  test.each<[string, string, EmsEdit]>([
    ['an alias', 'x: &x { name: a }\nems: [*x]\n', { kind: 'delete', name: 'a' }],
    [
      'an anchor that others use',
      'ems:\n  - &x { name: a, server: b }\ny: *x\n',
      { kind: 'delete', name: 'a' },
    ],
    [
      'an option that came by a merge',
      'x: &x { https-port: 1 }\nems: [{ <<: *x, name: a }]\n',
      change({}, ['https-port'], 'a'),
    ],
    ['a broken file', 'ems: [\n', add],
    ['two documents', 'ems: []\n---\nems: []\n', add],
  ])('%s', (_, text, edit) => {
    expect(refusal(text, edit)).toMatch(/edit it by hand|mend it first|no EMS connector/);
  });

  test('an entry that is gone', () => {
    expect(refusal(file, { kind: 'delete', name: 'other' })).toBe(
      'there is no EMS connector "other" in the file any more',
    );
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const comment = fc.option(
  fc.stringMatching(/^[ -~]{0,20}$/).map((text) => ` # ${text}`),
  { nil: '' },
);
const gap = fc.constantFrom('', '\n', '  # between: [ { "\n', '\n    # deep\n\n');
const option = fc.constantFrom(
  'https-port: 443',
  "source-ip: '10.0.0.1'",
  'call-timeout:   30',
  'status:\n      enable',
  'interface: >-\n      eth0',
  'cloud-authentication-access-key:\n      env: KEY',
);
const keyName = (text: string) => text.slice(0, text.indexOf(':'));
const options = fc.uniqueArray(option, { selector: keyName, maxLength: 4 });

/** An entry as it may stand in a file, in both styles; its lines are what must stay while others change. */
const entry = (name: string) =>
  fc
    .tuple(options, fc.array(comment, { minLength: 5, maxLength: 5 }), fc.boolean(), gap)
    .map(([chosen, comments, flow, after]) => {
      if (flow) {
        const flat = chosen.filter((each) => !each.includes('\n'));
        return `  - { name: ${name}, ${['server: "s"', ...flat].join(',  ')} }${comments[0]}\n${after}`;
      }
      const remark = (text: string, place: number) => (text.includes('>-') ? '' : (comments[place] ?? ''));
      return `${[`  - name: ${name}`, ...chosen.map((each) => `    ${each}`)]
        .map((text, place) => `${text}${remark(text, place)}\n`)
        .join('')}${after}`;
    });

const around = fc.constantFrom(
  '',
  '# a comment\n',
  'release: "7.4" # x\n',
  'trust:\n    ca:   [ "a" ,b ]\n\n',
);
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('add' as const), name: word, port: fc.integer({ min: 1, max: 65535 }) }),
    fc.record({
      kind: fc.constant('change' as const),
      at: fc.nat(9),
      key: fc.constantFrom('https-port', 'status', 'server', 'interface', 'cloud-authentication-access-key'),
      value: fc.option(
        fc.oneof(
          fc.string({ maxLength: 12, unit: 'grapheme' }),
          fc.nat(70_000),
          fc.record({ env: word }, { noNullPrototype: true }),
        ),
        { nil: null },
      ),
    }),
    fc.record({ kind: fc.constant('delete' as const), at: fc.nat(9) }),
  ),
  { minLength: 1, maxLength: 8 },
);

/** An entry without the gap below it. */
const ownLines = (text: string) => text.replace(/\n\s*# (?:between|deep).*\n\s*$/, '').trimEnd();

/** Comments on lines of their own: they stay, whatever entry goes. */
const count = (text: string) => text.match(/^ *# (?:between|deep)/gm)?.length ?? 0;

test('any sequence of edits says what it should and leaves the rest byte for byte as it was', () => {
  const whole = fc
    .tuple(fc.uniqueArray(word, { minLength: 1, maxLength: 4 }), fc.boolean())
    .chain(([names, windows]) =>
      fc.tuple(around, fc.tuple(...names.map(entry)), around, edits, fc.constant(windows)),
    );
  fc.assert(
    fc.property(whole, ([head, entries, foot, steps, windows]) => {
      const lines = (text: string) => (windows ? text.replaceAll('\n', '\r\n') : text);
      const tail = foot.replace('release', 'release-of').replace('trust', 'trust-of');
      let text = lines(`${head}ems:\n${entries.join('')}${tail}`);
      let data = dataOf(text) ?? {};
      /** Texts of entries that no edit has touched yet, by name. */
      const untouched = new Map(
        entries.map((each) => [/name: (\w+)/.exec(each)?.[1] ?? '', lines(ownLines(each))]),
      );
      const remarks = count(text);
      for (const step of steps) {
        const list = data['ems'] as { name: string }[];
        const names = list.map(({ name }) => name);
        const at = step.kind === 'add' ? 0 : step.at % Math.max(1, names.length);
        const name = names[at] ?? '';
        let edit: EmsEdit;
        if (step.kind === 'add') {
          if (names.includes(step.name)) continue;
          edit = { kind: 'add', entry: { name: step.name, server: 's', 'https-port': step.port } };
        } else if (names.length === 0) continue;
        else if (step.kind === 'delete') edit = { kind: 'delete', name };
        else if (step.value !== null)
          edit = { kind: 'change', name, set: { [step.key]: step.value }, remove: [] };
        else if (step.key in (list[at] as object))
          edit = { kind: 'change', name, set: {}, remove: [step.key] };
        else continue;
        const before = text;
        text = editConfig(text, edit);
        data = applied(data, edit);
        expect(dataOf(text)).toEqual(data);
        if (edit.kind !== 'add') untouched.delete(name);
        else if (names.length > 0)
          expect(editConfig(text, { kind: 'delete', name: edit.entry['name'] as string })).toBe(before);
        expect(text.startsWith(lines(head))).toBe(true);
        expect(text.endsWith(lines(tail))).toBe(true);
        expect(count(text)).toBe(remarks);
        for (const kept of untouched.values()) expect(text).toContain(kept);
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('every text is written so that YAML reads the same back, in both styles', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
      expect(dataOf(`v: ${valueText(text)}\n`)).toEqual({ v: text });
      expect(dataOf(`{ v: ${valueText(text)}, w: [${valueText(text)}] }\n`)).toEqual({ v: text, w: [text] });
    }),
    { numRuns: 100 },
  );
}, 60_000);
