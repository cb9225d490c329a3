import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Admitted } from '../../../../src/fsso/collector/ntlm/admitted.ts';
import { Gate, type GateOptions } from '../../../../src/fsso/collector/ntlm/gate.ts';
import { type NtlmVerdict, ownVerdict } from '../../../../src/fsso/collector/ntlm/service.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { RawBrowser, requestOf } from './raw-browser.ts';

const patience = { timeout: 20_000, interval: 5 };
const challenge = Buffer.from('challenge');
const token = (text: string): string => `NTLM ${Buffer.from(text).toString('base64')}`;
const typeOne = `Authorization: ${token('one')}`;
const typeThree = `Authorization: ${token('three')}`;

/** A gate before somebody who finds everything right, when he is let to. */
async function openGate(more: Partial<GateOptions> = {}) {
  const { context, clock, events } = feedContext();
  const held = { challenges: [] as (() => void)[], holds: false };
  const judged: { address: string; verdict: NtlmVerdict }[] = [];
  const seen = { begun: [] as string[], ended: 0, answers: 0 };
  const gate = new Gate(
    {
      ...{ mode: 'transparent', listen: '127.0.0.1', port: 0, enabledBrowsers: [] },
      ...{ guests: false, groups: [], answerWithinMs: 30_000, identity: null },
      ...more,
    },
    {
      ...context,
      admitted: new Admitted(clock, 60_000, 100),
      judged: (address, verdict) => judged.push({ address, verdict }),
      verifier: {
        begin: ({ address }) => {
          seen.begun.push(address);
          return {
            challenge: async () => {
              if (held.holds) await new Promise<void>((done) => held.challenges.push(done));
              return challenge;
            },
            answer: async () => {
              seen.answers += 1;
              return ownVerdict('ok', { user: 'anna', domain: 'CORP' });
            },
            end: () => {
              seen.ended += 1;
            },
          };
        },
      },
    },
  );
  const { port } = await gate.open();
  onTestFinished(() => gate.close());
  const browser = (from?: string): RawBrowser => {
    const made = new RawBrowser(port, from);
    onTestFinished(() => void made.socket.destroy());
    return made;
  };
  return { gate, port, clock, events, held, judged, seen, browser };
}

async function logOn(browser: RawBrowser, ...lines: readonly string[]) {
  browser.send(requestOf('GET /page?a=1 HTTP/1.1', typeOne, ...lines));
  expect(await browser.reply()).toMatchObject({ status: 401 });
  browser.send(requestOf('GET /page?a=1 HTTP/1.1', typeThree, ...lines));
  return await browser.reply();
}

test('a challenged connection stands as long as an answer may take', async () => {
  const { browser } = await openGate({ answerWithinMs: 300_000 });
  const one = browser();
  one.send(requestOf(undefined, typeOne));
  const seconds = Number(/keep-alive: timeout=(\d+)/i.exec((await one.reply()).head)?.[1]);
  expect(seconds).toBeGreaterThan(300);
});

test('a browser that answers before there is a challenge is refused, and nobody is asked', async () => {
  const { browser, held, seen } = await openGate();
  held.holds = true;
  const hasty = browser();
  hasty.send(requestOf(undefined, typeOne), requestOf(undefined, typeThree));
  await vi.waitFor(() => expect(held.challenges).toHaveLength(1), patience);
  held.challenges[0]?.();
  expect(await hasty.reply()).toMatchObject({ status: 401 });
  expect(await hasty.reply()).toMatchObject({ status: 400, text: 'an answer before there was a challenge' });
  await hasty.closed();
  await vi.waitFor(() => expect(seen).toMatchObject({ answers: 0, ended: 1 }), patience);
});

test('many negotiations on one connection leave nothing behind', async () => {
  const { browser, gate, seen } = await openGate();
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const one = browser();
  for (let times = 0; times < 30; times++) expect(await logOn(one)).toMatchObject({ status: 200 });
  expect(seen.ended).toBe(30);
  expect(gate.health).toMatchObject({ negotiating: 0, connections: 1 });
  await new Promise(setImmediate);
  expect(warned).not.toHaveBeenCalled();
});

test('CONNECT is read again on the same connection, also where both came at once', async () => {
  const { browser } = await openGate({ mode: 'explicit-proxy' });
  const connecting = (text: string) =>
    requestOf('CONNECT a.example:443 HTTP/1.1', `Proxy-Authorization: ${token(text)}`);
  const hasty = browser();
  hasty.send(connecting('one'), connecting('three'));
  expect(await hasty.reply()).toMatchObject({ status: 407 });
  expect(await hasty.reply()).toMatchObject({
    status: 501,
    text: 'let through as CORP\\anna; this gate is no proxy: what you asked for has to be fetched without it',
  });
  await hasty.closed();
});

