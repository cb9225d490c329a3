import { expect, test } from 'vitest';
import { explain } from '../../src/ems/diagnosis/explain.ts';
import { readDebugLine, readLocator, readOldResult, readPaste } from '../../src/ems/fcnacd.ts';

const rows = (text: string, about: Parameters<typeof explain>[1] = {}) =>
  explain(text, about).map(({ diagnosis }) => diagnosis.row);

test('a debug line is its function and its text, whatever the line number, with or without a time', () => {
  expect(readDebugLine('[ec_ez_worker_process:402] Call completed with failure.')).toEqual({
    function: 'ec_ez_worker_process',
    text: 'Call completed with failure.',
  });
  expect(
    readDebugLine('2023-05-11 06:24:59.143 [__match_server_cert_key:1] verify_peer_method: 3')?.function,
  ).toBe('__match_server_cert_key');
  for (const other of ['', 'obj-id: 0', '[no line]', '[a b:1] x', '  reply:'])
    expect(readDebugLine(other)).toBeNull();
});

test('a locator is a code and a function', () => {
  expect(readLocator('Error (-1@_get_capabilities:440). x')).toEqual({
    code: -1,
    function: '_get_capabilities',
  });
  expect(readLocator('Error -1')).toBeNull();
});

test('the old form is four numbers and a text', () => {
  expect(
    readOldResult('Error 1--92-60-0 in get SN call: EMS Certificate is not signed by a known CA.'),
  ).toEqual({
    code: -92,
    curl: 60,
    httpStatus: 0,
    text: 'EMS Certificate is not signed by a known CA.',
  });
  expect(
    readOldResult('Could not verify EMS. Error 1--94-0-401 in get SN call: Authentication denied.'),
  ).toMatchObject({ code: -94, curl: 0, httpStatus: 401 });
  expect(readOldResult('Error 1-2 in get SN call: x')).toBeNull();
});

// What devices printed, as docs/protocol/ems.md shows it.
test.each<[string, string, number[]]>([
  [
    'an unknown CA, old form',
    [
      'certificate not configured/verified: 2',
      'Could not verify server certificate based on current certificate authorities.',
      'Error 1--92-60-0 in get SN call: EMS Certificate is not signed by a known CA.',
    ].join('\n'),
    [1],
  ],
  [
    'not authorised, old form, from a Windows terminal',
    'failure in certificate configuration/verification: -4\r\nCould not verify EMS. Error 1--94-0-401 in get SN call: Authentication denied.\r\n',
    [2],
  ],
  [
    'the submission of the serial number, new form',
    [
      'Error in requesting EMS fabric connection: -5',
      'Issue in sending initial FortiGate Serial Number. EMS server connection failed because the server is not compatible. received https code 400',
      'Error (-1@_submit_init_fgt_sn:545).',
      'Command fail. Return code -9999',
    ].join('\n'),
    [4],
  ],
  [
    'HTTP 500, new form',
    [
      'Error in requesting EMS fabric connection: -5',
      'issue in getting capabilities. EMS server connection failed because the server is not compatible. received https code 500',
      'Error (-1@_get_capabilities:461).',
      'Command fail. Return code -9999',
    ].join('\n'),
    [5],
  ],
  [
    'a licence, new form with something behind the place',
    [
      'Error in requesting EMS fabric connection: -7',
      'issue in getting capabilities. License expired.',
      'Error (-1@_get_capabilities:519). license expired',
      'Command fail. Return code -9999',
    ].join('\n'),
    [10],
  ],
  ['a code of which the reason was not copied', 'Error in requesting EMS fabric connection: -4', [1]],
  ['test-connectivity', 'Connection test had an error -1: EMS server was not reached (timeout)', [13]],
  [
    'the debug output of a multi-tenant EMS',
    [
      '[ec_ems_context_submit_work:641] Call submitted successfully.',
      '        obj-id: 0, desc: REST API to get EMS Serial Number., entry: api/v1/system/serial_number.',
      '[ec_ez_worker_prep_data_url:177] Full URL: https://ems.example.com/api/v1/system/serial_number',
      '[ec_ez_worker_process:334] Processing call for obj-id: 0, entry: "api/v1/system/serial_number"',
      '[ec_ez_worker_process:411] reply:',
      '"""',
      '{"result": {"retval": -5, "message": "Certificate user does not have access to global."}}',
      '"""',
      '[ec_ez_worker_process:423] Call completed successfully.',
      '[_get_capabilities:440] Error (-1@_get_capabilities:440).',
    ].join('\n'),
    [6],
  ],
  [
    'the debug output of an unknown CA',
    [
      '2024-02-01 10:00:00 [ec_ez_worker_process:402] Call completed with failure.',
      'error info: Error (-1@__generic_process_result_ex:290). EMS server certificate is not signed by any known CA.',
    ].join('\n'),
    [1],
  ],
  [
    'a held CN without a CA',
    '[_check_verify_ems_ca:88] CMDB error: ems 1 (ems) has verifying CN but not CA CN.',
    [7],
  ],
  ['a key that no longer fits', '[__match_server_cert_key:451] verify_peer_method: 3\n        ret=0', [14]],
  [
    'a status block without a WebSocket',
    'FortiClient EMS number 1:\nname(id): ems(1) confirmed: yes\nWebsocket status: disconnected, oif: 0',
    [17],
  ],
  [
    'a record without a client certificate',
    ` Client cert SN : ${'0'.repeat(40)}\n Public IP address: 1.2.3.4`,
    [18],
  ],
  [
    'a configuration',
    'config endpoint-control fctems\n edit 1\n  set dirty-reason mismatched-ems-sn\n next\nend',
    [20],
  ],
  [
    'an event log',
    'logid="0107045122" type="event" fctemsname="ems" url="api/v1/system/serial_number" httpcode=401 msg="Issue in reply"',
    [2],
  ],
])('%s is recognised', (_name, text, expected) => {
  expect(rows(text)).toEqual(expected);
});

