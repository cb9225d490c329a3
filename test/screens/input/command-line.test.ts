import { expect, test } from 'vitest';
import { completeCommandLine, readCommandLine } from '../../../src/screens/input/command-line.ts';
import { editLine, insertText, longestLine } from '../../../src/screens/input/line-editor.ts';

const offers = {
  connectors: ['ems137', 'branch'],
  columns: ['user', 'ip', 'age'],
  filters: () => [],
  paths: (begun: string) => ['/tmp/ca.pem', '/tmp/other/'].filter((path) => path.startsWith(begun)),
};

function read(line: string): unknown {
  const result = readCommandLine(line);
  return typeof result === 'string' ? result : [result.binding.id, result.argument];
}

test('a command is found by its name, an alias or a unique beginning', () => {
  expect(read('users')).toEqual(['screen.users', undefined]);
  expect(read(' fsso ')).toEqual(['screen.users', undefined]);
  expect(read('us')).toEqual(['screen.users', undefined]);
  expect(read('q')).toEqual(['app.quit', undefined]);
});

test('what follows the name is its argument, blanks included', () => {
  expect(read('users group:"DOMAIN USERS" -bob')).toEqual(['screen.users', 'group:"DOMAIN USERS" -bob']);
  expect(read('certificate ems137')).toEqual(['screen.certificate', 'ems137']);
});

test('what is no command says why', () => {
  expect(read('nonsense')).toBe('There is no command "nonsense"; Tab offers them');
  expect(read('co')).toBe('"co" may be connectors, collectors, copy, copy-row, command');
  expect(read('quit now')).toBe(':quit takes nothing after it');
});

test('completion offers names, then arguments', () => {
  expect(completeCommandLine('cert', offers)).toEqual(['certificate', 'cert']);
  expect(completeCommandLine('certificate ', offers)).toEqual(['certificate ems137', 'certificate branch']);
  expect(completeCommandLine('sort a', offers)).toEqual(['sort age']);
  expect(completeCommandLine('import-ca /tmp/c', offers)).toEqual(['import-ca /tmp/ca.pem']);
  expect(completeCommandLine('import-ca ', offers)).toEqual([
    'import-ca /tmp/ca.pem',
    'import-ca /tmp/other/',
  ]);
  expect(completeCommandLine('nonsense x', offers)).toEqual([]);
});

test('a line is edited at its end, whatever is typed or pasted', () => {
  expect(editLine('ab界', 'backspace')).toBe('ab');
  expect(editLine('two words', 'ctrl+w')).toBe('two ');
  expect(editLine('anything', 'ctrl+u')).toBe('');
  expect(editLine('x', 'pgdn')).toBeNull();
  expect(insertText('a', 'b\r\nc\x1b[2J')).toBe('ab c [2J');
  expect([...insertText('', 'x'.repeat(1_000))]).toHaveLength(longestLine);
});
