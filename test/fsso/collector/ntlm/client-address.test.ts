import { expect, onTestFinished, test, vi } from 'vitest';
import { ntlmFeed } from '../../../../src/fsso/collector/ntlm/ntlm-feed.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { NetlogonServer } from '../../../../src/lab/windows/netlogon/server.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { RawBrowser, requestOf } from './raw-browser.ts';

/** The logon of somebody who is verified at a gate of this address, and says that it comes from PC-BOSS. */
async function logonAt(address: string) {
  const { context, clock, logons } = feedContext();
  const server = new NetlogonServer({
    ...{ domain: 'CORP', computer: 'COLLECTOR', password: 'machine' },
    users: { anna: { password: 'right' } },
  });
  const controller = await server.start();
  const feed = ntlmFeed({
    domains: [
      {
        account: { account: 'COLLECTOR$', domain: 'CORP', password: 'machine' },
        dnsName: '',
        controllers: [{ host: '127.0.0.1', port: controller, mapperPort: controller }],
      },
    ],
    gates: [
      {
        ...{ mode: 'transparent', listen: address, port: 0, enabledBrowsers: [], guests: false, groups: [] },
        ...{ answerWithinMs: 30_000, identity: null },
      },
    ],
    ...{ gateLink: null, admittedMs: 1, timeoutMs: 10_000, connectTimeoutMs: 3000, parallel: 1 },
    ...{ mostWaiting: 10, bringsGroups: false },
  })(context);
  const [listening] = await feed.start();
  const browser = new RawBrowser(listening?.port ?? 0, address);
  onTestFinished(async () => {
    browser.socket.destroy();
    await feed.stop();
    await server.stop();
  });
  const who = { user: 'anna', domain: 'CORP', password: 'right', workstation: 'PC-BOSS' };
  const client = new NtlmClient(who, { clock });
  const send = async (message: Buffer) => {
    browser.send(requestOf(undefined, `Authorization: NTLM ${message.toString('base64')}`));
    return await browser.reply();
  };
  const asked = await send(client.negotiate());
  const challenge = /-authenticate: NTLM (\S+)/i.exec(asked.head)?.[1] ?? '';
  expect(await send(client.authenticate(Buffer.from(challenge, 'base64')).message)).toMatchObject({
    status: 200,
  });
  await vi.waitFor(() => expect(logons).toHaveLength(1), { timeout: 10_000, interval: 5 });
  return logons[0];
}

test('a client over IPv4 is where its connection came from, with the workstation that it named', async () => {
  expect(await logonAt('127.0.0.1')).toMatchObject({ ip: '127.0.0.1', ip6: null, workstation: 'PC-BOSS' });
});

test('a client over IPv6 is not put where the workstation is that it named', async () => {
  expect(await logonAt('::1')).toMatchObject({ ip: null, ip6: '::1', workstation: '' });
});
