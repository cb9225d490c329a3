import { expect, test } from 'vitest';
import { loginCommands, machineCommands, quoted, rightCommands } from '../../../src/fsso/doctor/commands.ts';

const place = { host: 'dc1', account: 'CORP\\svc-fsso' };
const coded = (code: string) => ({ stage: 'authentication', code, message: '', cause: '', fix: [] });

test('a name cannot leave its quotes, nor move the cursor', () => {
  expect(quoted("o'neil\u001b[2J")).not.toContain('\u001b');
  expect(quoted("x'; Remove-Item C:\\ -Recurse; 'y")).toBe("'x''; Remove-Item C:\\ -Recurse; ''y'");
});

test.each([
  ['STATUS_ACCOUNT_LOCKED_OUT', "Unlock-ADAccount -Identity 'svc-fsso'"],
  ['775', "Unlock-ADAccount -Identity 'svc-fsso'"],
  ['STATUS_ACCOUNT_DISABLED', "Enable-ADAccount -Identity 'svc-fsso'"],
  ['STATUS_ACCOUNT_EXPIRED', "Clear-ADAccountExpiration -Identity 'svc-fsso'"],
])('what mends %s begins with %s', (code, command) => {
  expect(loginCommands(coded(code), place)[0]).toEqual({ on: 'a domain controller', command });
});

test('an account is named as the cmdlets know it, however it is configured', () => {
  for (const account of ['CORP\\svc-fsso', 'svc-fsso@corp.example', 'svc-fsso'])
    expect(loginCommands(coded('533'), { host: 'dc1', account })[0]?.command).toBe(
      "Enable-ADAccount -Identity 'svc-fsso'",
    );
});

test('a code that no command mends has none', () => {
  expect(loginCommands(coded('ECONNREFUSED'), place)).toEqual([]);
});

test('rights of the domain are given anywhere in it, those of a machine on that machine', () => {
  expect(rightCommands('event log', place)).toEqual([
    {
      on: 'a domain controller',
      command: "Add-ADGroupMember -Identity 'S-1-5-32-573' -Members 'svc-fsso'  # Event Log Readers",
    },
  ]);
  expect(rightCommands('local administrator', { ...place, host: 'pc17' })).toEqual([
    {
      on: 'pc17',
      command: "Add-LocalGroupMember -SID 'S-1-5-32-544' -Member 'CORP\\svc-fsso'  # Administrators",
    },
  ]);
});

test('no command for a machine holds its password', () => {
  for (const { command } of machineCommands('COLLECTOR$')) expect(command).toContain('COLLECTOR');
  expect(machineCommands('COLLECTOR$').at(-1)?.command).toContain("Read-Host -AsSecureString 'New password'");
});
