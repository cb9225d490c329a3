import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { CommandHome } from '../support/run-command.ts';

vi.setConfig({ testTimeout: 120_000 });

const main = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));
const refusal = 'Could not verify EMS. Error 1--94-0-401 in get SN call: Authentication denied.';

test('explain reads a file and prints row, place, cause and steps, and 0', async () => {
  await using home = await CommandHome.make();
  const file = join(home.directory, 'paste.txt');
  writeFileSync(file, `FGT # execute fctems verify 1\n${refusal}\u001b[31m\n`);
  const { status, output, diagnostics } = await home.run(['ems', 'explain', file, '--role', 'root']);
  expect({ status, diagnostics }).toEqual({ status: 0, diagnostics: [] });
  const lines = output.split('\n');
  expect(lines[0]).toBe('Row 2: EMS server connection failed. Authentication failed');
  expect(lines[2]).toBe(`  line 2: ${refusal}\\x1b[31m`);
  expect(lines[3]).toMatch(/^Cause: This device is not authorised on EMS/);
  expect(lines).toContain('  1. On EMS, open Administration > Fabric Devices.');
  expect(output).not.toContain('downstream');
});

test('explain reads standard input, and gives a document to scripts', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', main, 'ems', 'explain', '--json', '--role', 'downstream'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const status = new Promise((resolve) => child.on('close', resolve));
  child.stdin.end('EMS certificate not authorized\n');
  const { findings } = JSON.parse(await text(child.stdout));
  expect(await status).toBe(0);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    row: 8,
    stage: 'certificate',
    code: null,
    role: 'downstream',
    downstreamSteps: null,
  });
  expect(findings[0].lines).toEqual([{ line: 1, text: 'EMS certificate not authorized' }]);
});

test('what says nothing is 1, and a file that is not there is 2', async () => {
  await using home = await CommandHome.make();
  const file = join(home.directory, 'paste.txt');
  writeFileSync(file, 'hello\n');
  expect(await home.run(['ems', 'explain', file])).toEqual({
    status: 1,
    output: '',
    diagnostics: ['fabrictop: nothing in the text is known as a failure of an EMS connector'],
  });
  const missing = await home.run(['ems', 'explain', join(home.directory, 'nowhere')]);
  expect(missing.status).toBe(2);
  expect(missing.diagnostics[0]).toMatch(/nowhere not found$/);
});
