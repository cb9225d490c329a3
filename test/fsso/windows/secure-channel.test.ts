import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import { RpcFault } from '../../../src/fsso/rpc/errors.ts';
import type { NetworkLogon } from '../../../src/fsso/rpc/interfaces/netlogon.ts';
import { pduTypes } from '../../../src/fsso/rpc/profile.ts';
import {
  SecureChannel,
  type SecureChannelOptions,
} from '../../../src/fsso/windows/netlogon/secure-channel.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';
import { startByteRelay } from '../../support/byte-relay.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const users = {
  anna: { password: 'right', groups: [513, 1105, 1106] },
  ben: { password: 'right', status: 0xc0000072 },
};
const opened: { stop?(): Promise<void>; close?(): void }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0)) {
    part.close?.();
    await part.stop?.();
  }
});

async function domainController(): Promise<{ server: NetlogonServer; port: number }> {
  const server = new NetlogonServer({ domain: 'CORP', computer: 'COLLECTOR', password: 'machine', users });
  opened.push(server);
  return { server, port: await server.start() };
}

function channel(port: number, more: Partial<SecureChannelOptions> = {}): SecureChannel {
  const made = new SecureChannel({
    ...{ host: '127.0.0.1', port, clock: systemClock, connectTimeoutMs: 30_000, timeoutMs: 30_000 },
    ...{ parallel: 3, account: { account: 'COLLECTOR$', domain: 'CORP', password: 'machine' } },
    ...more,
  });
  opened.push(made);
  return made;
}

function answerOf(user: string, password = 'right', domain = 'CORP'): NetworkLogon {
  const client = new NtlmClient({ user, domain, password }, { clock: systemClock });
  const server = new NtlmServer({ clock: systemClock, names: { domain: 'CORP', computer: 'COLLECTOR' } });
  return server.read(client.authenticate(server.challenge(client.negotiate())).message);
}

/** Lets nobody through before that many have come; then everybody. */
function allOf(count: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= count) for (const go of waiting) go();
    });
}

/** The next sealed call is answered with a fault that says nothing against the channel. */
function faultOnce(server: NetlogonServer): void {
  server.before = () => {
    server.before = () => Promise.resolve();
    return Promise.reject(new RpcFault(0x6f7));
  };
}

