import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { bindRpc } from '../../src/fsso/rpc/client.ts';
import {
  decodeSessionAnswer,
  encodeSessionQuestion,
  sessionEnum,
  srvsvc,
} from '../../src/fsso/rpc/interfaces/srvsvc.ts';
import type { SmbFailure } from '../../src/fsso/smb/failure.ts';
import { allDialects } from '../../src/fsso/smb/profile.ts';
import { connectSmb, type SmbOptions, type SmbSession } from '../../src/fsso/smb/session.ts';
import { startByteRelay } from '../support/byte-relay.ts';
import { LoopbackCapture } from '../support/loopback-capture.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import {
  type SambaWorkstation,
  startSambaWorkstation,
} from '../support/samba-workstation/samba-workstation.ts';
import { runTool } from './tool.ts';

type Login = SmbOptions['credentials'];

/** Our own sessions, as the server tells them. */
async function sessionsOf(session: SmbSession): Promise<string[]> {
  const rpc = await bindRpc(await session.openPipe('srvsvc'), srvsvc);
  const stub = encodeSessionQuestion({
    ...{ server: '\\\\dc', client: '', user: '', level: 1, most: 0xffff_ffff, resume: 0 },
  });
  const { sessions } = decodeSessionAnswer(await rpc.call(sessionEnum, stub));
  await rpc.close();
  return sessions.map(({ user }) => user);
}

// Samba as domain controller: signing is mandatory there.
describe.skipIf(!canRunSambaWindows)('Samba as a domain controller', () => {
  let samba: SambaAd;
  const open = (more: Partial<SmbOptions> = {}): Promise<SmbSession> =>
    connectSmb({ host: samba.host, credentials: samba.windows.poller, clock: systemClock, ...more });
  const failureOf = async (more: Partial<SmbOptions>): Promise<SmbFailure> => {
    const error: unknown = await open(more).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'SmbFailure' });
    return error as SmbFailure;
  };

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
  });
  afterAll(() => samba?.stop());

  describe.each(allDialects)('dialect %s', (dialect) => {
    const encryptions = dialect.startsWith('3') ? (['offered', 'required'] as const) : (['offered'] as const);
    test.each(encryptions)('calls are answered over a signed session, encryption %s', async (encrypt) => {
      const session = await open({ dialects: [dialect], encrypt });
      expect(session).toMatchObject({ dialect, signed: true, encrypted: encrypt === 'required' });
      expect(session.domain).toEqual({ netbios: 'CORP', dns: 'corp.example' });
      expect(await sessionsOf(session)).toContain('CORP\\svc-fsso');
      await session.close();
      expect(await session.closed).toBe(null);
    });
  });

  test('many requests are under way on one session, and each gets its own answer', async () => {
    const session = await open();
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, at) => (at % 2 === 0 ? sessionsOf(session) : session.echo())),
    );
    for (const [at, answer] of answers.entries())
      if (at % 2 === 0) expect(answer).toContain('CORP\\svc-fsso');
      else expect(answer).toBeGreaterThanOrEqual(0);
    await session.close();
  });

  test.each([
    ['svc-fsso', 'wrong', 'STATUS_LOGON_FAILURE'],
    ['nobody-there', 'User-Passw0rd1', 'STATUS_LOGON_FAILURE'],
    ['disabled1', 'User-Passw0rd1', 'STATUS_ACCOUNT_DISABLED'],
    ['expired1', 'User-Passw0rd1', 'STATUS_ACCOUNT_EXPIRED'],
    ['locked1', 'User-Passw0rd1', 'STATUS_ACCOUNT_LOCKED_OUT'],
    ['mustchange1', 'User-Passw0rd1', 'STATUS_PASSWORD_MUST_CHANGE'],
    ['hours1', 'User-Passw0rd1', 'STATUS_INVALID_LOGON_HOURS'],
  ])('the login of %s says why it failed', async (user, password, code) => {
    const credentials: Login = { user, domain: 'CORP', password };
    const { problem, scope } = await failureOf({ credentials });
    expect(problem).toMatchObject({ stage: 'authentication', code });
    expect(problem.fix.length).toBeGreaterThan(0);
    expect(scope).toBe('login');
    expect(JSON.stringify(problem)).not.toContain(password === 'wrong' ? '"wrong"' : password);
  });

  test('a pipe that is not there concerns this question only', async () => {
    const session = await open();
    await expect(session.openPipe('no-such-pipe')).rejects.toMatchObject({
      scope: 'question',
      problem: { code: 'STATUS_OBJECT_NAME_NOT_FOUND' },
    });
    expect(await sessionsOf(session)).toContain('CORP\\svc-fsso');
    await session.close();
  });

  test.each([
    ['signed', 'offered'],
    ['encrypted', 'required'],
  ] as const)('an answer of a %s session that was changed on its way ends it', async (_how, encrypt) => {
    const relay = await startByteRelay(samba.host, 445);
    onTestFinished(() => relay.stop());
    const session = await open({ host: '127.0.0.1', port: relay.port, encrypt });
    await session.echo();
    relay.change.fromServer = (bytes) => {
      const changed = Buffer.from(bytes);
      changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
      return changed;
    };
    await expect(session.echo()).rejects.toMatchObject({ problem: { stage: 'smb' }, scope: 'server' });
    expect((await session.closed)?.problem.message).toContain('was not believed');
  });

  test('who takes the newest dialect out of our offer is found out', async () => {
    const relay = await startByteRelay(samba.host, 445);
    onTestFinished(() => relay.stop());
    relay.change.fromClient = (bytes) => {
      const changed = Buffer.from(bytes);
      // The count of dialects in the first request, so that only 2.0.2 and 2.1 are left of 2.0.2, 2.1, 3.0, 3.0.2.
      if (changed.length > 72 && changed.readUInt16LE(4 + 12) === 0) changed.writeUInt16LE(2, 4 + 64 + 2);
      return changed;
    };
    const { problem } = await failureOf({
      ...{ host: '127.0.0.1', port: relay.port, dialects: ['2.0.2', '2.1', '3.0', '3.0.2'] },
    });
    expect(problem.code).toBe('downgraded');
  });

  test('who changes a negotiation of 3.1.1 is found out by the keys', async () => {
    const relay = await startByteRelay(samba.host, 445);
    onTestFinished(() => relay.stop());
    relay.change.fromClient = (bytes) => {
      const changed = Buffer.from(bytes);
      // A byte of the salt.
      if (changed.readUInt16LE(4 + 12) === 0) {
        const contexts = changed.readUInt32LE(4 + 64 + 28);
        const at = 4 + contexts + 8 + 6;
        changed[at] = (changed[at] ?? 0) ^ 1;
      }
      return changed;
    };
    const { problem } = await failureOf({ host: '127.0.0.1', port: relay.port });
    expect(problem.message).toContain('was not believed');
  });

  test('a server that is killed in the middle of a request fails it, and the session', async () => {
    const relay = await startByteRelay(samba.host, 445);
    onTestFinished(() => relay.stop());
    const session = await open({ host: '127.0.0.1', port: relay.port });
    relay.hold();
    const asked = session.echo();
    relay.cut();
    await expect(asked).rejects.toMatchObject({ problem: { stage: 'tcp' }, scope: 'server' });
    expect(await session.closed).toMatchObject({ problem: { stage: 'tcp' } });
    await expect(session.echo()).rejects.toMatchObject({ scope: 'server' });
  });

  test('tshark finds nothing wrong with what we send', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fabrictop-smb-capture-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const capture = await LoopbackCapture.start(directory, `host ${samba.host} and port 445`);
    for (const dialect of allDialects) {
      const session = await open({ dialects: [dialect] });
      await sessionsOf(session);
      await session.close();
    }
    await capture.stop();
    const read = (filter: string, ...fields: readonly string[]): string =>
      runTool(
        'tshark',
        [...['-r', capture.file, '-Y', filter, '-T', 'fields'], ...fields.flatMap((field) => ['-e', field])],
        'tshark',
      ).toString();
    expect(read('_ws.malformed', 'frame.number')).toBe('');
    expect(read('smb2 && _ws.expert.severity >= 6291456', '_ws.expert.message')).toBe('');
    const commands = new Set(read('smb2.flags.response == 0', 'smb2.cmd').trim().split('\n'));
    for (const command of ['0', '1', '2', '3', '5', '6', '11']) expect(commands).toContain(command);
    expect(read('srvsvc', 'srvsvc.opnum')).toContain('12');
  });
});