test('who is refused while it still sends learns why', async () => {
  const { browser } = await openGate();
  const uploading = browser();
  const body = Buffer.alloc(8 * 1024 * 1024);
  uploading.socket.pause();
  uploading.send(requestOf('POST /upload HTTP/1.1', `Content-Length: ${body.length}`));
  // It reads when all is sent, and all is sent because the gate reads it.
  uploading.socket.write(body);
  await once(uploading.socket, 'drain');
  uploading.socket.resume();
  expect(await uploading.reply()).toMatchObject({ status: 401, text: 'say who you are' });
  await uploading.closed();
});

test('who is refused and never ends what it sends is let go', async () => {
  const { browser, clock, gate } = await openGate();
  const endless = browser();
  endless.send(requestOf('POST /upload HTTP/1.1', 'Content-Length: 1000'), 'some');
  expect(await endless.reply()).toMatchObject({ status: 401 });
  clock.advance(5000);
  await endless.closed();
  await vi.waitFor(() => expect(gate.health.connections).toBe(0), patience);
});

test('who asks before it posts is told to only where the connection goes on', async () => {
  const { browser } = await openGate();
  const posting = (...lines: readonly string[]) =>
    requestOf('POST /page HTTP/1.1', 'Content-Length: 4', 'Expect: 100-continue', ...lines);
  const refused = browser();
  refused.send(posting());
  expect(await refused.reply()).toMatchObject({ status: 401 });
  const asked = browser();
  asked.send(posting(typeOne));
  expect(await asked.reply()).toMatchObject({ status: 100 });
  expect(await asked.reply()).toMatchObject({ status: 401 });
  asked.send('body', requestOf(undefined, typeThree));
  expect(await asked.reply()).toMatchObject({ status: 200 });
});

test('one address cannot take all connections, and is told of', async () => {
  const { browser, gate, events } = await openGate();
  const many = Array.from({ length: 100 }, () => browser());
  await vi.waitFor(() => expect(gate.health.connections).toBe(100), patience);
  const oneMore = browser();
  await oneMore.closed();
  expect(gate.health.dropped).toEqual({ 'too-many-connections': 1 });
  expect(events).toEqual([
    expect.objectContaining({ msg: 'datagram dropped', agent: '127.0.0.1', why: 'too-many-connections' }),
  ]);
  const other = browser('127.0.0.2');
  other.send(requestOf());
  expect(await other.reply()).toMatchObject({ status: 401 });
  many[0]?.socket.destroy();
  await vi.waitFor(() => expect(gate.health.connections).toBe(99), patience);
  const again = browser();
  again.send(requestOf());
  expect(await again.reply()).toMatchObject({ status: 401 });
});

test('a browser is known by its connection, and not by what it says of itself', async () => {
  const { browser, judged, seen } = await openGate();
  const forged = ['X-Forwarded-For: 10.0.0.9', 'Forwarded: for=10.0.0.9', 'X-Real-IP: 10.0.0.9'];
  expect(await logOn(browser('127.0.0.7'), ...forged)).toMatchObject({ status: 200 });
  expect(seen.begun).toEqual(['127.0.0.7']);
  expect(judged).toMatchObject([{ address: '127.0.0.7' }]);
  const other = browser();
  other.send(requestOf(undefined, 'X-Forwarded-For: 127.0.0.7'));
  expect(await other.reply()).toMatchObject({ status: 401 });
});

test('who was stopped on the way is sent on to where it wanted to go, once, and nowhere else', async () => {
  const { browser, port } = await openGate();
  const stopped = await logOn(browser('127.0.0.3'), 'Host: www.a.example');
  expect(stopped.head).toMatch(/^refresh: 2; url=http:\/\/www\.a\.example\/page\?a=1$/im);
  expect(stopped.text).toBe('let through as CORP\\anna; on to http://www.a.example/page?a=1');
  const again = browser('127.0.0.3');
  again.send(requestOf(undefined, 'Host: www.a.example'));
  const second = await again.reply();
  expect(second).toMatchObject({ status: 200, text: 'let through as CORP\\anna' });
  expect(second.head).not.toMatch(/refresh/i);
  for (const host of [`gate.example:${port}`, 'a.example@evil.example', 'a.example/../x', 'a b'])
    expect((await logOn(browser('127.0.0.4'), `Host: ${host}`)).head).not.toMatch(/refresh/i);
});

test('an IPv6 gate is told of in brackets', async () => {
  const { gate, port } = await openGate({ listen: '::1' });
  expect(gate.health.address).toBe(`[::1]:${port}`);
});
