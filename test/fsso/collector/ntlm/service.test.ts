import { describe, expect, test } from 'vitest';
import { NtlmService, type NtlmVerdict } from '../../../../src/fsso/collector/ntlm/service.ts';
import { avIds, avText } from '../../../../src/fsso/ntlm/av-pairs.ts';
import { NtlmClient } from '../../../../src/fsso/ntlm/client.ts';
import { ntlmFlags } from '../../../../src/fsso/ntlm/flags.ts';
import { decodeChallenge } from '../../../../src/fsso/ntlm/messages.ts';
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
    domains: {
      ...{ verify, groupsOf: async () => [], health: [] },
      namesFor: () => ({ domain: 'CORP', computer: 'COLLECTOR' }),
    },
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

describe('the name of a challenge', () => {
  const namesOf = { CORP: 'COLLECTOR', LAB: 'FSSO' } as const;
  /** Of two domains, each of which refuses answers to a challenge in another name, as Samba does. */
  const serviceOf = () =>
    new NtlmService({
      clock,
      domains: {
        groupsOf: async () => [],
        health: [],
        namesFor: ({ domain }) => {
          const due = domain === 'LAB' ? 'LAB' : 'CORP';
          return { domain: due, computer: namesOf[due] };
        },
        verify: async ({ domain, user, challenge, nt }) => {
          const answer = readAnswer(nt);
          const isDue = avText(answer.facts, avIds.domainName) === domain;
          const key = responseKey(ntHash('right'), user, domain);
          const sessionKey = checkAnswer(key, challenge, answer);
          if (!isDue) return { status: 0xc000006d, user: null };
          if (sessionKey === null) return { status: 0xc000006d, user: null };
          return { status: 0, user: { ...anna, domain, sessionKey } };
        },
      },
      mostWaiting: 1,
    });
  /** @param offered the domain that Type 1 names, which is that of the machine */
  const heard = async (
    service: NtlmService,
    address: string,
    domain: string,
    offered = '',
    password = 'right',
  ) => {
    const client = new NtlmClient({ user: 'anna', domain, password }, { clock });
    const negotiation = service.begin({ address, wantsGroups: false });
    const challenge = await negotiation.challenge(offering(client.negotiate(), offered));
    const { targetInfo } = decodeChallenge(challenge as Buffer);
    const name = avText(targetInfo, avIds.domainName);
    expect(avText(targetInfo, avIds.computerName)).toBe(namesOf[name as 'LAB']);
    const { message } = client.authenticate(challenge as Buffer);
    return `${name}: ${(await negotiation.answer(message)).kind}`;
  };

  test('is that of the domain that was named there last: whoever names another is asked once more', async () => {
    const service = serviceOf();
    expect(await heard(service, '10.0.0.1', 'CORP')).toBe('CORP: ok');
    expect(await heard(service, '10.0.0.1', 'LAB')).toBe('CORP: ask-again');
    expect(await heard(service, '10.0.0.1', 'LAB')).toBe('LAB: ok');
    expect(await heard(service, '10.0.0.1', 'LAB')).toBe('LAB: ok');
    expect(await heard(service, '10.0.0.1', 'CORP')).toBe('LAB: ask-again');
    expect(await heard(service, '10.0.0.2', 'CORP')).toBe('CORP: ok');
    // A refusal of the right challenge is a refusal.
    expect(await heard(service, '10.0.0.2', 'CORP', '', 'wrong')).toBe('CORP: logon-failure');
  });

  test('is that of the domain of the machine, where its first message tells that', async () => {
    const service = serviceOf();
    // What comes of it is no matter: the first message is not the one of which the client made its MIC.
    expect(await heard(service, '10.0.0.1', 'LAB', 'LAB')).toMatch(/^LAB:/);
    expect(await heard(service, '10.0.0.3', 'CORP', 'ELSEWHERE')).toMatch(/^CORP:/);
  });
});

/** The same Type 1 with the name of a domain. */
function offering(negotiate: Buffer, domain: string): Buffer {
  if (domain === '') return negotiate;
  const named = Buffer.concat([negotiate, Buffer.from(domain, 'latin1')]);
  named.writeUInt32LE((named.readUInt32LE(12) | ntlmFlags.domainSupplied) >>> 0, 12);
  named.writeUInt16LE(domain.length, 16);
  named.writeUInt16LE(domain.length, 18);
  named.writeUInt32LE(negotiate.length, 20);
  return named;
}
