import { expect, test } from 'vitest';
import { knownRules } from '../../../../../src/fsso/collector/feeds/syslog/known-rules.ts';
import { Pattern } from '../../../../../src/fsso/collector/feeds/syslog/pattern.ts';
import { SyslogRule, type SyslogRuleOptions } from '../../../../../src/fsso/collector/feeds/syslog/rule.ts';

const vpn: SyslogRuleOptions = {
  name: 'vpn',
  trigger: '722051',
  logon: 'assigned to session',
  logoff: 'session disconnected',
  usernameField: 'User <{{:username}}>',
  clientIpField: 'IPv4 Address <{{:client_ip}}>',
  clientIpv6Field: 'IPv6 Address <{{:client_ipv6}}>',
  groupField: 'Group <{{:group}}>',
  groupSeparator: ',',
};

const line = (text: string) => `<166>Jan 15 09:00:00 asa %ASA-6-722051: ${text}`;

test('a logon gives user, addresses and groups', () => {
  expect(
    new SyslogRule(vpn).read(
      line(
        'Group <staff, sales> User <anna> IP <192.0.2.1> IPv4 Address <10.0.0.7> IPv6 Address <2001:db8::7> assigned to session',
      ),
    ),
  ).toEqual({
    kind: 'logon',
    username: 'anna',
    ip: '10.0.0.7',
    ip6: '2001:db8::7',
    groups: ['staff', 'sales'],
    domain: null,
    workstation: null,
  });
});

test('a line without the trigger, or without one of the texts, is passed over', () => {
  const rule = new SyslogRule(vpn);
  expect(rule.read('User <anna> IPv4 Address <10.0.0.7> assigned to session').kind).toBe('passed over');
  expect(rule.read(line('User <anna> IPv4 Address <10.0.0.7> something else')).kind).toBe('passed over');
});

test('the text of a logoff goes before that of a logon, and a logoff needs no user', () => {
  const rule = new SyslogRule(vpn);
  expect(
    rule.read(line('IPv4 Address <10.0.0.7> session disconnected, was assigned to session 7')),
  ).toMatchObject({ kind: 'logoff', username: null, ip: '10.0.0.7' });
});

test('what a device writes where it has nothing is no user and no address', () => {
  const rule = new SyslogRule(vpn);
  expect(rule.read(line('User <N/A> IPv4 Address <10.0.0.7> assigned to session'))).toEqual({
    kind: 'incomplete',
    missing: 'user',
  });
  expect(rule.read(line('User <anna> IPv4 Address <-> IPv6 Address <::/0> assigned to session'))).toEqual({
    kind: 'incomplete',
    missing: 'address',
  });
});

const fortigate = (logid: string, rest: string) =>
  `<189>date=2026-01-15 time=09:00:00 devname="edge" devid="FGVM010000000001" logid="${logid}" type="event" subtype="vpn" level="information" vd="root" ${rest}`;

test('the known rule understands SSL VPN tunnels of a FortiGate that come up, live on and go down', () => {
  const options = knownRules.find(({ name }) => name === 'fortigate-ssl-vpn');
  const rule = new SyslogRule(options as SyslogRuleOptions);
  const rest =
    'tunneltype="ssl-tunnel" tunnelid=1 remip=192.0.2.7 tunnelip=10.212.134.200 xauthuser="N/A" user="anna" group="vpn users"';
  const read = (logid: string, action: string) => rule.read(fortigate(logid, `action="${action}" ${rest}`));
  expect(read('0101039947', 'tunnel-up')).toMatchObject({
    kind: 'logon',
    username: 'anna',
    ip: '10.212.134.200',
    groups: ['vpn users'],
  });
  expect(read('0101039949', 'tunnel-stats').kind).toBe('logon');
  expect(read('0101039948', 'tunnel-down')).toMatchObject({ kind: 'logoff', ip: '10.212.134.200' });
  expect(read('0101039424', 'ssl-login-fail').kind).toBe('passed over');
  // Web mode has no tunnel, and so no address of a user.
  expect(rule.read(fortigate('0101039947', 'tunneltype="ssl-web" tunnelip=(null) user="anna"'))).toEqual({
    kind: 'incomplete',
    missing: 'address',
  });
});

test.each([
  ['user="{{:username}}"', 'xauthuser="N/A" user="anna"', { username: 'anna' }],
  ['tunnelip={{:client_ip}}', 'tunnelip=10.0.0.7,user=x', { client_ip: '10.0.0.7' }],
  ['tunnelip={{:client_ip}} ', 'a tunnelip=10.0.0.7', { client_ip: '10.0.0.7' }],
  ['user={{:domain}}\\{{:username}} ', 'user=CORP\\anna from', { domain: 'CORP', username: 'anna' }],
  ['username={{username}},', 'username=anna b,', { username: 'anna b' }],
  ['User {{:username}}', 'User jürgen<', { username: 'jürgen' }],
  ['user="{{:username}}"', 'user=""', {}],
  ['user="{{:username}}"', 'user="anna', null],
  ['user="{{:username}}"', 'xauthuser="anna"', null],
])('%s in %s', (pattern, text, values) => {
  expect(new Pattern(pattern).read(text)).toEqual(values);
});

test.each([
  ['user', 'expected a field such as {{:username}}'],
  ['{{:username}} logged on', 'expected text before the first field'],
  ['user={{:name}}', 'no field is called name, expected one of username, client_ip'],
  ['user={{:domain}}{{:username}}', 'expected text between {{:domain}} and the field behind it'],
])('%s is refused as a pattern', (pattern, message) => {
  expect(() => new Pattern(pattern)).toThrow(message);
});

test('a pattern of the wrong field is refused with the name of its option', () => {
  expect(() => new SyslogRule({ ...vpn, clientIpField: 'ip={{:username}}' })).toThrow(
    'client-ip-field: {{:username}} does not belong here, expected {{:client_ip}}',
  );
});

test('a hostile line of the longest size is read in no time worth naming', () => {
  const rule = new SyslogRule({ ...vpn, trigger: '', logon: 'a' });
  const hostile = 'a User <'.repeat(2400);
  // With a search that began anew at each place this would take 18,000 x 18,000 steps, a hundred times over.
  const readings = Array.from({ length: 100 }, () => rule.read(hostile).kind);
  expect(new Set(readings)).toEqual(new Set(['incomplete']));
}, 5000);
