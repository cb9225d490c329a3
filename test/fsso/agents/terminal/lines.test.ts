import { expect, test } from 'vitest';
import { LineError } from '../../../../src/fsso/agents/lines.ts';
import { readTerminalLine } from '../../../../src/fsso/agents/terminal/lines.ts';

const given = { session: 3, domain: 'CORP', user: 'bob', ip: '10.0.0.60', ports: [[1224, 1423]] };
const read = (line: object) => readTerminalLine(JSON.stringify(line));

test('a line with ports is a session as it is', () => {
  expect(read(given)).toEqual({ kind: 'given', logon: given });
  expect(read({ ...given, on: true })).toEqual({ kind: 'given', logon: given });
});

test('a line without ports is a session that is to get some', () => {
  const session = { session: 3, domain: 'CORP', user: 'bob' };
  expect(read(session)).toEqual({ kind: 'open', session: { ...session, uid: null } });
  expect(read({ ...session, uid: 1003, on: true })).toEqual({
    kind: 'open',
    session: { ...session, uid: 1003 },
  });
});

test('a line says that ports are used up, and that a session is gone', () => {
  expect(read({ session: 3, more: true })).toEqual({ kind: 'more', session: 3 });
  expect(read({ session: 3, gone: true })).toEqual({ kind: 'gone', session: 3 });
});

test('a logoff of a session is refused, because it cannot be sent', () => {
  for (const line of [
    { ...given, on: false },
    { session: 3, domain: 'CORP', user: 'bob', on: false },
  ])
    expect(() => read(line)).toThrow('a logoff cannot be sent');
});

test('a line that is no session is refused in words', () => {
  const refused: [object, string][] = [
    [{ ...given, session: 0 }, 'session: expected a session number from 1 to 4294967295'],
    [{ ...given, session: 2 ** 32 }, 'session: expected a session number from 1 to 4294967295'],
    [{ ...given, ports: [] }, 'ports: expected the blocks of ports, such as [[1224,1423]]'],
    [{ ...given, ports: [[1]] }, 'ports.0: expected the blocks of ports, such as [[1224,1423]]'],
    [{ ...given, ports: [[1, 70_000]] }, 'ports.0.1: expected a port'],
    [{ ...given, ip: null }, 'ip: expected an IPv4 address'],
    [
      { session: 3, domain: 'CORP', user: 'bob', ip: '10.0.0.60' },
      'ports: missing, expected the blocks of ports, such as [[1224,1423]]',
    ],
    [{ session: 3, domain: 'CORP' }, 'user: missing, expected the user as text'],
    [{ session: 3, more: false }, 'more: expected true'],
    [{ session: 3, gone: true, user: 'bob' }, 'unknown key user'],
  ];
  for (const [line, message] of refused)
    expect(() => read(line), JSON.stringify(line)).toThrow(new LineError(message));
  expect(() => readTerminalLine('nonsense')).toThrow(new LineError('is not JSON'));
  for (const line of ['[]', '7', 'null', '"more"'])
    expect(() => readTerminalLine(line), line).toThrow(
      new LineError('expected an object such as {"user": "alice", ...}'),
    );
});
