import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainOnce } from '../../src/backends/ems-explain.ts';
import { readDebugLine, readLocator, readOldResult, readPaste } from '../../src/ems/fcnacd.ts';

// FUZZ_RUNS sets the number of inputs of each target, FUZZ_SEED begins elsewhere; a failure prints the seed and path that
// repeat it.
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 400);
const seed = Number(process.env['FUZZ_SEED'] ?? 8001);
const limit = 60_000 + numRuns * 20;
const run = (property: fc.IProperty<[string]> | fc.IProperty<[string, string]>) =>
  fc.assert(property as fc.IProperty<unknown>, { numRuns, seed });

/** What products print, as it is and damaged. */
const real = fc.constantFrom(
  'Error in requesting EMS fabric connection: -5',
  'issue in getting capabilities. License expired.',
  'Error (-1@_get_capabilities:440).',
  'Command fail. Return code -9999',
  'Error 1--94-0-401 in get SN call: Authentication denied.',
  'Connection test had an error -8: EMS server connection failed. Authentication failed',
  '[ec_ez_worker_process:402] Call completed with failure.',
  '        obj-id: 0, desc: x, entry: y.',
  '"""',
  '{"result": {"retval": -5, "message": "Certificate user does not have access to global."}}',
  'Websocket status: disconnected, oif: 0',
  'Client cert SN : 0000000000000000',
  '[__match_server_cert_key:1] ret=0',
);
const line = fc.oneof(
  { weight: 4, arbitrary: real },
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .tuple(real, fc.nat(60), fc.string({ unit: 'binary', maxLength: 6 }))
    .map(([text, at, noise]) => text.slice(0, at) + noise + text.slice(at)),
);
const paste = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 30 })
  .map((lines) => lines.flat().join(''));

test(
  'any paste is read in order, each line at most once',
  () => {
    run(
      fc.property(paste, (text) => {
        let last = 0;
        const lines = text.split(/\r\n|\n|\r/).length;
        for (const each of readPaste(text)) {
          expect(each.line).toBeGreaterThan(last);
          last = each.line + each.lines - 1;
        }
        expect(last).toBeLessThanOrEqual(lines);
      }),
    );
  },
  limit,
);

test(
  'any paste is explained in safe text, and its JSON can be parsed',
  () => {
    run(
      fc.property(paste, (text) => {
        const shown = explainOnce(text, {}, false);
        expect(shown.output).not.toMatch(/[^\P{C}\n]/u);
        const { findings } = JSON.parse(explainOnce(text, {}, true).output);
        expect(findings.length > 0).toBe(shown.isHealthy);
      }),
    );
  },
  limit,
);

const name = fc.stringMatching(/^[a-z_]{1,40}$/);

test(
  'what is written in the grammar is read as it was written',
  () => {
    const text = fc.string({ unit: fc.stringMatching(/^[ -~]$/), maxLength: 60 });
    run(
      fc.property(name, text, (place, said) => {
        expect(readDebugLine(`[${place}:${said.length}] ${said}`)).toEqual({ function: place, text: said });
        expect(readLocator(`${place} (-${said.length + 1}@${place}:7). ${said}`)).toEqual({
          code: -(said.length + 1),
          function: place,
        });
        expect(readOldResult(`Error 1--${said.length}-60-0 in get SN call: ${said}`)?.text).toBe(said);
      }),
    );
  },
  limit,
);

test.each([
  ['one endless line', 'Error '.repeat(2_000_000)],
  ['endless blanks', ` ${'\t '.repeat(1_000_000)}`],
  ['endless brackets', '['.repeat(1_000_000)],
  ['endless lines', '\n'.repeat(1_000_000)],
  ['endless blocks', 'Error in requesting EMS fabric connection: -5\n'.repeat(60_000)],
  ['endless continuation', `[a:1] x\n${' x\n'.repeat(200_000)}`],
  ['endless zeros', `Cert SN: ${'0'.repeat(1_000_000)}x`],
])('%s are read within bounds', (_name, text) => {
  expect(readPaste(text).length).toBeLessThanOrEqual(100_000);
  explainOnce(text, {}, false);
});
