import { GateLinkFrames } from '../../src/fsso/collector/ntlm/gate-link/frames.ts';
import { GateLinkError } from '../../src/fsso/collector/ntlm/gate-link/gate-link-error.ts';
import { encodeGateLink, longestFrame } from '../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { NtlmClient } from '../../src/fsso/ntlm/client.ts';
import { decodeAuthenticate, decodeChallenge, decodeNegotiate } from '../../src/fsso/ntlm/messages.ts';
import { NtlmError } from '../../src/fsso/ntlm/ntlm-error.ts';
import { readAnswer } from '../../src/fsso/ntlm/proof.ts';
import { NtlmServer } from '../../src/fsso/ntlm/server.ts';
import { decodeSpnego, encodeSpnegoResponse, mechanisms } from '../../src/fsso/ntlm/spnego.ts';
import { SpnegoClient } from '../../src/fsso/ntlm/spnego-client.ts';
import { SpnegoServer, spnegoOffer } from '../../src/fsso/ntlm/spnego-server.ts';
import { RpcDecodeError } from '../../src/fsso/rpc/errors.ts';
import { decodeMapReply } from '../../src/fsso/rpc/interfaces/epm.ts';
import { decodeLookupReply } from '../../src/fsso/rpc/interfaces/lsarpc.ts';
import {
  decodeAuthenticateReply,
  decodeChallengeReply,
  decodeSamLogonReply,
} from '../../src/fsso/rpc/interfaces/netlogon.ts';
import { gateLinkMessages } from '../fsso/collector/ntlm/gate-link/some-messages.ts';
import { netlogonReplies } from '../fsso/rpc/netlogon-replies.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Target } from './targets.ts';

const clock = new ManualClock();
// Always the same bytes, so that a finding can be repeated.
const random = (count: number): Buffer => Buffer.alloc(count, 0xa5);
const newClient = (): NtlmClient =>
  new NtlmClient({ user: 'anna', domain: 'CORP', password: 'x', workstation: 'WS01' }, { clock, random });
const newServer = (): NtlmServer =>
  new NtlmServer({ clock, random, names: { domain: 'CORP', computer: 'DC1' } });

function expected<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NtlmError)) throw error;
    return null;
  }
}

const client = newClient();
const server = newServer();
const negotiate = client.negotiate();
const challenge = server.challenge(negotiate);
const authenticate = client.authenticate(challenge).message;

const spnegoClient = new SpnegoClient(newClient());
const first = spnegoClient.first();
const second = spnegoClient.next(
  encodeSpnegoResponse({ state: 1, mechanism: mechanisms.ntlm, token: challenge, mic: null }),
).token;

/** What a peer says of NTLM: nothing but NtlmError comes out of it, and nobody gets in by chance. */
export const ntlmTargets: Readonly<Record<string, Target>> = {
  'ntlm-message': {
    read(bytes) {
      expected(() => decodeNegotiate(bytes));
      expected(() => decodeChallenge(bytes));
      const message = expected(() => decodeAuthenticate(bytes));
      if (message) expected(() => readAnswer(message.nt));
      expected(() => newServer().challenge(bytes));
      const asked = newServer();
      asked.challenge(negotiate);
      expected(() => asked.read(bytes));
      const known = newServer();
      known.challenge(negotiate);
      if (expected(() => known.accept(bytes, () => null))) throw new Error('let in without a password');
      const answering = newClient();
      answering.negotiate();
      expected(() => answering.authenticate(bytes));
    },
    sources: '/src/fsso/ntlm/',
    seeds: [negotiate, challenge, authenticate],
  },
  spnego: {
    read(bytes) {
      expected(() => decodeSpnego(bytes));
      const accepting = new SpnegoServer(newServer(), () => null);
      if (expected(() => accepting.next(bytes))?.accepted) throw new Error('let in at once');
      if (expected(() => accepting.next(bytes))?.accepted) throw new Error('let in without a password');
      const answering = new SpnegoClient(newClient());
      answering.first();
      expected(() => answering.next(bytes));
    },
    sources: '/src/fsso/ntlm/',
    seeds: [first, second, spnegoOffer(), negotiate, authenticate],
  },
  'gate-link': {
    read(bytes) {
      const count = (pieces: Iterable<Buffer>): number => {
        const frames = new GateLinkFrames(longestFrame.collector);
        let messages = 0;
        try {
          for (const piece of pieces)
            for (const message of frames.push(piece)) messages += encodeGateLink(message).length;
        } catch (error) {
          if (!(error instanceof GateLinkError)) throw error;
        }
        if (frames.buffered > bytes.length) throw new Error('more is kept than was given');
        return messages;
      };
      const whole = count([bytes]);
      if (whole !== count(Array.from(bytes, (byte) => Buffer.from([byte]))))
        throw new Error('the stream says something else octet by octet');
    },
    sources: '/src/fsso/collector/ntlm/gate-link/',
    seeds: [...gateLinkMessages.map(encodeGateLink), Buffer.concat(gateLinkMessages.map(encodeGateLink))],
  },
  'netlogon-reply': {
    read(bytes) {
      for (const decode of [
        ...[decodeSamLogonReply, decodeMapReply, decodeLookupReply],
        ...[decodeAuthenticateReply, decodeChallengeReply],
      ])
        try {
          decode(bytes);
        } catch (error) {
          if (!(error instanceof RpcDecodeError)) throw error;
        }
    },
    sources: '/src/fsso/rpc/',
    seeds: Object.values(netlogonReplies),
  },
};
