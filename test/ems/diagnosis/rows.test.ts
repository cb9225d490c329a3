import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Diagnosis,
  diagnose,
  diagnosisProblem,
  diagnosisRows,
} from '../../../src/ems/diagnosis/diagnose.ts';
import { EmsFailure } from '../../../src/ems/diagnosis.ts';
import { diagnoses, type Fault, type FaultText } from '../../../src/ems/diagnosis-table.ts';

const server = 'ems.example.com:443';

test('the table has the 21 rows of the documentation, each with a cause, steps and a source', () => {
  expect(diagnosisRows.map(({ row }) => row)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  for (const row of diagnosisRows) {
    expect(row.cause).toMatch(/^[A-Z].*\.$/);
    expect(row.source).not.toBe('');
    for (const role of ['root', 'downstream'] as const) {
      const steps = (role === 'downstream' && row.downstream ? row.downstream : row.steps)({ server });
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(step).toMatch(/^[A-Z][^\n]*[^ ]$/);
    }
  }
});

test('the documentation lists every row by its number', () => {
  const text = readFileSync(new URL('../../../docs/protocol/ems.md', import.meta.url), 'utf8');
  const section = text.split('\n## Diagnosis\n')[1]?.split('\n## ')[0] ?? '';
  const numbers = [...section.matchAll(/^\| (\d+) \|/gm)].map((found) => Number(found[1]));
  expect(numbers).toEqual(diagnosisRows.map(({ row }) => row));
});

// What devices printed, as the sources show it.
test.each<[string, number]>([
  ['Error 1--92-60-0 in get SN call: EMS Certificate is not signed by a known CA.', 1],
  ['Connection test had an error -4: EMS server certificate is not signed by any known CA.', 1],
  ['Error (-1@__generic_process_result_ex:290). EMS server certificate is not signed by any known CA.', 1],
  ['The server certificate cannot be authenticated with installed CA certificates. Please install', 1],
  ['Error 1--94-0-401 in get SN call: Authentication denied.', 2],
  ['EMS server connection failed.  Authentication failed', 2],
  ['Connection test had an error -8', 2],
  ['Issue in reply of REST API call to api/v1/x HTTP Code: 401 (Unauthorized) cURL result: (0) No error', 2],
  [
    'Issue in sending initial FortiGate Serial Number. EMS server connection failed because the server is not compatible. received https code 400',
    4,
  ],
  ['Error (-1@_submit_init_fgt_sn:545).', 4],
  [
    'issue in getting capabilities. EMS server connection failed because the server is not compatible. received https code 500',
    5,
  ],
  ['error info: Error (-1@__generic_process_result_ex:285). Error: http code 500', 5],
  ['Error in requesting EMS fabric connection: -5', 5],
  ['{"result": {"retval": -5, "message": "Certificate user does not have access to global."}}', 6],
  ['EMS certificate not authorized', 7],
  ['CMDB error: ems 1 (ems.example.com) has verifying CN but not CA CN.', 7],
  ['Error (-1@_check_verify_ems_ca:4711)', 7],
  ["Modification not allowed unless 'configuration-sync' is set to 'local'", 9],
  ['issue in getting capabilities. License expired.', 10],
  ['license expired', 10],
  ['Failed to verify the certificate for server "FortiClientEMSCloud (ID: 1)"', 11],
  ['Server certificate or configured certificate is not recognized', 11],
  ['Connection test had an error -1: EMS server was not reached (timeout)', 13],
  ['Connection test had an error -1', 13],
  ['logid="0100045123" url="wss://ems" wscode=1006', 17],
  ['Invalid ZTNA certificate', 18],
  ['set dirty-reason mismatched-ems-sn', 20],
])('%j is row %i', (text, row) => {
  expect(diagnose({ text })?.row).toBe(row);
  expect(diagnose({ text: text.toUpperCase() })?.row).toBe(row);
});

test.each([
  '',
  'Connection test was successful.',
  'Connection test had an error -13',
  'received https code 5003',
  'HTTP Code: 4010',
])('%j is no row', (text) => {
  expect(diagnose({ text })).toBeNull();
});

test.each([
  [{ code: -1 }, 13],
  [{ code: -4 }, 1],
  [{ code: -5 }, 5],
  [{ code: -7 }, 10],
  [{ code: -8 }, 2],
  [{ code: -92 }, 1],
  [{ code: -94 }, 2],
  [{ code: -5, httpStatus: 400 }, 4],
  [{ httpStatus: 401 }, 2],
  [{ httpStatus: 500 }, 5],
  [{ finding: 'session-resumed' }, 5],
  [{ finding: 'serial-not-listed' }, 3],
  [{ finding: 'verifying-ca-missing' }, 7],
  [{ finding: 'synchronised-field' }, 9],
  [{ finding: 'certificate-renewed' }, 14],
  [{ finding: 'tags-missing' }, 15],
  [{ finding: 'tag-types-missing' }, 16],
  [{ finding: 'websocket-down' }, 17],
  [{ finding: 'client-certificate-zero' }, 18],
  [{ finding: 'keep-alive-missed' }, 19],
  [{ finding: 'serial-number-changed' }, 20],
  [{ finding: 'tag-limit' }, 21],
  // The same sign, but another device.
  [{ finding: 'verifying-ca-missing', fabricRole: 'downstream' }, 8],
  [{ text: 'EMS certificate not authorized', fabricRole: 'downstream' }, 8],
  [{ code: -8, serialListed: false }, 3],
  [{ code: -8, serialListed: true }, 2],
  [{ code: -4, type: 'ems-cloud' }, 11],
  [{ code: -1, haRole: 'secondary' }, 12],
  [{ code: -1, haRole: 'primary' }, 13],
] as const)('%j is row %i', (symptom, row) => {
  expect(diagnose(symptom)?.row).toBe(row);
});

test('nothing known of a failure is no row', () => {
  expect(diagnose({})).toBeNull();
  expect(diagnose({ code: -3, httpStatus: 404 })).toBeNull();
});

test('the steps are those of our role in the Fabric', () => {
  const root = diagnose({ code: -4 }) as Diagnosis;
  const member = diagnose({ code: -4, fabricRole: 'downstream' }) as Diagnosis;
  expect(root.role).toBe('root');
  expect(root.steps[0]).toContain('Trusted Root Certification Authorities');
  expect(member.role).toBe('downstream');
  expect(member.steps[0]).toMatch(/^On the root of the Fabric/);
  expect(member.steps.join(' ')).toContain('fabric-ca');
});

test('a diagnosis is a problem with the message of the product, or a better one', () => {
  const found = diagnose({ finding: 'synchronised-field' }) as Diagnosis;
  expect(diagnosisProblem(found).message).toBe(
    "Modification not allowed unless 'configuration-sync' is set to 'local'",
  );
  expect(diagnosisProblem(found, 'other')).toMatchObject({
    stage: 'configuration',
    code: null,
    message: 'other',
  });
});

const faults = Object.entries(diagnoses) as [Fault, FaultText][];

test('a failure of ours has the row, the code and, where the product prints one, the message of the table', () => {
  const facts = { server, detail: 'FGVM010000000001', httpStatus: 0 };
  for (const [fault, text] of faults) {
    const failure = new EmsFailure(fault, facts);
    expect(failure.problem.fix.length, fault).toBeGreaterThan(0);
    if (text.row === undefined) {
      expect(failure.diagnosis, fault).toBeNull();
      continue;
    }
    expect(failure.diagnosis?.row, fault).toBe(text.row);
    expect(failure.diagnosis?.code, fault).toBe(text.code);
  }
});

test.each<[Fault, number, number]>([
  ['unknown-ca', 0, 1],
  ['not-authorized', 401, 2],
  ['serial-refused', 400, 4],
  ['server-error', 500, 5],
  ['license-expired', 200, 10],
  ['connect-timeout', 0, 13],
])(
  '%s prints the exact message of its row, and pasting it leads back to the row',
  (fault, httpStatus, row) => {
    const { problem, stageText } = new EmsFailure(fault, { server, httpStatus });
    expect(problem.message).toBe(diagnosisRows[row - 1]?.message);
    expect(diagnose({ text: `${stageText}. ${problem.message}` })?.row).toBe(row);
  },
);

test('a failure in other surroundings has the cause and steps of the other row', () => {
  const timeout = new EmsFailure('connect-timeout', { server });
  expect(timeout.diagnosis?.row).toBe(13);
  const passive = timeout.in({ haRole: 'secondary' });
  expect(passive.diagnosis?.row).toBe(12);
  expect(passive.message).toBe(timeout.message);
  expect(passive.problem.cause).toContain('passive unit');
  expect(passive.problem.fix[0]).toContain('primary');
  const cloud = new EmsFailure('unknown-ca', { server, detail: 'x' }).in({ type: 'ems-cloud' });
  expect(cloud.diagnosis?.row).toBe(11);
});

test('a downstream member is advised as such, and keeps the particular cause', () => {
  const failure = new EmsFailure('not-authorized', { server, httpStatus: 401, detail: 'FGVM010000000002' });
  const member = failure.in({ fabricRole: 'downstream' });
  expect(member.problem.cause).toBe(failure.problem.cause);
  expect(member.problem.fix.join(' ')).toContain('Select the serial number FGVM010000000002');
  expect(member.problem.fix.join(' ')).toContain('silent-approval');
  // A fault with steps of its own keeps them for the root only.
  const name = new EmsFailure('name-not-found', { server, detail: 'x' });
  expect(name.problem.fix[0]).toContain('spelling');
  expect(name.in({ fabricRole: 'downstream' }).problem.fix[0]).toContain('this member itself');
});
