// What we read of Samba's domain controller over RPC, and what impacket reads of it in the same run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { bindRpc, type RpcClient, type RpcInterface } from '../../src/fsso/rpc/client.ts';
import { RpcBindRefused, RpcFault } from '../../src/fsso/rpc/errors.ts';
import { even6 } from '../../src/fsso/rpc/interfaces/even6.ts';
import { decodeEventRecords, type EventRecord } from '../../src/fsso/rpc/interfaces/event-record.ts';
import * as log from '../../src/fsso/rpc/interfaces/eventlog.ts';
import * as srvsvc from '../../src/fsso/rpc/interfaces/srvsvc.ts';
import * as winreg from '../../src/fsso/rpc/interfaces/winreg.ts';
import * as wkssvc from '../../src/fsso/rpc/interfaces/wkssvc.ts';
import { connectSmb, type SmbSession } from '../../src/fsso/smb/session.ts';
import { namedStrings } from '../../src/fsso/windows/event-strings.ts';
import type { LogEvent } from '../../src/fsso/windows/reading.ts';
import { openSmbLink } from '../../src/fsso/windows/smb-link.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { ticketStrings } from '../support/scripted-controller.ts';

interface Impacket {
  readonly count: number;
  readonly oldest: number;
  readonly records: readonly Omit<EventRecord, 'sid'>[];
}

const script = fileURLToPath(new URL('impacket/ask_windows.py', import.meta.url));

