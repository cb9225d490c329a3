// The lab's Netlogon, asked by impacket as a member of the domain, and looked at by tshark.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NetlogonServer } from '../../src/lab/windows/netlogon/server.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { runTool } from './tool.ts';

const script = fileURLToPath(new URL('impacket/ask_netlogon.py', import.meta.url));

describe("the lab's Netlogon", () => {
  test('agrees with impacket on a channel, gives it verdicts, and no frame of both is malformed', async () => {
    const server = new NetlogonServer({
      ...{ domain: 'CORP', computer: 'MEMBER', password: 'machine secret' },
      users: { Anna: { password: 'right', groups: [513, 1105] } },
    });
    const port = await server.start();
    onTestFinished(() => server.stop());
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-netlogon-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const capture = await LoopbackCapture.start(directory, `tcp port ${port}`);
    const { stdout } = await promisify(execFile)('/usr/bin/python3', [
      ...[script, String(port), 'CORP', 'MEMBER', 'machine secret', 'anna', 'right'],
    ]);
    await capture.stop();
    expect(JSON.parse(stdout)).toEqual({
      mapped: `ncacn_ip_tcp:127.0.0.1[${port}]`,
      flags: 0x0100_01ff,
      isTheController: true,
      right: { status: 0, user: 'Anna', domain: 'CORP', groups: [513, 1105] },
      wrong: { status: 0xc000006a },
      unknown: { status: 0xc0000064 },
    });
    const tshark = (...more: string[]) =>
      runTool('tshark', ['-r', capture.file, '-d', `tcp.port==${port},dcerpc`, ...more], 'tshark')
        .toString()
        .trim();
    expect(tshark('-Y', '_ws.malformed')).toBe('');
    expect(tshark('-Y', 'netlogon.opnum == 26 && dcerpc.pkt_type == 2')).not.toBe('');
  });

  test('refuses a member with another password', async () => {
    const server = new NetlogonServer({
      ...{ domain: 'CORP', computer: 'MEMBER', password: 'machine secret', users: {} },
    });
    const port = await server.start();
    onTestFinished(() => server.stop());
    const asked = promisify(execFile)('/usr/bin/python3', [
      ...[script, String(port), 'CORP', 'MEMBER', 'another', 'anna', 'right'],
    ]);
    await expect(asked).rejects.toMatchObject({ stderr: expect.stringContaining('STATUS_ACCESS_DENIED') });
  });
});
