import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { BackupError, deepestTables, readBackup } from '../../../src/config/fortios/backup.ts';
import { importBackup } from '../../../src/config/fortios/import.ts';
import { parseConfig } from '../../../src/config/load.ts';

const header = (release: string) =>
  `#config-version=FGVM64-${release}-FW-build1517-230606:opmode=0:vdom=0:user=admin\n#conf_file_ver=1\n#buildno=1517\n`;

const body = String.raw`config system global
    set hostname "edge"
    set admin-sport 8443
end
config system replacemsg http "deny"
    set buffer "<html>
config user fsso
edit \"not one\"
</html>"
end
config endpoint-control fctems
    edit 1
        set status enable
        set name "hq"
        set server "ems.corp.example"
        set https-port 8443
        set serial-number "FCTEMS0000000001"
        set capabilities fabric-auth silent-approval websocket
        set pull-tags disable
        set call-timeout 60
    next
    edit 2
        set name "cloud"
        set fortinetone-cloud-authentication enable
    next
    edit 3
    next
end
config user fsso
    edit "corp"
        set server "10.0.0.11"
        set password ENC AAAAcGFzc3dvcmQ=
        set server2 "10.0.0.12"
        set port2 8001
        set password2 ENC BBBB
        set logon-timeout 30
        set ssl enable
        set ssl-trusted-cert "Corp_CA"
        set ldap-poll enable
        set source-ip 10.0.0.1
    next
end
config user group
    edit "sales"
        set group-type fsso-service
        set member "CORP/SALES" "CORP/O\"NEIL"
    next
end
config firewall address
    edit "lan"
        set uuid 1f2e
        set subnet 10.1.0.0 255.255.0.0
    next
end
config firewall policy
    edit 7
        set name "out"
        set srcintf "port1" "port2"
        set dstintf "wan"
        set action accept
        set srcaddr "lan"
        set dstaddr "all"
        set schedule "always"
        set groups "sales"
    next
end
`;

