import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WindowsFeed } from '../../../../../src/fsso/collector/feeds/windows/windows-feed.ts';
import { feedContext } from '../../../../support/feed-context.ts';
import { ticket } from '../../../../support/windows-event.ts';

const secret = 'events secret';

async function running() {
  const all = feedContext();
  const feed = new WindowsFeed(
    {
      ids: [4768],
      domain: 'CORP',
      exchange: [],
      folder: null,
      posts: { listen: '127.0.0.1', port: 0, secret, tls: null },
    },
    all.context,
  );
  const [listening] = await feed.start();
  onTestFinished(() => feed.stop());
  const port = listening?.port ?? 0;
  const post = (body: string | Buffer, authorization = `Bearer ${secret}`, method = 'POST') =>
    fetch(`http://127.0.0.1:${port}/`, {
      method,
      headers: { authorization },
      ...(method === 'POST' && { body }),
    }).then((response) => response.status);
  return { ...all, feed, post, port };
}

test('events that are posted with the secret are taken', async () => {
  const { post, order } = await running();
  expect(await post(`<Events>${ticket('anna', '10.0.0.1')}${ticket('bert', '10.0.0.2')}</Events>`)).toBe(204);
  const utf16 = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from(ticket('jürgen', '10.0.0.3'), 'utf16le'),
  ]);
  expect(await post(utf16)).toBe(204);
  expect(order).toEqual(['+anna@10.0.0.1', '+bert@10.0.0.2', '+jürgen@10.0.0.3']);
});

test('without the secret nothing is taken, and each refusal is counted', async () => {
  const { post, order, feed } = await running();
  for (const wrong of ['', 'Bearer', 'Bearer guess', `Basic ${secret}`, `Bearer ${secret} `.repeat(2)])
    expect(await post(ticket('eve', '10.0.0.1'), wrong), wrong).toBe(401);
  expect(await post('', undefined, 'GET')).toBe(405);
  expect(order).toEqual([]);
  expect(feed.health.dropped).toEqual({ 'bad-authenticator': 5 });
});

test('a body that is too long is refused, whether it says so or not', async () => {
  const { post, feed, port } = await running();
  expect(await post('x'.repeat(2 * 1024 * 1024 + 1))).toBe(413);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const answer = new Promise<string>((done) => socket.once('data', (data) => done(String(data))));
  socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
  for (let count = 0; count < 5; count++) socket.write(chunk);
  expect(await answer).toContain('413');
  socket.destroy();
  expect(feed.health.dropped).toEqual({ 'too-long': 2 });
});
