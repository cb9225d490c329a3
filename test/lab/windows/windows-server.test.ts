import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { bindRpc } from '../../../src/fsso/rpc/client.ts';
import { decodeEventRecords } from '../../../src/fsso/rpc/interfaces/event-record.ts';
import * as log from '../../../src/fsso/rpc/interfaces/eventlog.ts';
import * as srvsvc from '../../../src/fsso/rpc/interfaces/srvsvc.ts';
import { allDialects } from '../../../src/fsso/smb/profile.ts';
import { connectSmb, type SmbSession } from '../../../src/fsso/smb/session.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';

let server: WindowsServer;
let machine: LabMachine;
const sessions: SmbSession[] = [];

beforeEach(async () => {
  machine = new LabMachine({
    name: 'DC1',
    domain: 'CORP',
    dnsDomain: 'corp.example',
    accounts: [{ user: 'svc-fsso', password: 'Svc-Passw0rd1', rights: ['sessions', 'event-log'] }],
    mostRecords: 50,
  });
  server = await WindowsServer.start({ machine, clock: systemClock });
});

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  await server.stop();
});

async function connected(options: Partial<Parameters<typeof connectSmb>[0]> = {}): Promise<SmbSession> {
  const { host, port } = server;
  const credentials = { user: 'svc-fsso', domain: 'CORP', password: 'Svc-Passw0rd1' };
  const session = await connectSmb({ host, port, credentials, clock: systemClock, ...options });
  sessions.push(session);
  return session;
}

const bound = async (session: SmbSession, interfaceId: typeof srvsvc.srvsvc) =>
  bindRpc(await session.openPipe(interfaceId.pipe), interfaceId);

const ways = allDialects.flatMap((dialect) => [
  { dialect, encrypt: 'offered' as const },
  ...(dialect.startsWith('3') ? [{ dialect, encrypt: 'required' as const }] : []),
]);

test.each(ways)('sessions are told over SMB $dialect, encryption $encrypt', async ({ dialect, encrypt }) => {
  for (let index = 0; index < 300; index += 1)
    machine.sessions.push({
      ...{
        client: `\\\\10.0.0.${index}`,
        user: `user${index}`,
        activeSeconds: 0,
        idleSeconds: 0,
        guest: false,
      },
    });
  const session = await connected({ dialects: [dialect], encrypt });
  expect(session).toMatchObject({ dialect, encrypted: encrypt === 'required' });
  const rpc = await bound(session, srvsvc.srvsvc);
  const question = { server: '\\\\dc1', level: 502, most: 0xffffffff, resume: 0 };
  const answer = srvsvc.decodeSessionAnswer(
    await rpc.call(srvsvc.sessionEnum, srvsvc.encodeSessionQuestion(question)),
  );
  expect(answer.status).toBe(0);
  expect(answer.sessions.slice(0, -1)).toEqual(machine.sessions);
  // The last is that of whoever asks.
  expect(answer.sessions.at(-1)).toMatchObject({ client: '\\\\127.0.0.1', user: 'svc-fsso' });
});

test('a long list is told in parts', async () => {
  for (let index = 0; index < 25; index += 1)
    machine.sessions.push({ client: '', user: `u${index}`, activeSeconds: 0, idleSeconds: 0, guest: false });
  const rpc = await bound(await connected(), srvsvc.srvsvc);
  const users: string[] = [];
  for (let resume = 0, status = 234; status === 234; ) {
    const question = { server: '', level: 10, most: 1000, resume };
    const answer = srvsvc.decodeSessionAnswer(
      await rpc.call(srvsvc.sessionEnum, srvsvc.encodeSessionQuestion(question)),
    );
    expect(answer.sessions.length).toBeLessThanOrEqual(10);
    expect(answer.total).toBe(26 - resume);
    users.push(...answer.sessions.map(({ user }) => user));
    ({ resume, status } = answer);
  }
  expect(users).toEqual([...machine.sessions.map(({ user }) => user), 'svc-fsso']);
});

describe('the Security log', () => {
  const write = (count: number) => {
    for (let index = 0; index < count; index += 1)
      machine.security.write({ id: 4768, generated: 1_763_800_000, strings: ['anna', 'CORP'] });
  };

  async function opened() {
    const rpc = await bound(await connected(), log.eventlog);
    const { handle, status } = log.decodeHandleAnswer(
      await rpc.call(log.logCalls.open, log.encodeOpenLog('Security')),
    );
    expect(status).toBe(0);
    const number = async (call: number) =>
      log.decodeLogNumber(await rpc.call(call, log.encodeLogHandle(handle))).value;
    const read = async (record: number, bytes = 4096, flags = 0x6) => {
      const question = log.encodeReadLog({ handle, flags, record, bytes });
      const answer = log.decodeReadAnswer(await rpc.call(log.logCalls.read, question));
      return { ...answer, records: decodeEventRecords(answer.records).map((each) => each.record) };
    };
    return { rpc, handle, number, read };
  }

  test('wraps: what is gone is said to be gone', async () => {
    write(80);
    const { number, read } = await opened();
    expect(await number(log.logCalls.count)).toBe(50);
    expect(await number(log.logCalls.oldest)).toBe(31);
    expect((await read(30)).status).toBe(log.logStatuses.invalidParameter);
    expect((await read(31)).records[0]).toBe(31);
    expect((await read(80)).records).toEqual([80]);
    expect((await read(81)).status).toBe(log.logStatuses.endOfFile);
  });

  test('says how much room the next record needs', async () => {
    write(3);
    const { read } = await opened();
    const { needed, status } = await read(1, 10);
    expect(status).toBe(log.logStatuses.bufferTooSmall);
    expect((await read(1, needed)).records).toEqual([1]);
    expect((await read(1, 2 * needed)).records).toEqual([1, 2]);
  });

  test('goes on in sequence, also backwards, and with what is new', async () => {
    write(3);
    const { read } = await opened();
    expect((await read(0, 4096, 0x9)).records).toEqual([3, 2, 1]);
    const { read: again } = await opened();
    expect((await again(0, 4096, 0x5)).records).toEqual([1, 2, 3]);
    write(1);
    expect((await again(0, 4096, 0x5)).records).toEqual([4]);
    expect((await again(0, 4096, 0x5)).status).toBe(log.logStatuses.endOfFile);
  });

  test('is cleared, and begins again', async () => {
    write(5);
    const { rpc, handle, number, read } = await opened();
    await rpc.call(log.logCalls.clear, log.encodeClearLog(handle));
    expect(await number(log.logCalls.count)).toBe(0);
    write(1);
    expect((await read(1)).records).toEqual([1]);
  });
});

test('an interface that the machine does not have is not found', async () => {
  machine.absent.add('winreg');
  const session = await connected();
  await expect(session.openPipe('winreg')).rejects.toThrow('nothing of that name is there');
});

test('a wrong password is refused', async () => {
  const credentials = { user: 'svc-fsso', domain: 'CORP', password: 'wrong' };
  await expect(connected({ credentials })).rejects.toThrow('wrong');
});

test('a server that encrypts takes nothing in the clear', async () => {
  await server.stop();
  server = await WindowsServer.start({ machine, clock: systemClock, encrypts: true });
  const session = await connected();
  expect(session).toMatchObject({ dialect: '3.1.1', encrypted: true });
  const { handle } = await bound(session, log.eventlog).then(async (rpc) =>
    log.decodeHandleAnswer(await rpc.call(log.logCalls.open, log.encodeOpenLog('Security'))),
  );
  expect(handle.equals(Buffer.alloc(20))).toBe(false);
  await expect(connected({ dialects: ['2.1'] })).rejects.toThrow();
});
