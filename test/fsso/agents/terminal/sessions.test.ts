import { expect, test } from 'vitest';
import { logindUsers } from '../../../../src/fsso/agents/terminal/logind.ts';
import { runTool, ToolError, terminalUsers } from '../../../../src/fsso/agents/terminal/sessions.ts';
import { namesOf, utmpUsers } from '../../../../src/fsso/agents/terminal/utmp.ts';

// As busctl of systemd 252 prints the replies of logind.
const list =
  '{"type":"a(susso)","data":[[["1",1000,"alice","seat0","/s/_31"],["c2",112,"gdm","seat0","/s/c2"],["5",1001,"CORP\\\\bob","","/s/_35"],["6",1001,"CORP\\\\bob","","/s/_36"],["7",1000,"alice","","/s/_37"]]]}\n';
const classes: Record<string, string> = {
  '/s/_31': 'user',
  '/s/c2': 'greeter',
  '/s/_35': 'user',
  '/s/_36': 'manager',
  '/s/_37': 'user',
};

test('sessions of logind are those in which somebody works; the class of each is asked once', async () => {
  const asked: string[] = [];
  const look = logindUsers(async (program, parameters) => {
    asked.push([program, ...parameters].join(' '));
    if (parameters.includes('ListSessions')) return list;
    return `{"type":"s","data":"${classes[String(parameters[3])]}"}\n`;
  });
  const expected = [
    { name: 'alice', uid: 1000 },
    { name: 'CORP\\bob', uid: 1001 },
    { name: 'alice', uid: 1000 },
  ];
  expect(await look()).toEqual(expected);
  expect(await look()).toEqual(expected);
  expect(asked).toHaveLength(7);
  expect(asked.slice(0, 2)).toEqual([
    'busctl --json=short call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ListSessions',
    'busctl --json=short get-property org.freedesktop.login1 /s/_31 org.freedesktop.login1.Session Class',
  ]);
});

test('a session that ends while it is asked about is none, and an answer of something else is an error', async () => {
  const look = logindUsers(async (_program, parameters) => {
    if (parameters.includes('ListSessions')) return list;
    throw new ToolError('busctl failed: Unknown object');
  });
  expect(await look()).toEqual([]);
  for (const wrong of ['', '{}', '{"data":[[["1",1000]]]}', '[]'])
    await expect(logindUsers(async () => wrong)()).rejects.toThrow('busctl did not answer as logind does');
});

test('sessions of utmp are the users that who prints and the system knows', async () => {
  const run = async (program: string, parameters: readonly string[]) => {
    if (program === 'who')
      return 'alice    pts/0        2026-11-22 14:00 (10.0.0.9)\nbob@corp.example tty2  2026-11-22 13:00\nalice    pts/1        2026-11-22 14:01\nghost    pts/3        2026-11-22 14:01\n';
    if (parameters.at(-1) === 'ghost') throw new ToolError('id failed: no such user');
    return parameters.at(-1) === 'alice' ? '1000\n' : '1001\n';
  };
  expect(await utmpUsers(run)()).toEqual([
    { name: 'alice', uid: 1000 },
    { name: 'bob@corp.example', uid: 1001 },
  ]);
  expect(namesOf('')).toEqual([]);
});

test('the who and id of this machine are understood', async () => {
  const users = await utmpUsers(runTool)();
  for (const { uid } of users) expect(uid).toBeGreaterThanOrEqual(0);
  expect(
    await utmpUsers(async (program, parameters) =>
      program === 'who' ? 'root tty1 x\n' : runTool(program, parameters),
    )(),
  ).toEqual([{ name: 'root', uid: 0 }]);
});

test('a program that fails, or is not there, is one line', async () => {
  await expect(runTool('/no/such/program', [])).rejects.toThrow('/no/such/program cannot be run (ENOENT)');
  await expect(runTool('id', ['--', 'no-such-user'])).rejects.toThrow(/^id failed: id: .*no such user$/);
});

test('the users of a machine are one session each, system accounts are none, and a domain is where the name has it', () => {
  const users = [
    { name: 'alice', uid: 1000 },
    { name: 'root', uid: 0 },
    { name: 'CORP\\bob', uid: 1001 },
    { name: 'carol@corp.example', uid: 1002 },
    { name: 'alice', uid: 1000 },
  ];
  expect(terminalUsers(users, 'HOST')).toEqual([
    { session: 1000, uid: 1000, domain: 'HOST', user: 'alice' },
    { session: 1001, uid: 1001, domain: 'CORP', user: 'bob' },
    { session: 1002, uid: 1002, domain: 'corp.example', user: 'carol' },
  ]);
});
