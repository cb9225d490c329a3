import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { NtlmDomains } from '../../src/fsso/collector/ntlm/domains.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../src/fsso/ntlm/server.ts';
import type { NetworkLogon } from '../../src/fsso/rpc/interfaces/netlogon.ts';
import { pduTypes } from '../../src/fsso/rpc/profile.ts';
import { findPort } from '../../src/fsso/windows/netlogon/open-channel.ts';
import { SecureChannel } from '../../src/fsso/windows/netlogon/secure-channel.ts';
import { verdictOf } from '../../src/fsso/windows/netlogon/verdicts.ts';
import { type ByteRelay, startByteRelay } from '../support/byte-relay.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';
import { runInNamespace } from '../support/samba-namespace.ts';

// Samba's own verdicts, with the answers of our client; ntlm-auth.test.ts has those of another.

describe.runIf(canRunSambaWindows)('the secure channel to Samba', () => {
  let samba: SambaAd;
  let channel: SecureChannel;

  const opened: SecureChannel[] = [];
  const channelTo = (host: string, port: number | null = null, clock: Clock = systemClock): SecureChannel => {
    const made = new SecureChannel({
      ...{ host, port, clock, connectTimeoutMs: 30_000, timeoutMs: 60_000, parallel: 4 },
      account: {
        account: samba.windows.machine.user,
        domain: 'CORP',
        password: samba.windows.machine.password,
      },
    });
    opened.push(made);
    return made;
  };

  const ask = async (
    user: string,
    password: string,
    workstation = 'WS09',
    over: Pick<SecureChannel, 'verify'> = channel,
  ) => {
    const client = new NtlmClient({ user, domain: 'CORP', password, workstation }, { clock: systemClock });
    const server = new NtlmServer({
      clock: systemClock,
      names: { domain: 'CORP', computer: 'COLLECTOR' },
    });
    const answer = client.authenticate(server.challenge(client.negotiate()));
    const reply = await over.verify(server.read(answer.message));
    // The key of the verdict opens what the client signed: its MIC is right, and so is ours.
    if (reply.user) expect(server.finish(reply.user.sessionKey).sessionKey).toEqual(answer.sessionKey);
    return { kind: verdictOf(reply.status).kind, groups: reply.user?.groups ?? [] };
  };

  /** How many the directory has counted. */
  const wrongPasswords = async (user: string): Promise<number> => {
    const ldif = await samba.ldapsearch('-b', samba.base, `(sAMAccountName=${user})`, 'badPwdCount');
    return Number(/^badPwdCount: (\d+)$/m.exec(ldif)?.[1] ?? 0);
  };

  const lockAfter = (count: number) =>
    samba.windows.tool('domain', 'passwordsettings', 'set', `--account-lockout-threshold=${count}`);

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
    channel = channelTo(samba.host);
    // Without a limit it does not count.
    lockAfter(10);
  });

  afterAll(async () => {
    for (const each of opened) each.close();
    await samba?.stop();
  });

  test.each([
    ['user01', 'ok'],
    ['disabled1', 'disabled'],
    ['expired1', 'account-expired'],
    ['locked1', 'locked'],
    ['mustchange1', 'must-change-password'],
    ['pwexpired1', 'password-expired'],
    ['protected1', 'not-allowed'],
    ['elsewhere1', 'wrong-workstation'],
    ['hours1', 'wrong-hours'],
    ['nobody1', 'no-such-user'],
  ])('gives %s with the right password the verdict %s', async (user, kind) => {
    expect(await ask(user, samba.windows.userPassword)).toMatchObject({ kind });
  });

  test('tells a wrong password from all of these', async () => {
    expect(await ask('user01', 'wrong')).toEqual({ kind: 'wrong-password', groups: [] });
  });

  test('tells machines, guests and nobody from users', async () => {
    const { machine, userPassword } = samba.windows;
    for (const name of [machine.user, `${machine.user}@corp.example`, 'DC1$'])
      expect(await ask(name, machine.password), name).toMatchObject({ groups: [] });
    expect(await ask(machine.user, machine.password)).toMatchObject({ kind: 'not-a-user' });
    // Never let in, whatever it is called: it is disabled, as every domain has it.
    expect(await ask('Guest', '')).toMatchObject({ groups: [] });
    expect(await ask('', userPassword)).toMatchObject({ groups: [] });
  });

  test('counts a wrong password once, and tells when there were too many', async () => {
    lockAfter(3);
    try {
      for (const due of [1, 2, 3]) {
        expect(await ask('bob', 'wrong')).toMatchObject({ kind: 'wrong-password' });
        expect(await wrongPasswords('bob')).toBe(due);
      }
      expect(await ask('bob', samba.windows.userPassword)).toMatchObject({ kind: 'locked' });
    } finally {
      lockAfter(10);
    }
  });

  test('goes on with its key when the password of the machine is changed, and is refused with the old one afterwards', async () => {
    const { machine, userPassword } = samba.windows;
    const standing = channelTo(samba.host);
    const set = (password: string) =>
      samba.windows.tool('user', 'setpassword', machine.user, `--newpassword=${password}`);
    try {
      expect(await ask('user01', userPassword, 'WS09', standing)).toMatchObject({ kind: 'ok' });
      set('Another-Passw0rd-2');
      expect(await ask('user01', userPassword, 'WS09', standing)).toMatchObject({ kind: 'ok' });
      const late = channelTo(samba.host);
      const refused = ask('user01', userPassword, 'WS09', late);
      await expect(refused).rejects.toMatchObject({
        wasAsked: false,
        problem: {
          code: '0xc0000022',
          message: expect.stringContaining('COLLECTOR$'),
          cause: expect.stringMatching(/password of the machine account/),
        },
      });
    } finally {
      set(machine.password);
    }
    expect(await ask('user01', userPassword, 'WS09', channelTo(samba.host))).toMatchObject({ kind: 'ok' });
  });

  test('says of the very same answers what Samba’s ntlm_auth says of them, to the session key', async () => {
    // Where its winbindd's socket is.
    const space = { directory: dirname(samba.windows.configuration), hostName: 'dc1', etc: {} };
    /** Status and session key, as the domain controller's own winbindd tells them to the program. */
    const byTool = ({ user, domain, challenge, nt }: NetworkLogon): string => {
      const command = [
        ...[
          'ntlm_auth',
          `--username=${user}`,
          `--domain=${domain}`,
          '--workstation=WS09',
          '--request-nt-key',
        ],
        ...[`--challenge=${challenge.toString('hex')}`, `--nt-response=${nt.toString('hex')}`],
      ];
      try {
        return `0x0 ${/^NT_KEY: (\w+)$/m.exec(runInNamespace(space, command))?.[1]?.toLowerCase()}`;
      } catch (error) {
        return /\((0x[0-9a-f]+)\)/i.exec(String(error))?.[1]?.toLowerCase() ?? String(error);
      }
    };
    const right = samba.windows.userPassword;
    for (const [user, password] of [
      ...['user01', 'jürgen', 'disabled1', 'expired1', 'locked1', 'mustchange1', 'hours1', 'nobody1'].map(
        (user) => [user, right] as const,
      ),
      ['user01', 'wrong'] as const,
    ]) {
      const client = new NtlmClient({ user, domain: 'CORP', password }, { clock: systemClock });
      const server = new NtlmServer({ clock: systemClock, names: { domain: 'CORP', computer: 'COLLECTOR' } });
      const said = server.read(client.authenticate(server.challenge(client.negotiate())).message);
      const { status, user: verified } = await channel.verify(said);
      // The program does not tell a name that is wrong from a password that is.
      const told = [0xc0000064, 0xc000006a].includes(status) ? 0xc000006d : status;
      const ours = `0x${told.toString(16)}${verified ? ` ${verified.sessionKey.toString('hex')}` : ''}`;
      expect(ours, `${user} ${password}`).toBe(byTool(said));
    }
  });

  test('names the same groups as the directory does', async () => {
    const { users } = await samba.tokens();
    const { groups } = await ask('anna', samba.windows.userPassword);
    const [, ...due] = users['anna']?.sids ?? [];
    const inDomain = due.filter((sid) => sid.startsWith('S-1-5-21-'));
    expect(groups.length).toBeGreaterThan(4);
    expect([...groups].sort()).toEqual(inDomain.sort());
  });

  test('tells the names of groups, as Samba tells them to rpcclient', async () => {
    const { users } = await samba.tokens();
    const sids = (users['anna']?.sids ?? []).filter((sid) => sid.startsWith('S-1-5-21-'));
    const named = await channel.namesOf([...sids, 'S-1-5-21-1-2-3-4']);
    const printed = await samba.windows.rpcclient(`lookupsids ${sids.join(' ')}`);
    const due = sids.map((sid) => printed.split('\n').find((line) => line.startsWith(`${sid} `)));
    expect(sids.length).toBeGreaterThan(4);
    expect(named.map((each) => each && `${each.domain}\\${each.name} (${each.use})`)).toEqual([
      ...due.map((line) => line?.replace(/^\S+ /, '')),
      null,
    ]);
  });

  test('asks many at once', async () => {
    const asked = Array.from({ length: 20 }, (_, index) => `user${String(index + 1).padStart(2, '0')}`);
    const verdicts = await Promise.all(asked.map((user) => ask(user, samba.windows.userPassword)));
    expect(verdicts.map(({ kind }) => kind)).toEqual(asked.map(() => 'ok'));
    expect(channel.health.connections).toBeLessThanOrEqual(4);
  });

  describe('behind somebody who does harm', () => {
    /** To a relay before the port of Netlogon; a clock of its own brings limits and pauses to their end. */
    const behind = async (
      use: (relay: ByteRelay, clock: ManualClock, other: SecureChannel) => Promise<void>,
    ) => {
      const target = { host: samba.host, port: null, clock: systemClock, connectTimeoutMs: 30_000 };
      const port = await findPort(target, new AbortController().signal);
      const relay = await startByteRelay(samba.host, port);
      const clock = new ManualClock(Date.now());
      const other = channelTo('127.0.0.1', relay.port, clock);
      try {
        await use(relay, clock, other);
      } finally {
        other.close();
        await relay.stop();
      }
    };
    const asked = (other: SecureChannel) => ask('user01', samba.windows.userPassword, 'WS09', other);

    test('is made anew after its connections were cut', async () => {
      await behind(async (relay, _, other) => {
        for (let round = 0; round < 3; round++) {
          expect(await asked(other)).toMatchObject({ kind: 'ok' });
          relay.cut();
          // Noticed while nobody asks; a question that came before would end in no verdict, by design.
          await expect.poll(() => other.health.connections, { timeout: 30_000 }).toBe(0);
        }
      });
    });

    test('believes no verdict of which one bit was changed', async () => {
      await behind(async (relay, clock, other) => {
        expect(await asked(other)).toMatchObject({ kind: 'ok' });
        // A byte of the sealed verdict itself, behind the header of the reply.
        relay.change.fromServer = (bytes) => {
          const changed = Buffer.from(bytes);
          changed[40] = (changed[40] as number) ^ 1;
          return changed;
        };
        await expect(asked(other)).rejects.toMatchObject({
          problem: { cause: expect.stringMatching(/checksum/) },
        });
        relay.change.fromServer = (bytes) => bytes;
        clock.advance(60_000);
        expect(await asked(other)).toMatchObject({ kind: 'ok' });
      });
    });

    test('takes no machine for a domain controller that cannot show that it knows us', async () => {
      await behind(async (relay, _, other) => {
        // The server's credential: the first bytes of the second reply that is no binding.
        let replies = 0;
        relay.change.fromServer = (bytes) => {
          if (bytes[2] !== pduTypes.response) return bytes;
          replies += 1;
          const changed = Buffer.from(bytes);
          if (replies === 2) changed[24] = (changed[24] as number) ^ 1;
          return changed;
        };
        await expect(asked(other)).rejects.toMatchObject({
          problem: { message: expect.stringMatching(/could not show/) },
        });
      });
    });

    test('leaves an answer that may have been counted to nobody else, and asks another where the first is silent', async () => {
      await behind(async (relay, clock) => {
        const { machine, userPassword } = samba.windows;
        const domains = new NtlmDomains({
          ...{ clock, report: () => {}, timeoutMs: 60_000, connectTimeoutMs: 30_000, parallel: 1 },
          domains: [
            {
              account: { account: machine.user, domain: 'CORP', password: machine.password },
              dnsName: '',
              controllers: [
                { host: '127.0.0.1', port: relay.port },
                { host: samba.host, port: null },
              ],
            },
          ],
        });
        try {
          expect(await ask('o.neil', userPassword, 'WS09', domains)).toMatchObject({ kind: 'ok' });
          // It hears the question, and its verdict gets lost.
          relay.change.fromServer = () => Buffer.alloc(0);
          const lost = ask('o.neil', 'wrong', 'WS09', domains);
          await expect.poll(() => wrongPasswords('o.neil'), { timeout: 30_000 }).toBe(1);
          clock.advance(60_000);
          await expect(lost).rejects.toMatchObject({ wasAsked: true, problem: { code: 'ETIMEDOUT' } });
          expect(await ask('o.neil', 'wrong', 'WS09', domains)).toMatchObject({ kind: 'wrong-password' });
          expect(await wrongPasswords('o.neil')).toBe(2);
          expect(domains.health.map(({ verdicts }) => verdicts)).toEqual([1, 1]);
          // The first is asked again when its rest is over and its way is good.
          relay.change.fromServer = (bytes) => bytes;
          clock.advance(60_000);
          expect(await ask('o.neil', userPassword, 'WS09', domains)).toMatchObject({ kind: 'ok' });
          expect(domains.health.map(({ verdicts }) => verdicts)).toEqual([2, 1]);
        } finally {
          domains.close();
        }
      });
    });

    test('gives up on a domain controller that says nothing more', async () => {
      await behind(async (relay, clock, other) => {
        expect(await asked(other)).toMatchObject({ kind: 'ok' });
        relay.hold();
        const late = asked(other);
        clock.advance(60_000);
        await expect(late).rejects.toMatchObject({ problem: { code: 'ETIMEDOUT' } });
      });
    });
  });
});
