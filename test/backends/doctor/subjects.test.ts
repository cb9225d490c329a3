import { expect, test } from 'vitest';
import { doctorSubjects } from '../../../src/backends/doctor/subjects.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const secret = { env: 'DOCTOR_PASSWORD' };
const env = { DOCTOR_PASSWORD: 'Svc-Passw0rd1', OTHER: 'another' };

function subjects(config: object, choice = {}) {
  const loaded = {
    config: parseConfig(JSON.stringify(config), 'config.yaml'),
    path: 'config.yaml',
    directory: '/',
  };
  return doctorSubjects(loaded as Parameters<typeof doctorSubjects>[0], env, new ManualClock(), choice);
}

const polling = { user: 'CORP\\svc', password: secret };
const shown = ({ controllers }: Awaited<ReturnType<typeof subjects>>) =>
  controllers.map(({ host, polledBy, usedBy, ports, readings }) => ({
    ...{ host, polledBy, usedBy, ports },
    readings: readings.map(({ mode, log }) => `${mode} ${log}`),
  }));

test('a machine that is polled in several ways, also as an Exchange server and by fsso-polling, is one', async () => {
  const found = await subjects({
    'fsso-polling': [
      { id: 4, server: 'DC1.corp.example', user: 'svc', 'default-domain': 'CORP', password: secret },
    ],
    collector: {
      polling: {
        ...polling,
        controllers: [
          { server: 'dc1.corp.example' },
          { server: 'dc1.corp.example', mode: 'wmi', port: 15985, log: 'System' },
          { server: 'dc2.corp.example', mode: 'netapi' },
        ],
        'exchange-servers': [{ server: 'mail', 'forwarded-to': 'dc1.corp.example' }],
      },
    },
  });
  expect(shown(found)).toEqual([
    {
      host: 'dc1.corp.example',
      polledBy: ['event-log', 'wmi'],
      usedBy: ['polling', 'exchange', 'fsso-polling 4'],
      ports: { smb: 445, wmi: 15985 },
      readings: ['netapi Security', 'event-log Security', 'event-log ForwardedEvents', 'wmi System'],
    },
    {
      host: 'dc2.corp.example',
      polledBy: ['netapi'],
      usedBy: ['polling'],
      ports: { smb: 445, wmi: 5985 },
      readings: ['netapi Security', 'event-log Security', 'wmi Security'],
    },
  ]);
  // What fsso-polling reads beside the collector is asked for too.
  const reading = found.controllers[0]?.readings[1];
  expect(reading?.ids).toEqual(expect.arrayContaining([4768, 4769, 4776]));
});

test('another account, or another port of the same service, is another examination', async () => {
  const found = await subjects({
    collector: {
      polling: {
        ...polling,
        controllers: [
          { server: 'dc1' },
          { server: 'dc1', port: 1445, log: 'System' },
          { server: 'dc1', mode: 'netapi', user: 'CORP\\other', password: { env: 'OTHER' } },
        ],
      },
    },
  });
  expect(found.controllers.map(({ account, ports }) => `${account} ${ports.smb}`)).toEqual([
    'CORP\\svc 445',
    'CORP\\svc 1445',
    'CORP\\other 445',
  ]);
});

test('a FortiGate polls the event log only, so that fsso-polling alone needs no other way', async () => {
  const found = await subjects({
    'fsso-polling': [
      { id: 1, server: 'dc1', user: 'svc@corp.example', 'default-domain': 'CORP', password: secret },
    ],
  });
  expect(shown(found)).toMatchObject([{ readings: ['event-log Security'], usedBy: ['fsso-polling 1'] }]);
  expect(found.controllers[0]?.account).toBe('svc@corp.example');
});

test('with one way only, only that is examined', async () => {
  const found = await subjects(
    { collector: { polling: { ...polling, controllers: [{ server: 'dc1' }] } } },
    { mode: 'wmi' },
  );
  expect(shown(found)).toMatchObject([{ readings: ['wmi Security'] }]);
});

test('every controller of every NTLM domain is examined, and a workstation with its own account', async () => {
  const found = await subjects(
    {
      collector: {
        'workstation-check-networks': ['10.1.0.0/16'],
        'workstation-verify-interval': 5,
        'workstation-check-method': 'registry',
        'workstation-check-user': 'CORP\\ws',
        'workstation-check-password': secret,
        ntlm: {
          domains: [
            {
              name: 'corp',
              'dns-name': 'corp.example',
              controllers: ['dc1', 'dc2:49200'],
              machine: 'COL$',
              password: secret,
            },
          ],
          gates: [{ listen: '127.0.0.1', port: 8080 }],
        },
      },
    },
    { workstation: 'pc17:1445' },
  );
  expect(found.channels.map(({ target, account }) => [target.host, target.port, account.domain])).toEqual([
    ['dc1', null, 'CORP'],
    ['dc2', 49200, 'CORP'],
  ]);
  expect(found.domains).toEqual(['corp.example']);
  expect(found.gates).toHaveLength(1);
  expect(found.workstation).toMatchObject({
    host: 'pc17',
    port: 1445,
    account: 'CORP\\ws',
    method: 'registry',
  });
  expect(found.workstation?.isInNetworks('10.1.2.3')).toBe(true);
  expect(found.workstation?.isInNetworks('10.2.2.3')).toBe(false);
});

test('a workstation without an account to ask it with is refused in one line', async () => {
  await expect(subjects({ collector: {} }, { workstation: 'pc17' })).rejects.toThrow(
    'collector.workstation-check-user: missing',
  );
});
