import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NtlmClient, type NtlmClientOptions } from '../../../src/fsso/ntlm/client.ts';
import { flagsOf, ntlmFlags } from '../../../src/fsso/ntlm/flags.ts';
import { decodeChallenge, encodeChallenge, encodeNegotiate } from '../../../src/fsso/ntlm/messages.ts';
import { ntHash } from '../../../src/fsso/ntlm/proof.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock(Date.UTC(2026, 10, 22));
const credentials = { user: 'jürgen', domain: 'CORP', password: 'Zwölf-Boxkämpfer', workstation: 'WS09' };
const hash = ntHash(credentials.password);

const names = { domain: 'CORP', computer: 'DC1', dnsDomain: 'corp.example', dnsComputer: 'dc1.corp.example' };
const server = (): NtlmServer => new NtlmServer({ clock, names });
const client = (options: Partial<NtlmClientOptions> = {}): NtlmClient =>
  new NtlmClient(credentials, { clock, ...options });

function refusal(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('a negotiation', () => {
  test('gives both sides the same key, and the server the name', () => {
    const ours = client({ targetName: 'cifs/dc1', channelBindings: Buffer.alloc(16, 9) });
    const theirs = server();
    const answer = ours.authenticate(theirs.challenge(ours.negotiate()));
    const accepted = theirs.accept(answer.message, hash);
    expect(accepted.sessionKey).toEqual(answer.sessionKey);
    expect(accepted).toMatchObject({
      ...{ user: 'jürgen', domain: 'CORP', workstation: 'WS09', hasMic: true },
      ...{ targetName: 'cifs/dc1', channelBindings: Buffer.alloc(16, 9) },
    });
  });

  test.each([
    ['its domain by both names', names, { netbios: 'CORP', dns: 'corp.example' }],
    ['nothing, where it has no DNS name', { domain: 'CORP', computer: 'DC1' }, null],
    ['nothing, where it belongs to itself', { ...names, domain: 'dc1' }, null],
  ])('tells the client where the server belongs: %s', (_, named, expected) => {
    const ours = client();
    const theirs = new NtlmServer({ clock, names: named });
    expect(ours.authenticate(theirs.challenge(ours.negotiate())).domain).toEqual(expected);
  });

  test('signs and seals both ways, in order, whatever was agreed on', () => {
    for (const options of [{}, { seal: true }]) {
      const ours = client(options);
      const theirs = server();
      const { message, security } = ours.authenticate(theirs.challenge(ours.negotiate()));
      const accepted = theirs.accept(message, hash);
      for (const text of ['one', 'two', 'three'].map((word) => Buffer.from(word))) {
        accepted.security.verify(text, security.sign(text));
        security.verify(text, accepted.security.sign(text));
        const { sealed, signature } = security.seal(text, Buffer.concat([text, text]));
        expect(sealed).not.toEqual(text);
        const twice = (clear: Buffer): Buffer => Buffer.concat([clear, clear]);
        expect(accepted.security.unseal(sealed, signature, twice)).toEqual(text);
      }
    }
  });

  test('numbers its messages in either direction, those that were sealed too', () => {
    const ours = client({ seal: true });
    const theirs = server();
    const { message, security } = ours.authenticate(theirs.challenge(ours.negotiate()));
    const accepted = theirs.accept(message, hash);
    const text = Buffer.from('some text');
    for (const side of [security, accepted.security]) {
      const marks = [side.sign(text), side.seal(text).signature, side.sign(text)];
      expect(marks.map((mark) => mark.readUInt32LE(12))).toEqual([0, 1, 2]);
    }
  });

  test('ends for a message that was changed, repeated or left out', () => {
    const pair = () => {
      const ours = client();
      const theirs = server();
      const { message, security } = ours.authenticate(theirs.challenge(ours.negotiate()));
      return { security, accepted: theirs.accept(message, hash).security };
    };
    const text = Buffer.from('some text');
    const wrong = { reason: 'wrong-signature' };
    const changed = pair();
    const mark = changed.security.sign(text);
    expect(refusal(() => changed.accepted.verify(Buffer.from('some tex!'), mark))).toMatchObject(wrong);
    const repeated = pair();
    const once = repeated.security.sign(text);
    repeated.accepted.verify(text, once);
    expect(refusal(() => repeated.accepted.verify(text, once))).toMatchObject(wrong);
    const missed = pair();
    missed.security.sign(text);
    expect(refusal(() => missed.accepted.verify(text, missed.security.sign(text)))).toMatchObject(wrong);
    expect(refusal(() => missed.accepted.verify(text, Buffer.alloc(3)))).toMatchObject(wrong);
  });

  test('is refused for a wrong password and for a user that there is not', () => {
    for (const known of [ntHash('other'), () => null]) {
      const ours = client();
      const theirs = server();
      const { message } = ours.authenticate(theirs.challenge(ours.negotiate()));
      expect(refusal(() => theirs.accept(message, known))).toMatchObject({ reason: 'wrong-proof' });
    }
  });

  test('takes one answer to a challenge, right or wrong', () => {
    const ours = client();
    const theirs = server();
    const { message } = ours.authenticate(theirs.challenge(ours.negotiate()));
    refusal(() => theirs.accept(message, ntHash('other')));
    expect(refusal(() => theirs.accept(message, hash))).toMatchObject({ reason: 'used-challenge' });
    expect(refusal(() => server().read(message))).toMatchObject({ reason: 'used-challenge' });
    expect(refusal(() => client().authenticate(theirs.challenge(ours.negotiate())))).toMatchObject({
      reason: 'malformed',
    });
  });

  test('is refused where the three messages are not those that the client saw', () => {
    const ours = client();
    const theirs = server();
    const challenge = theirs.challenge(ours.negotiate());
    // Somebody between takes signatures out of the challenge: the client notices that by itself; other bits only the MIC shows.
    const shown = Buffer.from(challenge);
    shown.writeUInt32LE((shown.readUInt32LE(20) & ~ntlmFlags.alwaysSign) >>> 0, 20);
    const { message } = ours.authenticate(shown);
    expect(refusal(() => theirs.accept(message, hash))).toMatchObject({ reason: 'wrong-mic' });
  });

  test('is refused by the client where the server leaves out what it insists on', () => {
    for (const name of [
      'sign',
      'keyExchange',
      'key128',
      'unicode',
      'ntlm',
      'extendedSessionSecurity',
    ] as const) {
      const ours = client();
      const challenge = decodeChallenge(server().challenge(ours.negotiate()));
      const less = encodeChallenge({ ...challenge, flags: (challenge.flags & ~ntlmFlags[name]) >>> 0 });
      expect(
        refusal(() => ours.authenticate(less)),
        name,
      ).toMatchObject({ reason: 'not-supported' });
    }
  });

  test('is refused by the server for a client of old', () => {
    const old = encodeNegotiate(flagsOf('oem', 'ntlm'));
    expect(refusal(() => server().challenge(old))).toMatchObject({ reason: 'not-supported' });
  });

  test('works with a server that names no time, without a MIC', () => {
    const ours = client();
    const theirs = server();
    const challenge = decodeChallenge(theirs.challenge(ours.negotiate()));
    const timeless = encodeChallenge({
      ...challenge,
      targetInfo: challenge.targetInfo.filter(({ id }) => id !== 7),
    });
    const { message } = ours.authenticate(timeless);
    expect(theirs.accept(message, hash).hasMic).toBe(false);
  });

  test('says of nobody that it is nobody', () => {
    const ours = new NtlmClient({ user: '', domain: '', password: '' }, { clock });
    const theirs = server();
    const { message } = ours.authenticate(theirs.challenge(ours.negotiate()));
    message.writeUInt16LE(0, 20);
    expect(refusal(() => theirs.read(message))).toMatchObject({ reason: 'anonymous' });
  });
});

test('no nonce is given twice', () => {
  const negotiate = client().negotiate();
  const given = Array.from({ length: 100 }, () =>
    decodeChallenge(server().challenge(negotiate)).challenge.toString('hex'),
  );
  expect(new Set(given).size).toBe(100);
});

test('a client shows its password to nobody who prints it', () => {
  const ours = client();
  for (const shown of [String(ours), inspect(ours), JSON.stringify({ ours })]) {
    expect(shown).toContain('jürgen');
    expect(shown).not.toContain(credentials.password);
  }
});
