import { spawn } from 'node:child_process';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { WindowsFeed } from '../../src/fsso/collector/feeds/windows/windows-feed.ts';
import { feedContext } from '../support/feed-context.ts';
import { OpensslCa } from '../support/openssl-ca.ts';
import { ticket } from '../support/windows-event.ts';

// curl posts events, over TLS with a certificate of its own and without.

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Events');
const server = openssl.issue({
  subject: '/CN=collector',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});
const client = openssl.issue({ subject: '/CN=WEC01', issuer: authority });
const stranger = openssl.issue({ subject: '/CN=Eve', issuer: openssl.authority('/CN=Somebody') });

async function running() {
  const all = feedContext();
  const { certificate, key } = server;
  const feed = new WindowsFeed(
    {
      ids: [4768],
      domain: 'CORP',
      exchange: [],
      folder: null,
      posts: {
        ...{ listen: '127.0.0.1', port: 0, secret: null },
        tls: { certificate, key, ca: authority.certificate },
      },
    },
    all.context,
  );
  const [listening] = await feed.start();
  onTestFinished(() => feed.stop());
  const curl = (user: string, more: string[]) =>
    new Promise<string>((done, failed) => {
      const child = spawn(
        'curl',
        [
          ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', authority.certificateFile, ...more],
          ...['--data-binary', ticket(user, '10.0.0.7'), `https://127.0.0.1:${listening?.port}/`],
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.on('error', failed);
      child.on('close', () => done(text));
    });
  return { ...all, feed, curl };
}

test('curl posts an event with its certificate, and none without one or with one of another authority', async () => {
  const { curl, order, feed } = await running();
  expect(await curl('anna', ['--cert', client.certificateFile, '--key', client.keyFile])).toBe('204');
  expect(await curl('eve', [])).toBe('000');
  expect(await curl('eve', ['--cert', stranger.certificateFile, '--key', stranger.keyFile])).toBe('000');
  expect(order).toEqual(['+anna@10.0.0.7']);
  expect(feed.health.sources).toMatchObject([{ address: 'DC01.corp.example', logons: 1 }]);
});