describe('a secure channel', () => {
  test('brings the verdicts of the domain controller, with groups', async () => {
    const { server, port } = await domainController();
    const asking = channel(port);
    expect(await asking.verify(answerOf('anna'))).toMatchObject({
      status: 0,
      user: {
        user: 'anna',
        domain: 'CORP',
        sid: 'S-1-5-21-1-2-3-1104',
        groups: ['S-1-5-21-1-2-3-513', 'S-1-5-21-1-2-3-1105', 'S-1-5-21-1-2-3-1106'],
      },
    });
    expect(await asking.verify(answerOf('anna', 'wrong'))).toEqual({ status: 0xc000006a, user: null });
    expect(await asking.verify(answerOf('ben'))).toEqual({ status: 0xc0000072, user: null });
    expect(await asking.verify(answerOf('nobody'))).toEqual({ status: 0xc0000064, user: null });
    // One agreement and one connection behind it serve all that come one after the other.
    expect(server.keys).toHaveLength(1);
    expect(server.connections).toBe(2);
    expect(asking.health).toMatchObject({ connections: 1, verdicts: 4, problem: null });
  });

  test('asks the endpoint mapper where no port is given', async () => {
    const { server, port } = await domainController();
    expect(await channel(0, { port: null, mapperPort: port }).verify(answerOf('anna'))).toMatchObject({
      status: 0,
    });
    expect(server.connections).toBe(3);
  });

  test('asks several at once, as many as it may', async () => {
    const { server, port } = await domainController();
    let most = 0;
    let now = 0;
    const waiting: (() => void)[] = [];
    server.before = () => {
      now += 1;
      most = Math.max(most, now);
      return new Promise((resolve) => {
        waiting.push(() => {
          now -= 1;
          resolve();
        });
        if (now === 3) for (const go of waiting.splice(0)) go();
      });
    };
    const asking = channel(port);
    const verdicts = await Promise.all(Array.from({ length: 9 }, () => asking.verify(answerOf('anna'))));
    expect(verdicts.every(({ status }) => status === 0)).toBe(true);
    expect(most).toBe(3);
    expect(server.keys).toHaveLength(1);
  });

  test('is made anew when the domain controller has closed it, or forgotten it', async () => {
    const { server, port } = await domainController();
    const asking = channel(port);
    await asking.verify(answerOf('anna'));
    server.forget();
    expect(await asking.verify(answerOf('anna'))).toMatchObject({ status: 0 });
    // Forgotten before it looked: the answer was asked about once.
    expect(server.asked).toEqual(['anna', 'anna']);
  });

  test('agrees once on a new key, however many questions met the old one', async () => {
    const { server, port } = await domainController();
    const asking = channel(port);
    const three = () => Promise.all(Array.from({ length: 3 }, () => asking.verify(answerOf('anna'))));
    // All three are on their way before the first is answered, so that three connections stand.
    server.before = allOf(3);
    await three();
    server.forget();
    server.before = allOf(3);
    expect((await three()).map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(server.keys).toHaveLength(1);
    expect(server.asked).toHaveLength(6);
    // Those with the old key are closed, not left behind.
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(3);
    asking.close();
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(0);
  });

  test('rests for no fault of one question, and leaves no connection behind', async () => {
    const { server, port } = await domainController();
    const asking = channel(port);
    await asking.verify(answerOf('anna'));
    faultOnce(server);
    await expect(asking.verify(answerOf('anna'))).rejects.toMatchObject({
      wasAsked: true,
      problem: { code: '0x000006f7' },
    });
    expect(asking.isResting).toBe(false);
    expect(asking.health.problem).not.toBeNull();
    expect(await asking.verify(answerOf('anna'))).toMatchObject({ status: 0 });
    expect(asking.health.problem).toBeNull();
    expect(server.keys).toHaveLength(1);
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(1);
  });

  test('counts an outage once, and tries it no further for those who wait', async () => {
    const { server, port } = await domainController();
    const clock = new ManualClock();
    const asking = channel(port, { clock, parallel: 2 });
    server.before = () => {
      server.dropAll();
      return new Promise(() => {});
    };
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => asking.verify(answerOf('anna'))));
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(8);
    expect(asking.health.nextTry).toBe(clock.now() + 1000);
    // One that agreed on a key, and two that asked.
    expect(server.connections).toBeLessThanOrEqual(3);
    // Those that waited were not asked about: another domain controller may be.
    const asked = all.map((each) => each.status === 'rejected' && each.reason.wasAsked);
    expect(asked.filter(Boolean).length).toBeLessThanOrEqual(2);
    clock.advance(1000);
    await expect(asking.verify(answerOf('anna'))).rejects.toMatchObject({ name: 'ChannelFailure' });
    expect(asking.health.nextTry).toBe(clock.now() + 2000);
  });

  test('asks nothing on a connection that was quiet for long', async () => {
    const { server, port } = await domainController();
    const clock = new ManualClock();
    const asking = channel(port, { clock });
    await asking.verify(answerOf('anna'));
    clock.advance(60_000);
    await asking.verify(answerOf('anna'));
    expect(server.connections).toBe(2);
    clock.advance(60_001);
    await asking.verify(answerOf('anna'));
    expect(server.connections).toBe(3);
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(1);
    expect(server.keys).toHaveLength(1);
  });

  test('tells whoever waits that it is closed, and asks nobody any more', async () => {
    const { server, port } = await domainController();
    const asking = channel(port, { parallel: 1 });
    const asked = new Promise<void>((resolve) => {
      server.before = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const late = [asking.verify(answerOf('anna')), asking.verify(answerOf('anna'))];
    await asked;
    asking.close();
    for (const each of [...late, asking.verify(answerOf('anna')), asking.namesOf(['S-1-5-21-1-2-3-513'])])
      await expect(each).rejects.toMatchObject({ problem: { code: 'ECLOSED' } });
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(0);
  });

  test('asks for names once more where the key was forgotten', async () => {
    const { server, port } = await domainController();
    const asking = channel(port, { mapperPort: port });
    expect(await asking.namesOf(['S-1-5-21-1-2-3-513'])).toEqual([null]);
    server.forget();
    expect(await asking.namesOf(['S-1-5-21-1-2-3-513'])).toEqual([null]);
    faultOnce(server);
    await expect(asking.namesOf(['S-1-5-21-1-2-3-513'])).rejects.toMatchObject({ name: 'ChannelFailure' });
    await expect.poll(() => server.open, { timeout: 30_000 }).toBe(0);
  });

  test('never asks twice about an answer that may have been counted', async () => {
    const { server, port } = await domainController();
    const clock = new ManualClock();
    const asking = channel(port, { clock });
    await asking.verify(answerOf('anna'));
    server.before = () => {
      server.dropAll();
      return new Promise(() => {});
    };
    await expect(asking.verify(answerOf('ben'))).rejects.toMatchObject({
      name: 'ChannelFailure',
      problem: { stage: 'connect' },
    });
    expect(server.asked).toEqual(['anna']);
    server.before = () => Promise.resolve();
    // It rests before it tries again, and says until when.
    expect(asking.isResting).toBe(true);
    await expect(asking.verify(answerOf('anna'))).rejects.toMatchObject({ name: 'ChannelFailure' });
    expect(asking.health).toMatchObject({ nextTry: clock.now() + 1000, problem: { stage: 'connect' } });
    clock.advance(1000);
    expect(await asking.verify(answerOf('anna'))).toMatchObject({ status: 0 });
    expect(asking.health).toMatchObject({ problem: null, nextTry: null });
  });

  test('gives up in time, and frees the place', async () => {
    const { server, port } = await domainController();
    const clock = new ManualClock();
    const asking = channel(port, { clock, parallel: 1, timeoutMs: 5_000 });
    await asking.verify(answerOf('anna'));
    const asked = new Promise<void>((resolve) => {
      server.before = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const first = asking.verify(answerOf('anna'));
    const second = asking.verify(answerOf('anna'));
    await asked;
    clock.advance(5_000);
    for (const late of [first, second])
      await expect(late).rejects.toMatchObject({ problem: { code: 'ETIMEDOUT' } });
    server.before = () => Promise.resolve();
    clock.advance(60_000);
    expect(await asking.verify(answerOf('anna'))).toMatchObject({ status: 0 });
  });

  test.each([
    [
      'a wrong password of the machine',
      { account: 'COLLECTOR$', domain: 'CORP', password: 'falsch' },
      /password/,
    ],
    [
      'a machine that the domain does not know',
      { account: 'OTHER$', domain: 'CORP', password: 'unknown-secret' },
      /no such/,
    ],
  ])('says why it was refused: %s', async (_, account, cause) => {
    const { port } = await domainController();
    const refused = await channel(port, { account })
      .verify(answerOf('anna'))
      .catch((error) => error);
    expect(refused.problem.cause).toMatch(cause);
    expect(JSON.stringify(refused) + String(refused.stack)).not.toContain(account.password);
  });

  test.each([
    ['takes no machine for a domain controller that cannot show that it knows us', 24, /could not show/],
    ['goes without AES with nobody', 35, /offers no AES/],
  ])('%s', async (_, place, message) => {
    const { port } = await domainController();
    const relay = await startByteRelay('127.0.0.1', port);
    opened.push(relay);
    let replies = 0;
    // The second reply that is no binding is that of NetrServerAuthenticate3: what it shows, and its flags.
    relay.change.fromServer = (bytes) => {
      if (bytes[2] !== pduTypes.response) return bytes;
      replies += 1;
      const changed = Buffer.from(bytes);
      if (replies === 2) changed[place] = (changed[place] as number) ^ 1;
      return changed;
    };
    await expect(channel(relay.port).verify(answerOf('anna'))).rejects.toMatchObject({
      wasAsked: false,
      problem: { message: expect.stringMatching(message) },
    });
  });

  test('says why a domain controller cannot be reached', async () => {
    const { server, port } = await domainController();
    await server.stop();
    opened.length = 0;
    await expect(channel(port).verify(answerOf('anna'))).rejects.toMatchObject({
      problem: { stage: 'connect', code: 'ECONNREFUSED' },
    });
  });
});
