// The lab's Windows machine is asked by programs that nobody here wrote: rpcclient, smbclient, impacket; tshark reads along.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { bindRpc } from '../../src/fsso/rpc/client.ts';
import { binaryXmlOf } from '../../src/fsso/rpc/interfaces/even6.ts';
import { eventlog } from '../../src/fsso/rpc/interfaces/eventlog.ts';
import {
  decodeEnumKeyAnswer,
  decodeHandleAnswer,
  encodeEnumKey,
  encodeOpenUsers,
  registryCalls,
  registryStatuses,
  winreg,
} from '../../src/fsso/rpc/interfaces/winreg.ts';
import { connectSmb } from '../../src/fsso/smb/session.ts';
import { readBinaryXml } from '../../src/fsso/windows/binary-xml/reader.ts';
import { EvenLog } from '../../src/fsso/windows/even-log.ts';
import { recordQuery } from '../../src/fsso/windows/even6-log.ts';
import { eventOfElement } from '../../src/fsso/windows/event-element.ts';
import { LabMachine } from '../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../src/lab/windows/windows-server.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { runTool } from './tool.ts';

const execute = promisify(execFile);
const script = fileURLToPath(new URL('impacket/ask_windows.py', import.meta.url));
const password = 'Svc-Passw0rd1';
const reader = 'svc-fsso';
const plain = 'plain';

let server: WindowsServer;
let machine: LabMachine;

beforeAll(async () => {
  machine = new LabMachine({
    name: 'DC1',
    domain: 'CORP',
    dnsDomain: 'corp.example',
    accounts: [
      { user: reader, password, rights: ['sessions', 'event-log', 'logged-on users', 'registry'] },
      { user: plain, password, rights: [] },
    ],
    mostRecords: 400,
  });
  // More than fits one fragment.
  for (let index = 0; index < 120; index += 1)
    machine.sessions.push({
      client: `\\\\10.0.0.${index}`,
      user: index === 7 ? 'jürgen' : `user${index}`,
      activeSeconds: index * 60,
      idleSeconds: index,
      guest: false,
    });
  machine.loggedOn.push({ user: 'anna', domain: 'CORP', logonServer: 'DC1' });
  machine.hives.push('S-1-5-21-1-2-3-1104');
  // The log wraps: 400 of these are left.
  for (let index = 0; index < 450; index += 1)
    machine.security.write({
      id: 4768,
      generated: 1_763_800_000 + index,
      strings: [
        // All of a length that leaves a gap at the end of the record: rpcclient reads no other.
        `user${String(index).padStart(3, '0')}`,
        'CORP.EXAMPLE',
        '',
        'krbtgt',
        '',
        '0x40810010',
        '0x0',
        '0x12',
        '2',
        '10.0.0.7',
        '',
      ],
    });
  server = await WindowsServer.start({ machine, clock: systemClock });
});

afterAll(async () => {
  await server.stop();
});

async function rpcclient(
  command: string,
  user = reader,
  secret = password,
  way: readonly string[] = [],
  binding = '127.0.0.1',
): Promise<string> {
  const login = `CORP\\${user}%${secret}`;
  const argv = ['-p', String(server.port), ...way, '-d1', '-U', login, binding, '-c', command];
  const { stdout, stderr } = await execute('rpcclient', argv, {
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout: string; stderr: string }) => error);
  return stdout + stderr;
}

