import { expect, test } from 'vitest';
import { EmsFailure } from '../../src/ems/diagnosis.ts';
import { connectivityText, contextText, verifyFailureText } from '../../src/ems/fortios.ts';

const server = '10.0.0.1:443';
const failures = {
  timeout: new EmsFailure('tls-timeout', { server }),
  unknownCa: new EmsFailure('unknown-ca', { server, detail: 'its issuer is not installed' }),
  http500: new EmsFailure('server-error', { server, httpStatus: 500 }),
  http400: new EmsFailure('serial-refused', { server, httpStatus: 400 }),
  licence: new EmsFailure('license-expired', { server, httpStatus: 200 }),
  unauthorized: new EmsFailure('not-authorized', { server, httpStatus: 401, detail: 'FGVM010000000001' }),
};

test.each([
  ['timeout', -1, 'issue in getting capabilities. EMS server was not reached (timeout)'],
  ['unknownCa', -4, 'issue in getting capabilities. EMS server certificate is not signed by any known CA.'],
  [
    'http500',
    -5,
    'issue in getting capabilities. EMS server connection failed because the server is not compatible. received https code 500',
  ],
  [
    'http400',
    -5,
    'Issue in sending initial FortiGate Serial Number. EMS server connection failed because the server is not compatible. received https code 400',
  ],
  ['licence', -7, 'issue in getting capabilities. License expired.'],
  ['unauthorized', -8, 'issue in getting capabilities. EMS server connection failed. Authentication failed'],
] as const)('%s is printed as code %i in the form of FortiOS 7.0.8 and later', (name, code, text) => {
  expect(verifyFailureText(failures[name], '7.4')).toEqual([
    `Error in requesting EMS fabric connection: ${code}`,
    text,
    'Command fail. Return code -9999',
  ]);
});

test('an unknown CA and a refusal are printed as the guide shows them for FortiOS 6.4', () => {
  expect(verifyFailureText(failures.unknownCa, '6.4')).toEqual([
    'certificate not configured/verified: 2',
    'Could not verify server certificate based on current certificate authorities.',
    'Error 1--92-60-0 in get SN call: EMS Certificate is not signed by a known CA.',
  ]);
  expect(verifyFailureText(failures.unauthorized, '6.4')).toEqual([
    'failure in certificate configuration/verification: -4',
    'Could not verify EMS. Error 1--94-0-401 in get SN call: Authentication denied.',
  ]);
  expect(failures.unauthorized.problemFor('6.4').message).toBe(
    'Error 1--94-0-401 in get SN call: Authentication denied.',
  );
});

test('every old form has the shape Error A-B-C-D, also where only the new code is known', () => {
  for (const failure of Object.values(failures))
    expect(failure.oldForm).toMatch(/^Error (\d+)-(-?\d+)-(\d+)-(\d+) in get SN call: (.*)$/);
  expect(failures.http500.oldForm).toContain('Error 1--5-0-500 ');
  expect(failures.timeout.oldForm).toContain('Error 1--1-28-0 ');
});

test('every problem has a cause of one sentence and steps that mend it', () => {
  for (const { problem } of Object.values(failures)) {
    expect(problem.cause).toMatch(/^[A-Z0-9].*\.$/);
    expect(problem.fix.length).toBeGreaterThan(0);
    for (const step of problem.fix) expect(step).not.toContain('\n');
  }
});

test('test-connectivity prints the one line of FortiOS', () => {
  expect(connectivityText(null)).toBe('Connection test was successful.');
  expect(connectivityText(failures.unknownCa.problem)).toBe(
    'Connection test had an error -4: EMS server certificate is not signed by any known CA.',
  );
});

test('a status block holds only what is known', () => {
  const known = {
    number: 2,
    name: 'ems137',
    confirmed: true,
    serialNumber: 'FCTEMS0000000001',
    tenantId: null,
    identityVerified: true,
    capabilitiesVerified: null,
    capabilities: null,
    websocket: null,
    connection: 'Successful',
    certificate: 'Authorized',
    error: null,
  };
  expect(contextText(known)).toEqual([
    'FortiClient EMS number 2:',
    'name(id): ems137(2) confirmed: yes',
    'fetched-serial-number: FCTEMS0000000001',
    'fetched-tenant-id:',
    'verified identity: true',
    'connection: Successful',
    'certificate: Authorized',
  ]);
  const unknown = { ...known, confirmed: false, serialNumber: null, identityVerified: null, error: 'why' };
  expect(contextText(unknown)).toContain('fetched-serial-number:');
  expect(contextText(unknown).join('\n')).not.toContain('verified identity');
  expect(contextText(unknown).at(-1)).toBe('error: why');
});
