import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import type { Feed } from '../../../../src/fsso/collector/feeds/feed.ts';
import type { GateOptions } from '../../../../src/fsso/collector/ntlm/gate.ts';
import { type NtlmFeedOptions, ntlmFeed } from '../../../../src/fsso/collector/ntlm/ntlm-feed.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { flagsOf } from '../../../../src/fsso/ntlm/flags.ts';
import { encodeAuthenticate, encodeNegotiate } from '../../../../src/fsso/ntlm/messages.ts';
import { NetlogonServer } from '../../../../src/lab/windows/netlogon/server.ts';
import { feedContext } from '../../../support/feed-context.ts';

const users = {
  anna: { password: 'right', groups: [513, 1105, 1106] },
  ben: { password: 'right', status: 0xc0000072 },
  cleo: { password: 'right', status: 0xc0000234 },
  WS01$: { password: 'right' },
};
const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of running.splice(0)) await part.stop();
});

async function controllerOf(domain: string, password = 'machine secret'): Promise<[NetlogonServer, number]> {
  const groupNames = { 513: 'Domain Users', 1105: 'Engineering' };
  const server = new NetlogonServer({ domain, computer: 'COLLECTOR', password, users, groupNames });
  running.push(server);
  return [server, await server.start()];
}

const domainOf = (domain: string, ports: readonly number[]) => ({
  account: { account: 'COLLECTOR$', domain, password: 'machine secret' },
  dnsName: `${domain.toLowerCase()}.example`,
  controllers: ports.map((port) => ({ host: '127.0.0.1', port, mapperPort: port })),
});

async function feedWith(
  domains: NtlmFeedOptions['domains'],
  gate: Partial<GateOptions> = {},
  more: Partial<NtlmFeedOptions> = {},
) {
  const made = feedContext();
  const feed: Feed = ntlmFeed({
    domains,
    gates: [
      {
        ...{ mode: 'transparent', listen: '127.0.0.1', port: 0 },
        ...{ enabledBrowsers: [], guests: false, groups: [], answerWithinMs: 30_000, identity: null },
        ...gate,
      },
    ],
    ...{
      gateLink: null,
      admittedMs: 300_000,
      timeoutMs: 10_000,
      connectTimeoutMs: 3_000,
      parallel: 2,
      mostWaiting: 10,
      bringsGroups: false,
    },
    ...more,
  })(made.context);
  const [listening] = await feed.start();
  running.push(feed);
  return { ...made, feed, port: listening?.port as number };
}

/** One connection of a browser. */
class Browser {
  readonly #socket: Socket;
  #text = '';
  #wake: () => void = () => {};
  isClosed = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  /** The end of the connection. */
  async closed(): Promise<void> {
    while (!this.isClosed) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Status, headers in lower case, and text. */
  async get(lines: readonly string[] = [], first = 'GET /page HTTP/1.1') {
    this.#socket.write([first, 'Host: a.example', ...lines, '', ''].join('\r\n'));
    for (;;) {
      const [head = '', rest] = this.#text.split(/\r\n\r\n(.*)/s);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (rest !== undefined && rest.length >= length) {
        this.#text = rest.slice(length);
        const status = Number(head.split(' ')[1]);
        return { status, head, text: rest.slice(0, length).trim() };
      }
      if (this.isClosed) throw new Error('the connection ended');
      await this.#more();
    }
  }

  /** Negotiates; the answer to the Type 3. */
  async logOn(
    user: string,
    password: string,
    { domain = 'CORP', header = 'Authorization', first = 'GET /page HTTP/1.1' } = {},
  ) {
    const client = new NtlmClient({ user, password, domain, workstation: 'WS09' }, { clock: systemClock });
    const asked = await this.get([`${header}: NTLM ${client.negotiate().toString('base64')}`], first);
    const challenge = /-authenticate: NTLM (\S+)/i.exec(asked.head)?.[1] ?? '';
    const { message } = client.authenticate(Buffer.from(challenge, 'base64'));
    const reply = await this.get([`${header}: NTLM ${message.toString('base64')}`], first);
    return { challenge: asked, message, reply };
  }
}

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
    expect(await verdict).toBe('the connection ended');
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
    browser.hangUp();
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