async function impacket(user = reader) {
  const query = recordQuery(100, 109, [4768]);
  const argv = [script, '127.0.0.1', String(server.port), 'CORP', user, password, query];
  const { stdout } = await execute('/usr/bin/python3', argv, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

/** As our own client reads them, signed; it reads from the log too. */
async function ourHives(): Promise<string[]> {
  const { host, port } = server;
  const credentials = { user: reader, domain: 'CORP', password };
  const session = await connectSmb({ host, port, credentials, clock: systemClock });
  const rpc = await bindRpc(await session.openPipe(winreg.pipe), winreg);
  const { handle } = decodeHandleAnswer(await rpc.call(registryCalls.openUsers, encodeOpenUsers()));
  const names: string[] = [];
  for (;;) {
    const stub = encodeEnumKey(handle, names.length);
    const { name, status } = decodeEnumKeyAnswer(await rpc.call(registryCalls.enumKey, stub));
    if (status !== registryStatuses.done) break;
    names.push(name);
  }
  const log = new EvenLog(await bindRpc(await session.openPipe(eventlog.pipe), eventlog), 'Security', {
    ...{ host, account: null },
  });
  const { signal } = new AbortController();
  const { oldest, newest } = await log.extent(signal);
  const { readTo } = await log.read({ from: oldest, to: newest, ids: new Set([4768]) }, signal);
  expect(readTo).toBeGreaterThan(oldest);
  await session.close();
  return names;
}

const withoutGuest = () => machine.sessions.map(({ guest, ...rest }) => rest);
const recordsOf = () =>
  Array.from({ length: machine.security.count }, (_, index) =>
    machine.security.at(machine.security.oldest + index),
  );

describe('rpcclient', () => {
  test('lists the sessions, and its own', async () => {
    expect(await rpcclient('netsessenum')).toContain('Received 121 entries.');
  });

  const protections = ['SMB2_02', 'SMB2_10', 'SMB3_00', 'SMB3_02', 'SMB3_11'].flatMap((dialect) =>
    (dialect.startsWith('SMB3') ? ['sign', 'encrypt'] : ['sign']).map((protection) => [dialect, protection]),
  );
  test.each(protections)('speaks %s, with --client-protection=%s', async (dialect = '', protection = '') => {
    const way = ['-m', dialect, `--option=clientminprotocol=${dialect}`, `--client-protection=${protection}`];
    expect(await rpcclient('netsessenum', reader, password, way)).toContain('Received 121 entries.');
  });

  test.each(['spnego,seal', 'spnego,sign', 'ntlm,seal', 'ntlm,sign'])(
    'logs the binding in by itself, with [%s]',
    async (kind) => {
      const said = await rpcclient('netsessenum', reader, password, [], `ncacn_np:127.0.0.1[${kind}]`);
      expect(said).toContain('Received 121 entries.');
    },
  );

  test('counts and reads the log', async () => {
    const said = [
      await rpcclient('eventlog_numrecord Security'),
      await rpcclient('eventlog_oldestrecord Security'),
      await rpcclient('eventlog_readlog Security'),
    ].join('\n');
    expect(said).toContain('number of records: 400');
    expect(said).toContain('oldest entry: 51');
    // It shows the last one twice.
    expect(new Set(said.match(/ RecordNumber +: 0x\w+/g))).toHaveProperty('size', 400);
    expect(said).toContain("Computername             : 'DC1.corp.example'");
    expect(said).toContain("Strings                  : 'user449'");
  });

  test('lists who is logged on', async () => {
    expect(await rpcclient('wkssvc_enumerateusers')).toContain('anna');
  });

  test('is refused with a wrong password, and with a right that is missing', async () => {
    expect(await rpcclient('netsessenum', reader, 'wrong')).toContain('NT_STATUS_LOGON_FAILURE');
    expect(await rpcclient('netsessenum', plain)).toContain('WERR_ACCESS_DENIED');
    expect(await rpcclient('eventlog_numrecord Security', plain)).toContain('NT_STATUS_ACCESS_DENIED');
  });

  test('ends where a call or an interface is not there', async () => {
    expect(await rpcclient('netshareenumall')).not.toContain('NT_STATUS');
    expect(await rpcclient('srvinfo')).toContain('DOS code 0x0000002e');
    expect(await rpcclient('lookupnames anna')).toContain('NT_STATUS_OBJECT_NAME_NOT_FOUND');
  });
});

test('smbclient sees a share of pipes', async () => {
  const argv = ['-p', String(server.port), '-U', `CORP\\${reader}%${password}`, '-L', '127.0.0.1'];
  const { stdout } = await execute('smbclient', argv);
  expect(stdout).toMatch(/IPC\$ +IPC +Remote IPC/);
});

describe('impacket', () => {
  test('reads what the machine knows, at every level', async () => {
    const read = await impacket();
    const level = (name: string) => read.sessions[name].slice(0, -1);
    expect(level('1')).toEqual(withoutGuest());
    expect(level('10')).toEqual(withoutGuest());
    expect(level('502')).toEqual(withoutGuest());
    expect(read.sessions['10'].at(-1)).toMatchObject({ client: '\\\\127.0.0.1', user: reader });
    expect(read.users).toEqual(machine.loggedOn);
    expect(read.hives).toEqual(machine.hives);
    const events = (read.even6 as string[]).map((result) =>
      eventOfElement(readBinaryXml(binaryXmlOf(Buffer.from(result, 'hex')))),
    );
    expect(events.map((event) => event?.record)).toEqual(
      Array.from({ length: 10 }, (_, index) => 100 + index),
    );
    expect(events[0]).toMatchObject({ id: 4768, data: { TargetUserName: 'user099' } });
    expect(read.log).toEqual({ count: 400, oldest: 51, records: recordsOf() });
  });

  test('is told which rights are missing', async () => {
    expect(await impacket(plain)).toEqual({
      sessions: { 1: 5, 10: 5, 502: 5 },
      users: 5,
      hives: 5,
      log: 0xc0000022,
      even6: 5,
    });
  });
});

test('tshark finds nothing malformed in all that', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-smb-'));
  try {
    const capture = await LoopbackCapture.start(directory, `tcp port ${server.port}`);
    // rpcclient has no command for the registry, and reads logs with no room at first, which tshark takes for malformed; impacket encrypts.
    expect(await ourHives()).toEqual(machine.hives);
    await rpcclient('netsessenum');
    await rpcclient('netsessenum', reader, 'wrong');
    await rpcclient('wkssvc_enumerateusers');
    await rpcclient('eventlog_numrecord Security');
    const read = (...argv: string[]) =>
      runTool('tshark', ['-r', capture.file, '-d', `tcp.port==${server.port},nbss`, ...argv], 'tshark')
        .toString()
        .split('\n')
        .filter(Boolean);
    // What passed last comes into the file a little later.
    await vi.waitFor(
      () => {
        const calls = read('-Y', 'dcerpc.pkt_type == 2', '-T', 'fields', '-e', '_ws.col.Protocol').join(' ');
        for (const name of ['SRVSVC', 'WKSSVC', 'WINREG', 'EVENTLOG']) expect(calls).toContain(name);
      },
      { timeout: 30_000, interval: 200 },
    );
    await capture.stop();
    expect(read('-Y', '_ws.malformed')).toEqual([]);
    expect(read('-Y', '_ws.expert.severity == error')).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