describe.skipIf(!canRunSambaWindows)('Samba, asked by us and by impacket', () => {
  let samba: SambaAd;
  let session: SmbSession;

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
    session = await connectSmb({ host: samba.host, credentials: samba.windows.poller, clock: systemClock });
  });
  afterAll(async () => {
    await session?.close();
    await samba?.stop();
  });

  const bound = async (interfaceId: RpcInterface): Promise<RpcClient> =>
    bindRpc(await session.openPipe(interfaceId.pipe), interfaceId);

  async function impacket() {
    const { user, domain, password } = samba.windows.poller;
    const argv = [script, samba.host, '445', domain, user, password];
    const { stdout } = await promisify(execFile)('/usr/bin/python3', argv, { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout);
  }

  async function sessions(level: number) {
    const rpc = await bound(srvsvc.srvsvc);
    const question = { server: `\\\\${samba.host}`, level, most: 0xffffffff, resume: 0 };
    return srvsvc.decodeSessionAnswer(
      await rpc.call(srvsvc.sessionEnum, srvsvc.encodeSessionQuestion(question)),
    );
  }

  async function records(room: number): Promise<EventRecord[]> {
    const rpc = await bound(log.eventlog);
    const { handle } = log.decodeHandleAnswer(
      await rpc.call(log.logCalls.open, log.encodeOpenLog('Security')),
    );
    const found: EventRecord[] = [];
    let record = log.decodeLogNumber(await rpc.call(log.logCalls.oldest, log.encodeLogHandle(handle))).value;
    for (let bytes = room; ; ) {
      const flags = log.readFlags.seek | log.readFlags.forwards;
      const question = log.encodeReadLog({ handle, flags, record, bytes });
      const answer = log.decodeReadAnswer(await rpc.call(log.logCalls.read, question));
      if (answer.status === log.logStatuses.bufferTooSmall) {
        bytes = answer.needed;
        continue;
      }
      expect(answer.status).toBe(0);
      const read = decodeEventRecords(answer.records);
      if (read.length === 0) return found;
      found.push(...read);
      record = (read.at(-1) as EventRecord).record + 1;
      bytes = room;
    }
  }

  test('the same sessions, at the same levels', async () => {
    const open = [
      await samba.windows.openSession('user01', '127.0.0.51'),
      await samba.windows.openSession('user02', '127.0.0.52'),
    ];
    const ours = await sessions(1);
    const theirs = (await impacket()).sessions;
    for (const each of open) await each.end();
    const who = (list: readonly { client: string; user: string }[]) =>
      list
        .filter(({ user }) => /user0/.test(user))
        .map(({ client, user }) => `${client} ${user}`)
        .sort();
    expect(who(ours.sessions)).toEqual(['127.0.0.51 CORP\\user01', '127.0.0.52 CORP\\user02']);
    expect(who(theirs[1])).toEqual(who(ours.sessions));
    // Whoever asks is listed too, by now impacket beside us.
    expect(theirs[1]).toHaveLength(ours.sessions.length + 1);
    for (const level of [10, 502]) expect((await sessions(level)).status).toBe(theirs[level]);
  });

  test('the same records, whatever the room for them', async () => {
    await samba.windows.writeEvents([
      { id: 4768, strings: ticketStrings('Jürgen O’Neil', '10.9.9.9') },
      { id: 4776, strings: ['x', '', 'WS-é', '0x0'] },
      { id: 4624, strings: Array.from({ length: 21 }, (_, index) => 'ab'.repeat(index)) },
    ]);
    const theirs = (await impacket()).log.records;
    for (const room of [300, 4096, 65_536]) {
      const ours = (await records(room)).map(({ sid, ...rest }) => rest);
      expect(ours).toEqual(theirs);
    }
    expect(theirs.at(-3).strings[0]).toBe('Jürgen O’Neil');
  });

  test('the same real logons, by the reader that polls', async () => {
    expect(await samba.windows.kinit('user07', '127.0.0.71')).toBe('');
    expect(await samba.windows.kinit('disabled1', '127.0.0.72')).toContain('revoked');
    await (await samba.windows.openSession('user08', '127.0.0.73')).end();
    expect(await samba.windows.writeLogonEvents()).toBeGreaterThan(3);
    const { signal } = new AbortController();
    const link = await openSmbLink({
      ...{ host: samba.host, credentials: samba.windows.poller, mode: 'event-log', log: 'Security' },
      ...{ clock: systemClock, signal },
    });
    onTestFinished(() => link.close());
    const theirs: Impacket = (await impacket()).log;
    const extent = await link.log?.extent(signal);
    expect(extent).toEqual({ oldest: theirs.oldest, newest: theirs.oldest + theirs.count - 1 });
    if (!link.log || !extent) throw new Error('no log');
    const ours: LogEvent[] = [];
    const ids = new Set(theirs.records.map(({ id }) => id));
    for (let from = extent.oldest; from <= extent.newest; ) {
      const { events, readTo } = await link.log.read({ from, to: extent.newest, ids }, signal);
      ours.push(...events);
      from = readTo + 1;
    }
    expect(ours).toEqual(
      theirs.records.map(({ record, id, generated, computer, strings }) => ({
        ...{ record, id, computer, time: generated * 1000, data: namedStrings(id, strings) ?? {} },
      })),
    );
    const users = ours.map(({ id, data }) => `${id} ${data['TargetUserName']} ${data['IpAddress']}`);
    expect(users).toEqual(
      expect.arrayContaining([
        '4768 user07 ::ffff:127.0.0.71',
        '4768 disabled1 ::ffff:127.0.0.72',
        '4624 user08 127.0.0.73',
      ]),
    );
  });

  test('the same loaded hives', async () => {
    const rpc = await bound(winreg.winreg);
    const { handle, status } = winreg.decodeHandleAnswer(
      await rpc.call(winreg.registryCalls.openUsers, winreg.encodeOpenUsers()),
    );
    expect(status).toBe(0);
    const names: string[] = [];
    for (;;) {
      const stub = await rpc.call(winreg.registryCalls.enumKey, winreg.encodeEnumKey(handle, names.length));
      const key = winreg.decodeEnumKeyAnswer(stub);
      if (key.status !== 0) {
        expect(key.status).toBe(winreg.registryStatuses.noMoreItems);
        break;
      }
      names.push(key.name);
    }
    expect(names).toEqual((await impacket()).hives);
  });

  test('refuses what it does not serve, and stays usable', async () => {
    const rpc = await bound(wkssvc.wkssvc);
    const question = { server: `\\\\${samba.host}`, level: 1, most: 0xffffffff, resume: 0 };
    const asked = await rpc
      .call(wkssvc.userEnum, wkssvc.encodeUserQuestion(question))
      .catch((error: unknown) => error);
    expect(asked).toBeInstanceOf(RpcFault);
    expect(asked).toMatchObject({ status: 0x1c010002 });
    expect((await impacket()).users).toBeNull();
    const refused = await bound(even6).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RpcBindRefused);
    expect(refused).toMatchObject({ kind: 'rejected', reason: 1 });
    expect((await sessions(1)).status).toBe(0);
  });
});