describe('a gate with groups', () => {
  test('lets through who is in one of them, and says to others that they are in none', async () => {
    const [, port] = await controllerOf('CORP');
    const within = await feedWith([domainOf('CORP', [port])], { groups: ['LAB/Admins', 'corp/engineering'] });
    expect((await new Browser(within.port).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    const without = await feedWith([domainOf('CORP', [port])], { groups: ['CORP/Sales'] });
    expect((await new Browser(without.port).logOn('anna', 'right')).reply).toMatchObject({
      status: 403,
      text: 'you are in no group that is let through here',
    });
    // Not let through by address either, and a logon all the same: who is there is known.
    expect(await new Browser(without.port).get()).toMatchObject({ status: 401 });
    expect(without.logons).toHaveLength(1);
  });

  test('asks again whom a gate without groups has let through', async () => {
    const [, port] = await controllerOf('CORP');
    const gate = {
      listen: '127.0.0.1',
      port: 0,
      enabledBrowsers: [],
      guests: false,
      answerWithinMs: 30_000,
      identity: null,
    };
    const { feed } = await feedWith(
      [domainOf('CORP', [port])],
      {},
      {
        gates: [
          { ...gate, mode: 'transparent', groups: [] },
          { ...gate, mode: 'explicit-proxy', groups: ['CORP/Sales'] },
        ],
      },
    );
    const [open = 0, strict = 0] = feed.health.listening.map((at) => Number(at.split(':')[1]));
    expect((await new Browser(open).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    expect(await new Browser(open).get()).toMatchObject({ status: 200 });
    expect(await new Browser(strict).get()).toMatchObject({ status: 407 });
    expect(feed.health.counts).toMatchObject({ admitted: 1 });
  });

  test('lets nobody through while nobody tells the groups', async () => {
    const [, port] = await controllerOf('CORP');
    const [gone, gonePort] = await controllerOf('CORP');
    await gone.stop();
    running.splice(running.indexOf(gone), 1);
    const domain = domainOf('CORP', [port]);
    const controllers = domain.controllers.map((each) => ({ ...each, mapperPort: gonePort }));
    const { port: gate } = await feedWith([{ ...domain, controllers }], { groups: ['CORP/Engineering'] });
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 503 });
  });
});

describe('the groups of a logon', () => {
  test('are those of the verdict, by name, each asked for once', async () => {
    const [server, port] = await controllerOf('CORP');
    const { port: gate, logons } = await feedWith([domainOf('CORP', [port])], {}, { bringsGroups: true });
    for (let times = 0; times < 3; times++) await new Browser(gate).logOn('anna', 'right');
    await expect.poll(() => logons.length).toBe(3);
    expect(logons.map(({ groups }) => groups)).toEqual(
      Array.from({ length: 3 }, () => ['CORP/Domain Users', 'CORP/Engineering']),
    );
    expect(server.lookups).toBe(1);
  });

  test('are unknown where nobody tells names, and the logon is one all the same', async () => {
    const [, port] = await controllerOf('CORP');
    const domain = domainOf('CORP', [port]);
    // Netlogon answers where it is said to be, and the endpoint mapper nowhere.
    const [gone, gonePort] = await controllerOf('CORP');
    await gone.stop();
    running.splice(running.indexOf(gone), 1);
    const controllers = domain.controllers.map((each) => ({ ...each, mapperPort: gonePort }));
    const {
      port: gate,
      logons,
      events,
    } = await feedWith([{ ...domain, controllers }], {}, { bringsGroups: true });
    await new Browser(gate).logOn('anna', 'right');
    await expect.poll(() => logons.length).toBe(1);
    expect(logons[0]).toMatchObject({ user: 'anna', groups: null });
    expect(events.map(({ msg }) => msg)).toEqual(['ntlm answer checked', 'groups not looked up']);
  });
});

describe('several domains', () => {
  test('ask their own controllers, and those without an entry the first', async () => {
    const [corp, corpPort] = await controllerOf('CORP');
    const [lab, labPort] = await controllerOf('LAB');
    const { port: gate, logons } = await feedWith([domainOf('CORP', [corpPort]), domainOf('LAB', [labPort])]);
    await new Browser(gate).logOn('anna', 'right', { domain: 'CORP' });
    // The challenge was in the name of CORP, which LAB does not take.
    const { reply } = await new Browser(gate).logOn('anna', 'right', { domain: 'lab' });
    expect(reply).toMatchObject({ status: 307, text: 'say it once more: your domain is known only now' });
    expect(reply.head).toMatch(/^location: \/page$/im);
    expect(reply.head).toMatch(/connection: close/i);
    expect((await new Browser(gate).logOn('anna', 'right', { domain: 'lab' })).reply.status).toBe(200);
    await new Browser(gate).logOn('anna', 'right', { domain: 'TRUSTED' });
    await new Browser(gate).logOn('anna@lab.example', 'right', { domain: '' });
    // A name alone is no domain, even one that sounds so.
    await new Browser(gate).logOn('lab', 'right', { domain: '' });
    expect(corp.asked).toEqual(['anna', 'anna', 'lab']);
    expect(lab.asked).toEqual(['anna', 'anna', 'anna@lab.example']);
    expect(logons.map(({ domain }) => domain)).toEqual(['CORP', 'LAB']);
  });

  test('ask no other controller about an answer that one may have heard', async () => {
    const [heard, heardPort] = await controllerOf('CORP');
    const [other, otherPort] = await controllerOf('CORP');
    heard.before = () => {
      heard.dropAll();
      return new Promise(() => {});
    };
    const { port: gate } = await feedWith([domainOf('CORP', [heardPort, otherPort])]);
    expect((await new Browser(gate).logOn('anna', 'wrong')).reply).toMatchObject({ status: 503 });
    expect(other.asked).toEqual([]);
    // The next answer is another one.
    expect((await new Browser(gate).logOn('anna', 'right')).reply).toMatchObject({ status: 200 });
    expect(other.asked).toEqual(['anna']);
  });

  test('ask the next controller where one cannot be reached, and tell once', async () => {
    const [gone, gonePort] = await controllerOf('CORP');
    await gone.stop();
    running.length = 0;
    const [, port] = await controllerOf('CORP');
    const { port: gate, events } = await feedWith([domainOf('CORP', [gonePort, port])]);
    for (let times = 0; times < 3; times++)
      expect((await new Browser(gate).logOn('anna', 'right')).reply.status).toBe(200);
    const failures = events.filter(({ msg }) => msg === 'domain controller gives no verdicts');
    expect(failures).toEqual([
      expect.objectContaining({ code: 'ECONNREFUSED', controller: `127.0.0.1:${gonePort}` }),
    ]);
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
