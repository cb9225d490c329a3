import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { radiusAttribute } from '../../src/fsso/collector/feeds/radius/attributes.ts';
import { encodeAccountingRequest } from '../../src/fsso/collector/feeds/radius/packet.ts';
import { RadiusFeed } from '../../src/fsso/collector/feeds/radius/radius-feed.ts';
import { noRateLimit } from '../../src/fsso/collector/feeds/token-bucket.ts';
import { feedContext } from '../support/feed-context.ts';
import { runTool } from './tool.ts';

// A client that nobody here wrote, radclient of FreeRADIUS, and Wireshark's dissector for what we answer.

const secret = 'a secret, with spaces';

function made(port = 0) {
  const all = feedContext();
  const feed = new RadiusFeed(
    {
      listen: '127.0.0.1',
      port,
      clients: [
        {
          name: 'wifi',
          addresses: ['127.0.0.1'],
          secret,
          userType: 'external',
          groupAttribute: 'fortinet-group-name',
          domain: 'CORP',
        },
      ],
      rate: noRateLimit,
    },
    all.context,
  );
  return { ...all, feed };
}

/** What radclient says; the collector runs in this process, so nothing may wait for it here. */
async function radclient(
  port: number,
  request: string,
  password = secret,
): Promise<{ status: number | null; text: string }> {
  const child = spawn(
    'radclient',
    ['-x', '-r', '1', '-t', password === secret ? '10' : '1', `127.0.0.1:${port}`, 'acct', password],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const status = new Promise<number | null>((done, failed) => {
    child.on('error', (error) => failed(new Error(`${error.message}: apt-get install freeradius-utils`)));
    child.on('close', done);
  });
  child.stdin.end(request);
  return { status: await status, text };
}

async function running() {
  const all = made();
  const [listening] = await all.feed.start();
  onTestFinished(() => all.feed.stop());
  return { ...all, port: listening?.port ?? 0 };
}

test('radclient starts, confirms and ends a session, and believes each of our answers', async () => {
  const { port, order, logons, feed } = await running();
  const send = async (status: string, more = '') => {
    const answer = await radclient(
      port,
      `Acct-Status-Type = ${status}
User-Name = "CORP\\\\jürgen"
Acct-Session-Id = "0000A1"
NAS-IP-Address = 192.0.2.1
Framed-IP-Address = 10.0.0.7
${more}`,
    );
    expect(answer.text).toContain('Received Accounting-Response');
    expect(answer.status, answer.text).toBe(0);
  };
  await send(
    'Start',
    'Fortinet-Group-Name = "staff"\nFortinet-Group-Name += "sales"\nFramed-IPv6-Address = 2001:db8::7\n',
  );
  await send('Interim-Update', 'Acct-Session-Time = 600\n');
  await send('Stop', 'Proxy-State = 0x0102\n');
  expect(order).toEqual(['+jürgen@10.0.0.7', '+jürgen@10.0.0.7', '-jürgen@10.0.0.7']);
  expect(logons[0]).toMatchObject({ domain: 'CORP', groups: ['staff', 'sales'], ip6: '2001:db8::7' });
  expect(feed.health.sources).toMatchObject([{ address: '127.0.0.1', domain: '192.0.2.1', bad: 0 }]);
});

test('radclient gets no answer with another secret', async () => {
  const { port, order, feed } = await running();
  const child = radclient(
    port,
    'Acct-Status-Type = Start\nUser-Name = "eve"\nFramed-IP-Address = 10.0.0.7\n',
    'guess',
  );
  const answer = await child;
  expect(answer.text).toContain('No reply');
  expect(answer.status).toBe(1);
  expect(order).toEqual([]);
  expect(feed.health.dropped).toEqual({ 'bad-authenticator': 1 });
}, 20_000);

test('Wireshark finds the authenticator of our answer valid', () => {
  const { feed } = made();
  const { status, userName, framedAddress } = radiusAttribute;
  const request = encodeAccountingRequest(
    42,
    [status(1), userName('anna'), framedAddress('10.0.0.7'), { type: 33, value: Buffer.from('proxy') }],
    secret,
  );
  const answer = feed.answer(request, '127.0.0.1', 40_000) as Buffer;
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-radius-'));
  try {
    const dump = join(directory, 'hex');
    const capture = join(directory, 'capture');
    const hex = (bytes: Buffer) => `000000 ${bytes.toString('hex').replace(/../g, '$& ')}\n`;
    writeFileSync(dump, `I\n${hex(request)}O\n${hex(answer)}`);
    runTool(
      'text2pcap',
      ['-q', '-D', '-4', '127.0.0.1,127.0.0.2', '-u', '40000,1813', dump, capture],
      'tshark',
    );
    const fields = [
      'radius.code',
      'radius.id',
      'radius.authenticator.valid',
      '_ws.malformed',
      'radius.Proxy_State',
    ];
    const output = runTool(
      'tshark',
      [
        ...[
          '-r',
          capture,
          '-o',
          `radius.shared_secret:${secret}`,
          '-o',
          'radius.validate_authenticator:TRUE',
        ],
        ...['-T', 'fields', '-E', 'separator=/t', ...fields.flatMap((field) => ['-e', field])],
      ],
      'tshark',
    ).toString();
    const cells = output
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 4));
    expect(cells).toEqual([
      // Requests are checked by later releases only, and by radclient's success above.
      ['4', '42', expect.stringMatching(/^(1|True|)$/), ''],
      ['5', '42', expect.stringMatching(/^(1|True)$/), ''],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
