import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../src/fsso/ntlm/server.ts';
import { pduTypes } from '../../src/fsso/rpc/profile.ts';
import { findPort } from '../../src/fsso/windows/netlogon/open-channel.ts';
import { SecureChannel } from '../../src/fsso/windows/netlogon/secure-channel.ts';
import { verdictOf } from '../../src/fsso/windows/netlogon/verdicts.ts';
import { type ByteRelay, startByteRelay } from '../support/byte-relay.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { canRunSambaWindows, type SambaAd, startSambaAd } from '../support/samba-ad/samba-ad.ts';

// Samba's own verdicts, with the answers of our client; ntlm-auth.test.ts has those of another.

describe.runIf(canRunSambaWindows)('the secure channel to Samba', () => {
  let samba: SambaAd;
  let channel: SecureChannel;

  const channelTo = (host: string, port: number | null = null, clock: Clock = systemClock): SecureChannel =>
    new SecureChannel({
      ...{ host, port, clock, connectTimeoutMs: 30_000, timeoutMs: 60_000, parallel: 4 },
      account: {
        account: samba.windows.machine.user,
        domain: 'CORP',
        password: samba.windows.machine.password,
      },
    });

  const ask = async (user: string, password: string, workstation = 'WS09', over = channel) => {
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

  beforeAll(async () => {
    samba = await startSambaAd({ smb: true });
    channel = channelTo(samba.host);
  });

  afterAll(async () => {
    channel?.close();
    await samba?.stop();
  });

  test.each([
    ['user01', 'ok'],
    ['disabled1', 'disabled'],
    ['expired1', 'account-expired'],
    ['locked1', 'locked'],
    ['mustchange1', 'must-change-password'],
    ['elsewhere1', 'wrong-workstation'],
    ['hours1', 'wrong-hours'],
    ['nobody1', 'no-such-user'],
  ])('gives %s with the right password the verdict %s', async (user, kind) => {
    expect(await ask(user, samba.windows.userPassword)).toMatchObject({ kind });
  });

  test('tells a wrong password from all of these', async () => {
    expect(await ask('user01', 'wrong')).toEqual({ kind: 'wrong-password', groups: [] });
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