test.each([
  'Connection test was successful.',
  'EMS already verified.',
  'Websocket status: connected, oif: 0',
  '[__match_server_cert_key:451] verify_peer_method: 3\n        ret=1',
  'FortiClient EMS number 1:\nname(id): ems(1) confirmed: yes\nverified identity: true',
  ` Client cert SN : 2B8D4FF0E71FE7E064288FE1B4F87E25232092D0`,
  '',
])('%j is no failure', (text) => {
  expect(rows(text)).toEqual([]);
});

test('several failures of one paste come in the order of their lines, each once, with where they stand', () => {
  const text = [
    'Connection test had an error -8: EMS server connection failed. Authentication failed',
    'Websocket status: disconnected',
    'Connection test had an error -8: EMS server connection failed. Authentication failed',
  ].join('\n');
  expect(rows(text)).toEqual([2, 17]);
  expect(explain(text, {})[0]?.evidence.map(({ line }) => line)).toEqual([1, 3]);
});

test('the line that carries the reason is the one that is quoted', () => {
  const text =
    'Error in requesting EMS fabric connection: -5\nissue in getting capabilities. EMS server connection failed because the server is not compatible. received https code 500\nCommand fail. Return code -9999';
  expect(explain(text, {})[0]?.evidence).toEqual([
    { line: 2, text: expect.stringContaining('received https code 500') },
  ]);
});

test('what is known of the device changes the row and the steps', () => {
  const timeout = 'Connection test had an error -1: EMS server was not reached (timeout)';
  expect(rows(timeout, { haRole: 'secondary' })).toEqual([12]);
  expect(rows('EMS certificate not authorized', { fabricRole: 'downstream' })).toEqual([8]);
  expect(rows('Connection test had an error -4', { type: 'ems-cloud' })).toEqual([11]);
  const [unknown] = explain('Connection test had an error -4', {});
  const [member] = explain('Connection test had an error -4', { fabricRole: 'downstream' });
  expect(unknown?.downstreamSteps).toEqual(member?.diagnosis.steps);
  expect(member?.downstreamSteps).toBeNull();
});

test('lines are counted as they were pasted', () => {
  expect(readPaste('a\n\nb\r\nc').map(({ line, text }) => [line, text])).toEqual([
    [1, 'a'],
    [3, 'b'],
    [4, 'c'],
  ]);
});
