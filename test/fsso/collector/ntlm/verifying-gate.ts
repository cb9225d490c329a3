import { onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import type { Feed } from '../../../../src/fsso/collector/feeds/feed.ts';
import type { GateOptions } from '../../../../src/fsso/collector/ntlm/gate.ts';
import { type NtlmFeedOptions, ntlmFeed } from '../../../../src/fsso/collector/ntlm/ntlm-feed.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { NetlogonServer } from '../../../../src/lab/windows/netlogon/server.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { RawBrowser, type RawReply, requestOf } from './raw-browser.ts';

const users = {
  anna: { password: 'right', groups: [513, 1105, 1106] },
  ben: { password: 'right', status: 0xc0000072 },
  cleo: { password: 'right', status: 0xc0000234 },
  WS01$: { password: 'right' },
};
/** A domain controller that gives verdicts, and its port. */
export async function controllerOf(
  domain: string,
  password = 'machine secret',
): Promise<[NetlogonServer, number]> {
  const groupNames = { 513: 'Domain Users', 1105: 'Engineering' };
  const server = new NetlogonServer({ domain, computer: 'COLLECTOR', password, users, groupNames });
  onTestFinished(() => server.stop());
  return [server, await server.start()];
}

/** A port of a domain controller that is gone. */
export async function gonePortOf(domain: string): Promise<number> {
  const server = new NetlogonServer({ domain, computer: 'COLLECTOR', password: '', users: {} });
  const port = await server.start();
  await server.stop();
  return port;
}

export const domainOf = (domain: string, ports: readonly number[]) => ({
  account: { account: 'COLLECTOR$', domain, password: 'machine secret' },
  dnsName: `${domain.toLowerCase()}.example`,
  controllers: ports.map((port) => ({ host: '127.0.0.1', port, mapperPort: port })),
});

/** A feed with one gate, and what it reports. */
export async function feedWith(
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
  onTestFinished(() => feed.stop());
  const [listening] = await feed.start();
  return { ...made, feed, port: listening?.port as number };
}

/** A browser that knows NTLM. */
export class Browser extends RawBrowser {
  /** The reply to a request with these lines in its head. */
  get(lines: readonly string[] = [], first = 'GET /page HTTP/1.1'): Promise<RawReply> {
    this.send(requestOf(first, ...lines));
    return this.reply();
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
