import { Agent, request } from 'node:https';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Admitted } from '../../../../src/fsso/collector/ntlm/admitted.ts';
import { Gate } from '../../../../src/fsso/collector/ntlm/gate.ts';
import type { GateMode } from '../../../../src/fsso/collector/ntlm/gate-replies.ts';
import { type NtlmVerdict, ownVerdict } from '../../../../src/fsso/collector/ntlm/service.ts';
import { channelBindings } from '../../../../src/fsso/ntlm/channel-bindings.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../../../src/fsso/ntlm/server.ts';
import { feedContext } from '../../../support/feed-context.ts';
import { OpensslCa } from '../../../support/openssl-ca.ts';

const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Gates');
const extensions: [string, string][] = [['subjectAltName', 'DNS:gate.example']];
const own = openssl.issue({ subject: '/CN=gate', issuer: authority, extensions });
const between = openssl.issue({ subject: '/CN=gate', issuer: authority, extensions });

/** A gate over HTTPS before somebody who finds right whatever he is asked about. */
async function openGate(mode: GateMode = 'transparent') {
  const { context, clock, events } = feedContext();
  const judged: NtlmVerdict[] = [];
  let asked = 0;
  const gate = new Gate(
    {
      ...{ mode, listen: '127.0.0.1', port: 0, enabledBrowsers: [], guests: false, groups: [] },
      ...{ answerWithinMs: 30_000, identity: { certificate: own.certificate, key: own.key } },
    },
    {
      ...context,
      admitted: new Admitted(clock, 60_000, 100),
      judged: (_address, verdict) => judged.push(verdict),
      verifier: {
        begin: () => {
          const server = new NtlmServer({ clock, names: { domain: 'CORP', computer: 'GATE' } });
          return {
            challenge: async (negotiate) => server.challenge(negotiate),
            answer: async (authenticate) => {
              asked += 1;
              const { user, domain } = server.read(authenticate);
              return ownVerdict('ok', { user, domain });
            },
            end: () => {},
          };
        },
      },
    },
  );
  const { port } = await gate.open();
  onTestFinished(() => gate.close());
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.certificate });
  onTestFinished(() => agent.destroy());
  const get = (authorization: Buffer) =>
    new Promise<{ status: number; challenge: Buffer; text: string; refresh: unknown }>((done, failed) => {
      const headers = { host: 'gate.example', authorization: `NTLM ${authorization.toString('base64')}` };
      request({ host: '127.0.0.1', port, path: '/page', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        const challenge = String(response.headers['www-authenticate'] ?? '').slice('NTLM '.length);
        response.once('end', () =>
          done({
            ...{ status: response.statusCode ?? 0, text: text.trim(), refresh: response.headers['refresh'] },
            challenge: Buffer.from(challenge, 'base64'),
          }),
        );
      })
        .once('error', failed)
        .end();
    });
  const logOn = async (bindings: Buffer | null) => {
    const client = new NtlmClient(
      { user: 'anna', domain: 'CORP', password: 'x' },
      { clock, ...(bindings && { channelBindings: bindings }) },
    );
    const { challenge } = await get(client.negotiate());
    return await get(client.authenticate(challenge).message);
  };
  return { gate, port, events, judged, logOn, asked: () => asked };
}

test('a gate over HTTPS takes an answer that is tied to its certificate, and one that is tied to nothing', async () => {
  const { logOn, asked } = await openGate();
  const through = { status: 200, text: 'let through as CORP\\anna', refresh: undefined };
  expect(await logOn(channelBindings(own.der))).toMatchObject(through);
  expect(await logOn(null)).toMatchObject(through);
  expect(asked()).toBe(2);
});

test('an answer that was given to somebody between is refused, and nobody is asked about it', async () => {
  const { logOn, asked, judged } = await openGate();
  expect(await logOn(channelBindings(between.der))).toMatchObject({
    status: 403,
    text: 'the answer is meant for another TLS connection than that with us',
  });
  expect(asked()).toBe(0);
  expect(judged).toEqual([expect.objectContaining({ kind: 'relayed', user: 'anna', domain: 'CORP' })]);
});

test('a certificate that cannot be used is told of before anything is opened', () => {
  const { context, clock } = feedContext();
  const identity = { certificate: own.certificate, key: between.key };
  const options = {
    mode: 'transparent',
    listen: '127.0.0.1',
    port: 0,
    enabledBrowsers: [],
    groups: [],
  } as const;
  const verifier = { begin: () => expect.fail('nobody is asked') };
  const admitted = new Admitted(clock, 1, 1);
  expect(
    () =>
      new Gate(
        { ...options, guests: false, answerWithinMs: 1, identity },
        { ...context, verifier, admitted, judged: () => {} },
      ),
  ).toThrow(/certificates cannot be used for NTLM gate/);
});