describe('a backup', () => {
  test.each(['7.0.12', '7.2.5', '7.4.4'])(
    'of FortiOS %s becomes a configuration that is right',
    (release) => {
      const { config, report } = importBackup(header(release) + body, 'FGVM010000000001');
      const yaml = stringify(config);
      const read = parseConfig(yaml, 'imported');
      expect(read.identity).toMatchObject({ serial: 'FGVM010000000001', vdom: 'root' });
      expect(read.release).toBe(release);
      expect(read.ems.map(({ name, server }) => [name, server])).toEqual([
        ['hq', 'ems.corp.example'],
        ['cloud', undefined],
      ]);
      expect(read.ems[0]).toMatchObject({ 'https-port': 8443, 'call-timeout': 60, 'pull-tags': 'disable' });
      expect(read.fsso).toMatchObject([
        {
          name: 'corp',
          'logon-timeout': 30,
          ssl: 'enable',
          'source-ip': '10.0.0.1',
          servers: [
            { server: '10.0.0.11', port: 8000, password: { env: 'CORP_PASSWORD' } },
            { server: '10.0.0.12', port: 8001, password: { env: 'CORP_PASSWORD2' } },
          ],
        },
      ]);
      expect(read['user-groups']).toMatchObject([{ name: 'sales', member: ['CORP/SALES', 'CORP/O"NEIL'] }]);
      expect(read.addresses).toMatchObject([{ name: 'lan', subnet: '10.1.0.0 255.255.0.0' }]);
      expect(read.policies).toMatchObject([{ policyid: 7, srcintf: ['port1', 'port2'], groups: ['sales'] }]);
      expect(yaml).not.toContain('AAAA');
      expect(report).toEqual(
        expect.arrayContaining([
          'taken fsso: 1',
          expect.stringMatching(
            /^secret corp password: put it into .* CORP_PASSWORD \(line \d+: it is encrypted/,
          ),
          'certificate of corp: put Corp_CA of the FortiGate into Corp_CA.pem beside the configuration (line 41)',
          expect.stringMatching(/^left user fsso: ldap-poll: /),
          expect.stringMatching(/^left firewall policy: schedule: /),
        ]),
      );
    },
  );

  test('without a serial number says that it is missing, and has no identity', () => {
    const { config, report } = importBackup(header('7.4.4') + body, null);
    expect(config['identity']).toBeUndefined();
    expect(report.join('\n')).toContain('missing identity');
  });

  test('with VDOMs names that of each policy, and finds tables that stand in them', () => {
    const text = `${header('7.4.4')}config vdom\nedit root\nnext\nedit guests\nend\nconfig global\n${body.slice(0, body.indexOf('config user fsso\n    edit'))}end\nconfig vdom\nedit guests\n${body.slice(body.indexOf('config user fsso\n    edit'))}end\n`;
    const { config } = importBackup(text, 'FGVM010000000001');
    expect(config).toMatchObject({
      identity: { vdom: 'guests' },
      ems: [{ name: 'hq' }, { name: 'cloud' }],
      fsso: [{ name: 'corp' }],
      policies: [{ policyid: 7, vdom: 'guests' }],
    });
  });

  test('with values that are out of range leaves those, and takes the rest', () => {
    const wrong = body.replace('set logon-timeout 30', 'set logon-timeout 99999');
    const { config, report } = importBackup(header('7.4.4') + wrong, 'FGVM010000000001');
    expect(config).toMatchObject({ fsso: [{ name: 'corp' }] });
    expect(parseConfig(stringify(config), 'imported').fsso[0]?.['logon-timeout']).toBe(5);
    expect(report.join('\n')).toMatch(
      /left user fsso: logon-timeout: expected a whole number from 1 to 2880/,
    );
  });
});

describe('what is no backup', () => {
  const all = () => true;

  test.each(['\u00a0', '\v', '\f', '\u2028'])(
    'a space of another kind, %j, is a part of its word',
    (space) => {
      const text = `config user fsso\nedit a\nset server ${space}b\nnext\nend\n`;
      const [table] = readBackup(text, all).tables;
      expect(table?.entries[0]?.settings.get('server')?.values).toEqual([`${space}b`]);
      expect(() => readBackup(`${space}config user fsso\nend\n`, all)).toThrow(BackupError);
    },
  );

  test.each([
    ['', 'line 1: there is no config in it'],
    ['hello', 'line 1: found hello, expected config, edit, set, unset, append, next or end'],
    ['config user fsso\nedit a\n', 'line 1: config user fsso has no end: the file is cut off'],
    ['config a\nend\nend\n', 'line 3: end without config'],
    ['set a b', 'line 1: set outside of config'],
    ['config a\nset b "never\nends', 'line 2: a value in " has no end'],
    ['config a\nedit\nend', 'line 2: edit takes one name, found 0'],
    ['config a\n'.repeat(deepestTables + 1), `line 17: tables are nested more than ${deepestTables} deep`],
    [`config a\nset b ${'x'.repeat(2_000_000)}\nend`, 'line 2: a value is longer than 1048576 characters'],
  ])('is refused with its line (%#)', (text, message) => {
    expect(() => readBackup(text, all)).toThrow(
      new BackupError(Number(/\d+/.exec(message)?.[0]), message.replace(/^line \d+: /, '')),
    );
  });

  test('throws nothing but its own error, whatever the text', () => {
    const word = fc.constantFrom(
      'config',
      'edit',
      'set',
      'next',
      'end',
      'unset',
      'append',
      '"',
      '\\',
      '\n',
      ' ',
      '#',
      "'",
      'user fsso',
      'server',
      '__proto__',
      'vdom',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          try {
            importBackup(text, null);
          } catch (error) {
            expect(error).toBeInstanceOf(BackupError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('values come back as they were written, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (values) => {
        const quoted = values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
        const { tables } = readBackup(`config a\nset b ${quoted.join(' ')}\nend\n`, all);
        expect(tables[0]?.settings.get('b')?.values).toEqual(values);
      }),
    );
  });
});
