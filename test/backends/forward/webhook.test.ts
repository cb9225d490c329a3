import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { ForwardItem } from '../../../src/backends/forward/item.ts';
import { retryAfter, webhookChannel } from '../../../src/backends/forward/webhook-channel.ts';
import { systemClock } from '../../../src/clock.ts';
import { Authority } from '../../../src/lab/authority.ts';

const authority = Authority.create('Webhook CA', Date.now());

/** An HTTPS server that answers each POST as told. */
async function server(
  answer: { status: number; headers?: Record<string, string>; silent?: boolean },
  name = '127.0.0.1',
) {
  const ca = await authority;
  const { certificate, key } = await ca.issue({
    commonName: name,
    organizationalUnit: 'Test',
    altNames: [name === '127.0.0.1' ? { ip: name } : { dns: name }],
  });
  const requests: { method: string; headers: NodeJS.Dict<string | string[]>; body: unknown }[] = [];
  const listening = createServer({ cert: certificate, key }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ method: request.method ?? '', headers: request.headers, body: JSON.parse(body) });
      if (!answer.silent) response.writeHead(answer.status, answer.headers).end('ignored');
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const channel = (given: { callTimeoutMs?: number; ca?: string | null } = {}) =>
    webhookChannel(
      {
        url: new URL(`https://127.0.0.1:${port}/hook?x=1`),
        headers: { Authorization: 'Bearer s3cret' },
        batch: 100,
        callTimeoutMs: given.callTimeoutMs ?? 30_000,
        ca: given.ca === undefined ? ca.certificate : given.ca,
        hostname: 'gate',
        version: '0.1.0',
      },
      systemClock,
    );
  return {
    requests,
    channel,
    async [Symbol.asyncDispose]() {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

const item: ForwardItem = {
  number: 3,
  event: {
    time: Date.UTC(2026, 0, 15, 9),
    level: 'error',
    source: 'alerts',
    logId: null,
    text: 'corp-down: corp has no link',
    alert: { rule: 'corp-down', subject: 'corp', state: 'firing', since: 0 },
  },
};

test('lines are one POST of JSON with the secret in its header', async () => {
  await using receiver = await server({ status: 204 });
  expect(await receiver.channel().deliver([item])).toEqual({ ok: true });
  expect(receiver.requests).toEqual([
    {
      method: 'POST',
      headers: expect.objectContaining({
        authorization: 'Bearer s3cret',
        'content-type': 'application/json',
      }),
      body: {
        source: 'fabrictop',
        version: '0.1.0',
        host: 'gate',
        items: [
          {
            number: 3,
            time: '2026-01-15T09:00:00.000Z',
            level: 'error',
            source: 'alerts',
            logId: null,
            text: 'corp-down: corp has no link',
            fields: {},
            alert: { rule: 'corp-down', subject: 'corp', state: 'firing', since: 0 },
          },
        ],
      },
    },
  ]);
});

test.each([
  [503, { 'retry-after': '7' }, { ok: false, drop: false, reason: 'HTTP status 503', retryAfterMs: 7000 }],
  [429, {}, { ok: false, drop: false, reason: 'HTTP status 429', retryAfterMs: null }],
  [400, {}, { ok: false, drop: true, reason: expect.stringMatching(/^HTTP status 400/) }],
  [
    302,
    { location: 'https://127.0.0.1:1/' },
    { ok: false, drop: true, reason: expect.stringMatching(/302/) },
  ],
])('status %s is told from the others', async (status, headers, delivery) => {
  await using receiver = await server({ status, headers: headers as Record<string, string> });
  expect(await receiver.channel().deliver([item])).toEqual(delivery);
});

test('a certificate of an unknown authority, or of another name, gets nothing', async () => {
  await using receiver = await server({ status: 200 });
  await using other = await server({ status: 200 }, 'other.example');
  expect(await receiver.channel({ ca: null }).deliver([item])).toMatchObject({ ok: false, drop: false });
  expect(await other.channel().deliver([item])).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID/),
  });
  expect([...receiver.requests, ...other.requests]).toEqual([]);
});

test('a receiver that does not answer costs no more than its time', async () => {
  await using receiver = await server({ status: 200, silent: true });
  expect(await receiver.channel({ callTimeoutMs: 200 }).deliver([item])).toMatchObject({
    ok: false,
    drop: false,
    reason: 'no answer within 0.2 s',
  });
});

test('closing gives up what is under way', async () => {
  await using receiver = await server({ status: 200, silent: true });
  const channel = receiver.channel();
  const delivery = channel.deliver([item]);
  await channel.close();
  expect(await delivery).toMatchObject({ ok: false, drop: false });
});

test.each([
  ['120', 120_000],
  ['Thu, 15 Jan 2026 09:01:00 GMT', 60_000],
  ['Thu, 15 Jan 2026 08:00:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After %s is %s ms', (value, ms) => {
  expect(retryAfter(value, Date.UTC(2026, 0, 15, 9))).toBe(ms);
});