// Samba as workstation: its dialects can be pinned, and it can demand encryption.
describe.skipIf(!canRunSambaWindows)('Samba with one dialect only', () => {
  const started = async (options: Parameters<typeof startSambaWorkstation>[0]): Promise<SambaWorkstation> => {
    const workstation = await startSambaWorkstation(options);
    onTestFinished(() => workstation.stop());
    return workstation;
  };

  test.each([
    ['2.0.2', 'SMB2_02'],
    ['2.1', 'SMB2_10'],
    ['3.0', 'SMB3_00'],
    ['3.0.2', 'SMB3_02'],
    ['3.1.1', 'SMB3_11'],
  ] as const)('%s is taken where the server has no other', async (dialect, name) => {
    const { host, admin } = await started({ oldest: name, newest: name, signing: 'mandatory' });
    const session = await connectSmb({ host, credentials: admin, clock: systemClock });
    expect(session.dialect).toBe(dialect);
    await session.openPipe('wkssvc');
    await session.close();
  });

  test('a server that demands encryption gets it', async () => {
    const { host, admin } = await started({ encryption: 'required' });
    const session = await connectSmb({ host, credentials: admin, clock: systemClock });
    expect(session.encrypted).toBe(true);
    await session.openPipe('wkssvc');
    await session.close();
  });

  test('a server that has no encryption is refused where it is required', async () => {
    const { host, admin } = await started({ encryption: 'off' });
    await expect(
      connectSmb({ host, credentials: admin, clock: systemClock, encrypt: 'required' }),
    ).rejects.toMatchObject({ problem: { code: 'no-encryption' } });
  });

  test('a server that takes strangers for guests is refused', async () => {
    const { host } = await started({ settings: ['map to guest = Bad User', 'guest account = nobody'] });
    const credentials = { user: 'stranger', domain: 'WS', password: 'x' };
    await expect(connectSmb({ host, credentials, clock: systemClock })).rejects.toMatchObject({
      problem: { stage: 'authentication' },
    });
  });

  test('a server that has none of the dialects that are offered is named as such', async () => {
    const { host, admin } = await started({ oldest: 'SMB3_11' });
    await expect(
      connectSmb({ host, credentials: admin, clock: systemClock, dialects: ['2.1'] }),
    ).rejects.toMatchObject({ problem: { code: 'no-dialect' } });
  });
});
