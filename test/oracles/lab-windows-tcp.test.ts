// The lab's Windows machine over TCP is asked by impacket, whose client reads the event log so; tshark reads along.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { binaryXmlOf } from '../../src/fsso/rpc/interfaces/even6.ts';
import { readBinaryXml } from '../../src/fsso/windows/binary-xml/reader.ts';
import { recordQuery } from '../../src/fsso/windows/even6-log.ts';
import { eventOfElement } from '../../src/fsso/windows/event-element.ts';
import { openSmbLink } from '../../src/fsso/windows/smb-link.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { ticketStrings } from '../support/scripted-controller.ts';
import { runTool } from './tool.ts';

const execute = promisify(execFile);
const script = fileURLToPath(new URL('impacket/ask_even6.py', import.meta.url));
const account = { user: 'svc-fsso', domain: 'CORP', password: 'Svc-Passw0rd1' };
const privacy = '6';
const integrity = '5';

let server: WindowsServer;

beforeAll(async () => {
  const machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example' },
    accounts: [
      { ...account, rights: ['event-log'] },
      { user: 'plain', password: account.password, rights: [] },
    ],
  });
  for (let index = 0; index < 100; index += 1)
    machine.security.write({
      ...{ id: 4768, generated: 1_763_800_000 + index, strings: ticketStrings(`user${index}`, '10.0.0.7') },
    });
  server = await WindowsServer.start({ machine, clock: systemClock, overTcp: true });
});

afterAll(() => server.stop());

async function impacket({ user = account.user, password = account.password, level = privacy } = {}) {
  const query = recordQuery(11, 60, [4768]);
  const argv = [script, '127.0.0.1', String(server.mapperPort), 'CORP', user, password, level, query];
  const { stdout } = await execute('/usr/bin/python3', argv, { maxBuffer: 64 * 1024 * 1024 });
  const { events, refused } = JSON.parse(stdout) as { events?: string[]; refused?: string };
  const read = events?.map((result) =>
    eventOfElement(readBinaryXml(binaryXmlOf(Buffer.from(result, 'hex')))),
  );
  return { read, refused };
}

/** The same as our own client reads it. */
async function ours() {
  const { signal } = new AbortController();
  const link = await openSmbLink({
    ...{ host: '127.0.0.1', port: server.port, mapperPort: server.mapperPort, credentials: account },
    ...{ mode: 'event-log', log: 'Security', clock: systemClock, signal },
  });
  expect(link.means).toContain(`TCP ${server.rpcPort}, sealed`);
  const reading = await link.log?.read({ from: 11, to: 60, ids: new Set([4768]) }, signal);
  await link.close();
  return reading?.events;
}

test('impacket finds the port, logs in, and reads sealed what we read', async () => {
  const { read } = await impacket();
  expect(read).toHaveLength(50);
  expect(read?.[0]).toMatchObject({ record: 11, data: { TargetUserName: 'user10' } });
  expect(read).toEqual(await ours());
});

test('impacket is refused with a wrong password, without the right, and where nothing is sealed', async () => {
  expect((await impacket({ password: 'Another-Passw0rd' })).refused).toContain('access_denied');
  expect((await impacket({ user: 'plain' })).refused).toContain('access_denied');
  expect((await impacket({ level: integrity })).refused).toBeDefined();
});

test('tshark finds nothing malformed in what both sides say, and reads none of it without the password', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-rpc-'));
  try {
    const { mapperPort, rpcPort } = server;
    const capture = await LoopbackCapture.start(directory, `tcp port ${mapperPort} or tcp port ${rpcPort}`);
    await impacket();
    await ours();
    await capture.stop();
    const decode = [mapperPort, rpcPort].flatMap((port) => ['-d', `tcp.port==${port},dcerpc`]);
    const read = (filter: string, field: string) =>
      runTool(
        'tshark',
        ['-r', capture.file, ...decode, '-Y', filter, '-T', 'fields', '-e', field],
        'tshark',
      ).toString();
    expect(read('_ws.malformed', 'frame.number')).toBe('');
    expect(read('epm.opnum == 3 && dcerpc.pkt_type == 2', 'epm.proto.tcp_port')).toContain(String(rpcPort));
    const types = new Set(read(`tcp.port == ${rpcPort} && dcerpc`, 'dcerpc.pkt_type').trim().split(/[\n,]/));
    for (const type of ['0', '2', '11', '12', '14', '15', '16']) expect(types).toContain(type);
    expect(read('dcerpc.auth_level == 6 && dcerpc.pkt_type == 2', 'dcerpc.encrypted_stub_data')).not.toBe('');
    const bytes = read(`tcp.port == ${rpcPort}`, 'tcp.payload').replace(/\n/g, '');
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(bytes).not.toContain(Buffer.from('user10', 'utf16le').toString('hex'));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
