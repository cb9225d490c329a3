import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { NtlmBinding } from '../../../src/fsso/rpc/ntlm-security.ts';
import type { RpcPipe } from '../../../src/fsso/rpc/pipe.ts';
import { pduTypes } from '../../../src/fsso/rpc/profile.ts';
import { connectSmb, type SmbSession } from '../../../src/fsso/smb/session.ts';
import { newestLog } from '../../../src/fsso/windows/newest-log.ts';
import type { LogReader } from '../../../src/fsso/windows/reading.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { bindAck, ScriptedPipe } from '../../support/rpc-pipe.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

const signal = new AbortController().signal;
const place = { host: 'dc1', account: 'CORP\\svc-fsso' };
const ids = new Set([4768, 4776]);
const password = 'Svc-Passw0rd1';

let machine: LabMachine;
let server: WindowsServer;
let session: SmbSession;

async function connected(user = 'svc-fsso'): Promise<SmbSession> {
  const { host, port } = server;
  return connectSmb({ host, port, credentials: { user, domain: 'CORP', password }, clock: systemClock });
}

beforeEach(async () => {
  machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', mostRecords: 1200 },
    accounts: [
      { user: 'svc-fsso', password, rights: ['event-log'] },
      { user: 'plain', password, rights: [] },
    ],
  });
  server = await WindowsServer.start({ machine, clock: systemClock });
  session = await connected();
});

afterEach(async () => {
  await session.close();
  await server.stop();
});

const opened = (from = session) => newestLog((name) => from.openPipe(name), 'Security', place, signal);

/** Every second event is a ticket. */
function write(count: number): void {
  for (let index = 0; index < count; index += 1)
    machine.security.write({
      id: index % 2 === 0 ? 4768 : 5156,
      generated: 1_763_800_000 + index,
      strings:
        index % 2 === 0 ? ticketStrings(index === 0 ? 'Jürgen' : `user${index}`, '10.0.0.7') : ['noise'],
    });
}

async function all(log: LogReader) {
  const { oldest, newest } = await log.extent(signal);
  const found = [];
  for (let from = oldest; from <= newest; ) {
    const { events, readTo } = await log.read({ from, to: newest, ids }, signal);
    expect(readTo).toBeGreaterThanOrEqual(from);
    found.push(...events);
    from = readTo + 1;
  }
  return { oldest, newest, found };
}

describe('an event log', () => {
  test('is the same by both protocols, and the newer one is taken', async () => {
    write(1500);
    const newer = await opened();
    expect(newer.protocol).toBe('MS-EVEN6');
    machine.absent.add('even6');
    const older = await opened(await connected());
    expect(older.protocol).toBe('MS-EVEN');
    const read = await all(newer.log);
    expect(read).toEqual(await all(older.log));
    expect(read).toMatchObject({ oldest: 301, newest: 1500 });
    expect(read.found).toHaveLength(600);
    expect(read.found[0]).toMatchObject({ id: 4768, time: 1_763_800_300_000, computer: 'DC1.corp.example' });
    for (const record of [301, 302, 1500, 300, 1501])
      expect(await newer.log.at(record, signal)).toEqual(await older.log.at(record, signal));
  });

  test('whose newer protocol wants a login of its own is read by the older', async () => {
    write(3);
    const denied = new ScriptedPipe((pdu) =>
      pdu.type === pduTypes.bind
        ? [bindAck(pdu)]
        : [{ type: pduTypes.fault, flags: 3, callId: pdu.callId, auth: null, contextId: 0, status: 5 }],
    );
    let isFirst = true;
    const pipes = async (name: string) => {
      if (!isFirst) return session.openPipe(name);
      isFirst = false;
      return denied;
    };
    const { log, protocol } = await newestLog(pipes, 'Security', place, signal);
    expect(protocol).toBe('MS-EVEN');
    expect(denied.isClosed).toBe(true);
    expect(await log.extent(signal)).toEqual({ oldest: 1, newest: 3 });
  });

  const sealed = (level: 'privacy' | 'integrity' = 'privacy', password = 'Svc-Passw0rd1') => {
    const credentials = { user: 'svc-fsso', domain: 'CORP', password };
    return new NtlmBinding(credentials, { clock: systemClock, host: 'dc1', way: 'spnego', level });
  };

  test('is sealed by a login of the binding where the machine takes one', async () => {
    write(700);
    const bytes: Buffer[] = [];
    const pipes = async (name: string): Promise<RpcPipe> => {
      const pipe = await session.openPipe(name);
      const heard = async (read: Promise<Buffer>) => {
        const found = await read;
        bytes.push(found);
        return found;
      };
      return {
        write: (sent, given) => pipe.write(sent, given),
        transact: (sent, given) => heard(pipe.transact(sent, given)),
        read: (given) => heard(pipe.read(given)),
        close: () => pipe.close(),
      };
    };
    const name = Buffer.from('user100', 'utf16le');
    const plain = await newestLog(pipes, 'Security', place, signal);
    const read = await all(plain.log);
    expect(Buffer.concat(bytes.splice(0)).includes(name)).toBe(true);
    const { log, protocol } = await newestLog(pipes, 'Security', place, signal, () => sealed());
    expect(protocol).toBe('MS-EVEN6');
    expect(await all(log)).toEqual(read);
    expect(bytes.length).toBeGreaterThan(0);
    expect(Buffer.concat(bytes).includes(name)).toBe(false);
  });

  test('is read without where the machine refuses that login', async () => {
    write(3);
    const wrong = () => sealed('privacy', 'Another-Passw0rd');
    const { log, protocol } = await newestLog(
      (name) => session.openPipe(name),
      'Security',
      place,
      signal,
      wrong,
    );
    expect(protocol).toBe('MS-EVEN6');
    expect(await log.extent(signal)).toEqual({ oldest: 1, newest: 3 });
    machine.absent.add('even6');
    const opens: string[] = [];
    const counted = (name: string) => {
      opens.push(name);
      return session.openPipe(name);
    };
    // An interface that is not there is not asked for twice.
    expect((await newestLog(counted, 'Security', place, signal, () => sealed())).protocol).toBe('MS-EVEN');
    expect(opens).toHaveLength(2);
  });

  test('that was cleared is empty, and begins again', async () => {
    write(3);
    const { log } = await opened();
    expect(await log.extent(signal)).toEqual({ oldest: 1, newest: 3 });
    machine.security.clear();
    expect(await log.extent(signal)).toEqual({ oldest: 1, newest: 0 });
    write(1);
    expect((await all(log)).found).toMatchObject([{ record: 1, data: { TargetUserName: 'Jürgen' } }]);
  });

  test('that the account may not read is said to be that, with what mends it', async () => {
    const plain = await connected('plain');
    const { log } = await opened(plain);
    await expect(log.extent(signal)).rejects.toMatchObject({
      problem: { code: 'ERROR_ACCESS_DENIED', fix: ['put CORP\\svc-fsso into Event Log Readers'] },
    });
    await plain.close();
  });

  test('that there is not is said to be that', async () => {
    const { log } = await newestLog((name) => session.openPipe(name), 'Forwarded', place, signal);
    await expect(log.extent(signal)).rejects.toMatchObject({
      problem: { code: 'ERROR_EVT_CHANNEL_NOT_FOUND' },
    });
  });
});
