import { expect, test } from 'vitest';
import { isNobody, isSystem } from '../../../../src/fsso/collector/feeds/nobody.ts';
import { readLogon } from '../../../../src/fsso/collector/feeds/windows/event-logon.ts';

const person = 'S-1-5-21-1-2-3-1104';

test.each([
  ['the anonymous logon of a German Windows', 'ANONYMOUS-ANMELDUNG', 'NT-AUTORITÄT', 'S-1-5-7'],
  ['the system of a French one', 'Système', 'AUTORITE NT', 'S-1-5-18'],
  ['a window manager', 'DWM-2', 'Window Manager', 'S-1-5-90-0-2'],
  ['a font driver', 'UMFD-0', '', ''],
  ['a service of its own', 'MSSQLSERVER', 'NT SERVICE', ''],
  ['a pool of a web server', 'DefaultAppPool', 'IIS APPPOOL', 'S-1-5-82-3006700770'],
  ['a mailbox by which Exchange tries itself', 'HealthMailboxc3d7722', 'CORP', person],
  ['the account of tickets', 'krbtgt', 'CORP', `${person}`],
  ['as Windows 2003 writes a SID', 'DIENST', 'CORP', '%{S-1-5-20}'],
])('%s is nobody', (_, user, domain, sid) => {
  expect(isSystem({ user, domain }, sid)).toBe(true);
});

test.each([
  ['somebody of a domain', 'anna', 'CORP', person],
  ['somebody of Entra ID', 'anna', 'AzureAD', 'S-1-12-1-1-2-3-4'],
  ['somebody whose SID is not told', 'anna', 'CORP', 'S-1-0-0'],
  ['somebody without a SID', 'anna', 'CORP', ''],
  ['somebody called like a mailbox', 'HealthMailboxAdmin', 'CORP', person],
  ['somebody called like a manager', 'DWM-Team', 'CORP', person],
])('%s is somebody', (_, user, domain, sid) => {
  expect(isSystem({ user, domain }, sid)).toBe(false);
  expect(isNobody({ user, domain })).toBe(false);
});

test('a machine is nobody either', () => {
  expect(isNobody({ user: 'PC1$', domain: 'CORP' })).toBe(true);
});

const kindOf = (id: number, data: Record<string, string>) =>
  readLogon(
    { id, data: { TargetUserName: 'anna', TargetDomainName: 'CORP', IpAddress: '10.0.0.7', ...data } },
    new Set([id]),
    '',
  ).kind;

test.each([
  [4768, 'krbtgt', 'logon'],
  [4768, 'krbtgt/CORP.EXAMPLE', 'logon'],
  [4768, '', 'logon'],
  [4768, 'kadmin/changepw', 'passed over'],
  [672, 'kadmin', 'passed over'],
  [4769, 'FILE1$', 'logon'],
  [4769, 'krbtgt', 'passed over'],
  [673, 'krbtgt/OTHER.EXAMPLE@CORP.EXAMPLE', 'passed over'],
  [4769, 'kadmin/changepw', 'passed over'],
  [4770, 'krbtgt', 'logon'],
])('a %i for %s is a %s', (id, service, kind) => {
  expect(kindOf(id, { ServiceName: service })).toBe(kind);
});

test('an account of Windows itself is told by its SID in every event that has one', () => {
  expect(kindOf(4624, { LogonType: '3', TargetUserSid: 'S-1-5-7' })).toBe('passed over');
  expect(kindOf(4768, { TargetSid: 'S-1-5-18' })).toBe('passed over');
  expect(kindOf(4624, { LogonType: '3', TargetUserSid: person })).toBe('logon');
});
