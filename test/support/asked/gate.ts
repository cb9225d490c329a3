import { Agent, request } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import { ntlmFeed } from '../../../src/fsso/collector/ntlm/ntlm-feed.ts';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';
import { FaultRelay } from '../fault-relay.ts';
import { feedContext } from '../feed-context.ts';
import { ManualClock } from '../manual-clock.ts';
import { answerMs, connectMs, people, type Subject } from './subject.ts';

/** A browser at a gate of the collector, behind which a domain controller gives verdicts. */
export async function gate(): Promise<Subject> {
  const machine = new NetlogonServer({
    ...{ domain: 'CORP', computer: 'COLLECTOR', password: 'machine', users: people },
  });
  const controller = await machine.start();
  const all = feedContext();
  const feed = ntlmFeed({
    domains: [
      {
        account: { account: 'COLLECTOR$', domain: 'CORP', password: 'machine' },
        dnsName: 'corp.example',
        controllers: [{ host: '127.0.0.1', port: controller, mapperPort: controller }],
      },
    ],
    gates: [
      {
        ...{ mode: 'transparent', listen: '127.0.0.1', port: 0, enabledBrowsers: [], guests: false },
        ...{ groups: [], answerWithinMs: 30_000, identity: null },
      },
    ],
    ...{ gateLink: null, admittedMs: 1, timeoutMs: answerMs, connectTimeoutMs: connectMs, parallel: 2 },
    ...{ mostWaiting: 10, bringsGroups: false },
  })(all.context);
  const [listening] = await feed.start();
  const relay = await FaultRelay.start({ port: listening?.port ?? 0, oversize: endlessBody });
  // Its own, as a browser has: nothing of ours is to be left in the end.
  const agents = new Set<Agent>();
  onTestFinished(async () => {
    await feed.stop();
    await machine.stop();
    // The ends of its connections come a turn later.
    await relay.quiet();
    expect(all.clock.waiting).toBe(0);
  });
  const clock = new ManualClock();
  return {
    ...{ relay, clock, asked: machine.asked },
    pass: (ms) => {
      clock.advance(ms);
      all.clock.advance(ms);
      // Nobody waits for ever in front of a browser.
      for (const agent of agents) agent.destroy();
    },
    ask: async (user) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agents.add(agent);
      try {
        const client = new NtlmClient({ user, domain: 'CORP', password: 'right' }, { clock });
        const challenged = await get(relay.port, agent, client.negotiate());
        if (challenged.status !== 401) throw new Error(`status ${challenged.status}`);
        const { message } = client.authenticate(Buffer.from(challenged.challenge, 'base64'));
        const { status, text } = await get(relay.port, agent, message);
        if (status !== 200) throw new Error(`status ${status}`);
        return /^let through as CORP\\(\w+)\b/.exec(text)?.[1] ?? text;
      } finally {
        agent.destroy();
        agents.delete(agent);
      }
    },
    close: () => {},
  };
}

function get(port: number, agent: Agent, message: Buffer) {
  return new Promise<{ status: number; challenge: string; text: string }>((done, failed) => {
    const headers = { authorization: `NTLM ${message.toString('base64')}` };
    request({ host: '127.0.0.1', port, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      const challenge = String(response.headers['www-authenticate'] ?? '').slice('NTLM '.length);
      response.on('error', failed);
      response.once('end', () => done({ status: response.statusCode ?? 0, challenge, text }));
    })
      .on('error', failed)
      .end();
  });
}

const endlessBody = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(/(content-length: )\d+/i, '$1999999999'), 'latin1');
