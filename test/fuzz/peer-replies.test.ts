import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf } from '../../src/backends/fortigate/cluster.ts';
import { endpointsOfDevices, endpointsOfRecords } from '../../src/backends/fortigate/endpoint-reading.ts';
import { envelopesOf, refusalText } from '../../src/backends/fortigate/envelope.ts';
import { fssoEntriesOf, systemOf, usersOf } from '../../src/backends/fortigate/identity-reading.ts';
import { fortigateProfile } from '../../src/backends/fortigate/profile.ts';
import { fortigateFields } from '../../src/backends/fortigate/profile-fields.ts';
import { certificateOf, mergeConnectors } from '../../src/backends/fortigate/reading.ts';
import { EmsAdmin } from '../../src/ems/admin.ts';
import { envelopeMessage } from '../../src/ems/admin-session.ts';
import { HttpFailure } from '../../src/ems/http-failure.ts';
import { safeText } from '../../src/safe-text.ts';
import { WriteGuard } from '../../src/verbs.ts';

// Whatever JSON a peer answers: it is read or refused with a failure of ours, and no text of it reaches a person unsafe.

// FUZZ_RUNS sets the number of inputs, FUZZ_SEED begins elsewhere, as for the other targets.
const runs = Number(process.env['FUZZ_RUNS'] ?? 400);
const seed = Number(process.env['FUZZ_SEED'] ?? 8000);

const fieldNames = [
  ...[
    'status',
    'http_method',
    'results',
    'vdom',
    'serial',
    'version',
    'ems-id',
    'ems_id',
    'id',
    'name',
    'ems_name',
  ],
  ...[
    'server',
    'https-port',
    'capabilities',
    'ems_status',
    'ems_is_connected',
    'cert',
    'fingerprint',
    'valid_to',
  ],
  ...[
    'data',
    'result',
    'retval',
    'message',
    'cn',
    'authorized',
    'System',
    'VERSION',
    'licenses',
    'expiry_date',
    'total',
  ],
];
const anything = fc.jsonValue({ maxDepth: 4 });
const replies = fc.oneof(
  anything,
  fc.dictionary(
    fc.constantFrom(...fieldNames),
    fc.oneof(anything, fc.dictionary(fc.constantFrom(...fieldNames), anything)),
  ),
  fc.record({
    http_method: fc.constant('GET'),
    status: fc.constant('success'),
    vdom: fc.string({ unit: 'binary' }),
    results: fc.array(
      fc.dictionary(fc.constantFrom(...fieldNames), fc.oneof(anything, fc.string({ unit: 'binary' }))),
    ),
  }),
);

/** Every text in a value. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) yield* textsIn(each);
}

function expectSafe(value: unknown): void {
  for (const text of textsIn(value)) expect(safeText(text)).toBe(text);
}

test('replies of a FortiGate are read or refused', () => {
  fc.assert(
    fc.property(replies, replies, replies, (one, two, three) => {
      const [configured, status, summary] = [one, two, three].map(
        (each) => envelopesOf(each, 500)?.envelopes ?? [],
      );
      expectSafe(mergeConnectors(configured ?? [], status ?? [], summary ?? [], fortigateProfile));
      expectSafe(certificateOf(status ?? [], fortigateProfile.fields));
      expectSafe(usersOf(configured ?? [], fortigateFields));
      expectSafe(fssoEntriesOf(configured ?? [], fortigateFields));
      expectSafe(systemOf(configured ?? [], fortigateFields));
      expectSafe(endpointsOfDevices(configured ?? [], fortigateFields));
      expectSafe(endpointsOfRecords(configured ?? [], fortigateFields));
      expectSafe(membersOf(configured ?? [], fortigateFields));
      expectSafe(refusalText(one));
      expectSafe(envelopesOf(one, 500)?.facts);
    }),
    { numRuns: runs * 3, seed },
  );
});

test('replies of the administrator API of EMS are read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(replies, async (data) => {
      envelopeMessage(data);
      const session = { call: async () => data, signOut: async () => {} };
      const admin = new EmsAdmin(session, new WriteGuard(false), { peer: 'EMS', server: 'ems:443' });
      for (const ask of [
        () => admin.devices(),
        () => admin.license(),
        () => admin.version(),
        () => admin.endpoints(),
        () => admin.serialNumber(),
      ])
        expectSafe(
          await ask().catch((error: unknown) => {
            if (error instanceof HttpFailure) return error.problem;
            throw error;
          }),
        );
    }),
    { numRuns: runs, seed },
  );
});
