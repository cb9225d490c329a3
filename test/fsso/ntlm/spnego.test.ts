import { describe, expect, test } from 'vitest';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { ntHash } from '../../../src/fsso/ntlm/proof.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import {
  decodeSpnego,
  encodeSpnegoInit,
  encodeSpnegoResponse,
  mechanisms,
} from '../../../src/fsso/ntlm/spnego.ts';
import { SpnegoClient } from '../../../src/fsso/ntlm/spnego-client.ts';
import { SpnegoServer, spnegoOffer } from '../../../src/fsso/ntlm/spnego-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock(Date.UTC(2026, 10, 22));
const credentials = { user: 'anna', domain: 'CORP', password: 'a password' };
const ntlmServer = (): NtlmServer => new NtlmServer({ clock, names: { domain: 'CORP', computer: 'DC1' } });
const hashOf = (user: string): Buffer | null => (user === 'anna' ? ntHash('a password') : null);

function refusal(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('SPNEGO', () => {
  test('carries a negotiation to its end, and both sides check the list of mechanisms', () => {
    const client = new SpnegoClient(new NtlmClient(credentials, { clock }));
    const server = new SpnegoServer(ntlmServer(), hashOf);
    const challenge = server.next(client.first());
    expect(challenge.accepted).toBeNull();
    const step = client.next(challenge.token);
    expect(step).toMatchObject({ done: false });
    const last = server.next(step.token);
    expect(last.accepted?.user).toBe('anna');
    expect(client.next(last.token)).toMatchObject({ done: true, micChecked: true });
    expect(client.answer.sessionKey).toEqual(last.accepted?.sessionKey);
    // The key streams begin again behind the signatures of SPNEGO, on both sides.
    const text = Buffer.from('first message');
    last.accepted?.security.verify(text, client.answer.security.sign(text));
  });

  test('takes bare NTLM, and asks for NTLM where another mechanism is preferred', () => {
    const bare = new NtlmClient(credentials, { clock });
    const server = new SpnegoServer(ntlmServer(), hashOf);
    const { message } = bare.authenticate(server.next(bare.negotiate()).token);
    expect(server.next(message).accepted?.user).toBe('anna');

    const ours = new NtlmClient(credentials, { clock });
    const other = new SpnegoServer(ntlmServer(), hashOf);
    const wanted = other.next(
      encodeSpnegoInit([mechanisms.kerberos, mechanisms.ntlm], Buffer.from('a ticket')),
    );
    expect(decodeSpnego(wanted.token)).toMatchObject({ mechanism: mechanisms.ntlm, token: null });
    const respond = (token: Buffer): Buffer =>
      encodeSpnegoResponse({ state: null, mechanism: null, token, mic: null });
    const challenge = decodeSpnego(other.next(respond(ours.negotiate())).token).token as Buffer;
    expect(other.next(respond(ours.authenticate(challenge).message)).accepted?.user).toBe('anna');
  });

  test('ends where the server refuses, chooses what was not offered, or signed another list', () => {
    const began = (): SpnegoClient => {
      const client = new SpnegoClient(new NtlmClient(credentials, { clock }));
      client.first();
      return client;
    };
    const response = { state: null, mechanism: null, token: null, mic: null };
    const to = (over: Partial<typeof response> | object): unknown =>
      refusal(() => began().next(encodeSpnegoResponse({ ...response, ...over })));
    expect(to({ state: 2 })).toMatchObject({ reason: 'not-supported' });
    expect(to({ mechanism: mechanisms.kerberos })).toMatchObject({ reason: 'not-supported' });
    expect(to({})).toMatchObject({ reason: 'malformed' });
    expect(refusal(() => began().next(spnegoOffer()))).toMatchObject({ reason: 'malformed' });
    const client = new SpnegoClient(new NtlmClient(credentials, { clock }));
    const server = new SpnegoServer(ntlmServer(), hashOf);
    client.next(server.next(client.first()).token);
    const wrong = encodeSpnegoResponse({ ...response, state: 0, mic: Buffer.alloc(16, 1) });
    expect(refusal(() => client.next(wrong))).toMatchObject({ reason: 'wrong-signature' });
  });

  test('writes lengths in their shortest form, as DER has it', () => {
    for (const [length, form] of [
      [100, '6'],
      [0x80, '81'],
      [0x100, '8201'],
      [0x1000, '8210'],
      [0x10000, '830100'],
    ] as const) {
      const token = encodeSpnegoResponse({
        state: null,
        mechanism: null,
        token: Buffer.alloc(length),
        mic: null,
      });
      // Of the token itself, behind its kind: the outer ones are a few bytes longer.
      const at = token.length - length;
      const hex = token.subarray(0, at).toString('hex');
      expect(hex.slice(hex.lastIndexOf('04') + 2), String(length)).toMatch(new RegExp(`^${form}`));
      if (length < 0x10000) expect(decodeSpnego(token)).toMatchObject({ token: Buffer.alloc(length) });
    }
  });

  test('refuses a client that offers no NTLM', () => {
    const server = new SpnegoServer(ntlmServer(), hashOf);
    const init = encodeSpnegoInit([mechanisms.kerberos], Buffer.alloc(3));
    expect(refusal(() => server.next(init))).toMatchObject({ reason: 'not-supported' });
  });
});
