import { describe, expect, test } from 'vitest';
import { NtlmService, type NtlmVerdict } from '../../../../src/fsso/collector/ntlm/service.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { checkAnswer, ntHash, readAnswer, responseKey } from '../../../../src/fsso/ntlm/proof.ts';
import type {
  NetworkLogon,
  SamLogonReply,
  ValidatedUser,
} from '../../../../src/fsso/rpc/interfaces/netlogon.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const clock = new ManualClock(Date.UTC(2026, 10, 22));

const anna: ValidatedUser = {
  ...{ user: 'anna', domain: 'CORP', dnsDomain: 'corp.example', fullName: '', principal: '' },
  ...{ sid: 'S-1-5-21-1-2-3-1104', groups: [], sessionKey: Buffer.alloc(16), isGuest: false },
};

/** What a client hears, and what the domain controller was asked: it says yes to every right answer, and of whom is up to the test. */
async function verified(
  credentials: { user: string; domain?: string; password?: string },
  found: Partial<ValidatedUser> = {},
  knownPassword = 'right',
): Promise<{ verdict: NtlmVerdict; asked: NetworkLogon[] }> {
  const asked: NetworkLogon[] = [];
  const verify = async (logon: NetworkLogon): Promise<SamLogonReply> => {
    asked.push(logon);
    const key = responseKey(ntHash(knownPassword), logon.user, logon.domain);
    const sessionKey = checkAnswer(key, logon.challenge, readAnswer(logon.nt)) ?? Buffer.alloc(16);
    return { status: 0, user: { ...anna, sessionKey, ...found } };
  };
  const service = new NtlmService({
    clock,
    domains: { verify, groupsOf: async () => [], health: [] },
    names: { domain: 'CORP', computer: 'COLLECTOR' },
    mostWaiting: 1,
  });
  const client = new NtlmClient({ domain: 'CORP', password: 'right', ...credentials }, { clock });
  const negotiation = service.begin({ address: '10.0.0.1', wantsGroups: false });
  const challenge = await negotiation.challenge(client.negotiate());
  const verdict = await negotiation.answer(client.authenticate(challenge as Buffer).message);
  return { verdict, asked };
}

describe('the NTLM service', () => {
  test('says who it is as the directory writes it', async () => {
    const { verdict } = await verified({ user: 'ANNA@corp.example', domain: '' });
    expect(verdict).toMatchObject({ kind: 'ok', user: 'anna', domain: 'CORP', status: 'STATUS_SUCCESS' });
  });

  test.each([
    [{ user: 'WS01$' }, 'not-a-user'],
    [{ user: 'ws01$ ' }, 'not-a-user'],
    [{ user: 'WS01$@corp.example', domain: '' }, 'not-a-user'],
    [{ user: '' }, 'anonymous'],
    [{ user: '', domain: '' }, 'anonymous'],
    [{ user: ' @corp.example', domain: '' }, 'anonymous'],
  ])('asks nobody about %j: %s', async (credentials, kind) => {
    const { verdict, asked } = await verified(credentials);
    expect(verdict).toMatchObject({ kind, status: null });
    expect(asked).toEqual([]);
  });

  test('lets no machine in under another name of it', async () => {
    const { verdict } = await verified({ user: 'host/ws01.corp.example' }, { user: 'WS01$' });
    expect(verdict).toMatchObject({ kind: 'not-a-user', user: 'WS01$', groups: [] });
  });

  test('calls a guest a guest, whose password nobody knows', async () => {
    const { verdict } = await verified({ user: 'stranger' }, { user: 'Guest', isGuest: true }, 'another');
    expect(verdict).toMatchObject({ kind: 'guest', user: 'Guest' });
  });

  test('believes no answer whose messages were changed on their way', async () => {
    const { verdict } = await verified({ user: 'anna' }, { sessionKey: Buffer.alloc(16, 1) });
    expect(verdict).toMatchObject({ kind: 'changed-on-the-way', user: 'anna', groups: [] });
  });

  test('passes on no answer but that of the second version', async () => {
    const { asked } = await verified({ user: 'anna' });
    expect(asked.map(({ lm }) => lm)).toEqual([Buffer.alloc(24)]);
    expect(asked[0]?.nt.length).toBeGreaterThan(44);
  });
});
