import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { flagsOf } from '../../../../src/fsso/ntlm/flags.ts';
import { encodeAuthenticate, encodeNegotiate } from '../../../../src/fsso/ntlm/messages.ts';
import { Browser, controllerOf, domainOf, feedWith } from './verifying-gate.ts';

describe('a gate', () => {
  test('asks, challenges, lets through, and reports a logon', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, logons, events, feed } = await feedWith([domainOf('CORP', [port])]);
    const asked = await new Browser(gate).get();
    expect(asked.status).toBe(401);
    expect(asked.head).toMatch(/www-authenticate: NTLM\r\n/i);
    expect(asked.head).toMatch(/connection: close/i);
    const { challenge, reply } = await new Browser(gate).logOn('anna', 'right');
    expect(challenge.status).toBe(401);
    expect(challenge.head).not.toMatch(/connection: close/i);
    expect(reply).toMatchObject({
      status: 200,
      text: 'let through as CORP\\anna; on to http://a.example/page',
    });
    expect(logons).toEqual([
      expect.objectContaining({
        ...{ ip: '127.0.0.1', user: 'anna', domain: 'CORP', workstation: 'WS09', feed: 'ntlm' },
        ...{ groups: null, terminal: null, agent: `127.0.0.1:${gate}` },
      }),
    ]);
    expect(feed.health.sources).toMatchObject([{ address: `127.0.0.1:${gate}`, logons: 1 }]);
    expect(events).toEqual([expect.objectContaining({ msg: 'ntlm answer checked', verdict: 'ok' })]);
    expect(server.asked).toEqual(['anna']);
  });

  test('of a proxy asks with 407, for CONNECT too, and understands either header', async () => {
    const [, port] = await controllerOf('CORP');
    const { port: gate } = await feedWith([domainOf('CORP', [port])], { mode: 'explicit-proxy' });
    const connecting = 'CONNECT a.example:443 HTTP/1.1';
    expect(await new Browser(gate).get([], connecting)).toMatchObject({ status: 407 });
    const wrong = await new Browser(gate).logOn('anna', 'wrong', {
      header: 'Proxy-Authorization',
      first: connecting,
    });
    expect(wrong.challenge).toMatchObject({ status: 407 });
    expect(wrong.reply).toMatchObject({ status: 407 });
    const { reply } = await new Browser(gate).logOn('anna', 'right', { header: 'Authorization' });
    expect(reply.status).toBe(200);
    // A gate is no proxy: it opens no tunnel.
    expect(await new Browser(gate).get([], connecting)).toMatchObject({ status: 501 });
  });

  test.each([
    ['anna', 'wrong', 'CORP', 401, 'wrong-password', 'name or password is wrong'],
    ['nobody', 'x', 'CORP', 401, 'no-such-user', 'name or password is wrong'],
    ['ben', 'right', 'CORP', 401, 'disabled', 'the account is disabled'],
    ['cleo', 'right', 'CORP', 401, 'locked', 'the account is locked after too many wrong passwords'],
    ['WS01$', 'right', 'CORP', 401, 'not-a-user', 'it is the account of a machine or of a trust'],
  ])('refuses %s with %s: %s', async (user, password, domain, status, verdict, text) => {
    const [, port] = await controllerOf('CORP');
    const { port: gate, logons, events } = await feedWith([domainOf('CORP', [port])]);
    const { reply } = await new Browser(gate).logOn(user, password, { domain });
    expect(reply).toMatchObject({ status, text });
    expect(logons).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ verdict, user, domain, ip: '127.0.0.1' })]);
  });

  test('asks again when the time of the one who was verified is over', async () => {
    const [, port] = await controllerOf('CORP');
    const {
      port: gate,
      clock,
      logons,
    } = await feedWith([domainOf('CORP', [port])], {}, { admittedMs: 60_000 });
    await new Browser(gate).logOn('anna', 'right');
    clock.advance(59_999);
    expect(await new Browser(gate).get()).toMatchObject({ status: 200, text: 'let through as CORP\\anna' });
    clock.advance(1);
    expect(await new Browser(gate).get()).toMatchObject({ status: 401 });
    await new Browser(gate).logOn('anna', 'right');
    expect(logons).toHaveLength(2);
  });

  test('takes an answer on the connection of its challenge only, once, and in time', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, clock, feed } = await feedWith([domainOf('CORP', [port])]);
    const first = new Browser(gate);
    const { message } = await first.logOn('anna', 'wrong');
    const header = `Authorization: NTLM ${message.toString('base64')}`;
    // The same answer again, elsewhere: to no challenge at all.
    expect(await new Browser(gate).get([header])).toMatchObject({ status: 400 });
    expect(server.asked).toEqual(['anna']);
    const slow = new Browser(gate);
    const negotiate = new NtlmClient({ user: 'anna', password: '', domain: '' }, { clock }).negotiate();
    await slow.get([`Authorization: NTLM ${negotiate.toString('base64')}`]);
    expect(feed.health.counts).toMatchObject({ negotiating: 1, unanswered: 0 });
    clock.advance(30_000);
    await slow.closed();
    expect(feed.health.counts).toMatchObject({ negotiating: 0, unanswered: 1 });
  });

  test('says nothing of its domain controllers when it is stopped in the middle of a verdict', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, feed, events } = await feedWith([domainOf('CORP', [port])]);
    const asked = new Promise<void>((resolve) => {
      server.before = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const verdict = new Browser(gate).logOn('anna', 'right').catch((error: Error) => error.message);
    await asked;
    await feed.stop();
    expect(await verdict).toBe('the connection ended behind ""');
    await expect.poll(() => feed.health.counts['waiting']).toBe(0);
    expect(events).toEqual([]);
  });

  test('forgets a negotiation with its connection, also while the verdict is on its way', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, feed, logons } = await feedWith([domainOf('CORP', [port])]);
    let go: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      server.before = () => {
        resolve();
        return new Promise((done) => {
          go = done;
        });
      };
    });
    const browser = new Browser(gate);
    const verdict = browser.logOn('anna', 'right').catch(() => null);
    await asked;
    browser.socket.destroy();
    await verdict;
    await expect.poll(() => feed.health.counts['connections']).toBe(0);
    go();
    await expect.poll(() => feed.health.counts['ok']).toBe(1);
    await expect.poll(() => feed.health.counts['waiting']).toBe(0);
    expect(logons).toEqual([]);
    expect(await new Browser(gate).get()).toMatchObject({ status: 401 });
  });

  test('refuses the first version, and what is no NTLM', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, events } = await feedWith([domainOf('CORP', [port])]);
    const old = encodeNegotiate(flagsOf('oem', 'ntlm')).toString('base64');
    expect(await new Browser(gate).get([`Authorization: NTLM ${old}`])).toMatchObject({ status: 400 });
    expect(await new Browser(gate).get(['Authorization: NTLM AAAA'])).toMatchObject({ status: 400 });
    expect(await new Browser(gate).get(['Authorization: Basic AAAA'])).toMatchObject({ status: 401 });
    const browser = new Browser(gate);
    const negotiate = new NtlmClient(
      { user: '', password: '', domain: '' },
      { clock: systemClock },
    ).negotiate();
    await browser.get([`Authorization: NTLM ${negotiate.toString('base64')}`]);
    const answer = encodeAuthenticate({
      ...{ flags: flagsOf('unicode', 'ntlm'), domain: 'CORP', user: 'anna', workstation: '' },
      ...{
        lm: Buffer.alloc(24, 1),
        nt: Buffer.alloc(24, 2),
        encryptedSessionKey: Buffer.alloc(0),
        mic: null,
      },
    });
    expect(await browser.get([`Authorization: NTLM ${answer.toString('base64')}`])).toMatchObject({
      status: 403,
    });
    expect(server.asked).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ verdict: 'ntlm-v1' })]);
  });

  test('offers NTLM to the browsers that are configured, and lets guests through where that is on', async () => {
    const [, port] = await controllerOf('CORP');
    const listed = { enabledBrowsers: ['firefox'], guests: false };
    const strict = await feedWith([domainOf('CORP', [port])], listed);
    expect(await new Browser(strict.port).get(['User-Agent: curl/8'])).toMatchObject({ status: 403 });
    expect(await new Browser(strict.port).get(['User-Agent: Mozilla Firefox/130'])).toMatchObject({
      status: 401,
    });
    const open = await feedWith([domainOf('CORP', [port])], { guests: true });
    expect((await new Browser(open.port).logOn('anna', 'wrong')).reply).toMatchObject({ status: 401 });
    expect((await new Browser(open.port).logOn('nobody', 'x')).reply).toMatchObject({
      status: 200,
      text: 'let through as a guest; on to http://a.example/page',
    });
    expect(open.logons).toEqual([]);
  });

  test('says that nobody can check it, when nobody can, and works again by itself', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, clock, events, feed } = await feedWith([domainOf('CORP', [port])]);
    server.before = () => {
      server.dropAll();
      return new Promise(() => {});
    };
    const { reply } = await new Browser(gate).logOn('anna', 'right');
    expect(reply).toMatchObject({ status: 503 });
    expect(reply.head).toMatch(/retry-after/i);
    expect(feed.health.problem).toMatchObject({
      stage: 'connect',
      fix: [expect.stringMatching(/TCP 135/), expect.anything()],
    });
    server.before = () => Promise.resolve();
    clock.advance(60_000);
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    expect(feed.health.problem).toBeNull();
    expect(events.map(({ msg }) => msg)).toEqual([
      'domain controller gives no verdicts',
      'ntlm answer checked',
      'domain controller gives verdicts again',
      'ntlm answer checked',
    ]);
  });

  test('holds no more answers than it may, and refuses the rest at once', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate } = await feedWith([domainOf('CORP', [port])], {}, { mostWaiting: 1 });
    let go: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      server.before = () => {
        resolve();
        return new Promise((done) => {
          go = done;
        });
      };
    });
    const first = new Browser(gate).logOn('anna', 'right');
    await asked;
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 503 });
    go();
    expect((await first).reply).toMatchObject({ status: 200 });
  });
});

test('no secret is in what is reported', async () => {
  const [, port] = await controllerOf('CORP', 'another secret');
  const { port: gate, events, feed } = await feedWith([domainOf('CORP', [port])]);
  const { message } = await new Browser(gate).logOn('anna', 'user secret');
  const told = JSON.stringify([events, feed.health]);
  expect(told).toContain('machine account');
  for (const secret of ['machine secret', 'user secret', message.toString('base64'), message.toString('hex')])
    expect(told).not.toContain(secret);
});
