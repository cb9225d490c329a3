import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { NtlmDomain } from '../ntlm/av-pairs.ts';
import { NtlmClient, type NtlmCredentials } from '../ntlm/client.ts';
import { SpnegoClient } from '../ntlm/spnego-client.ts';
import { decodeSessionSetup, encodeSessionSetup } from './bodies.ts';
import type { SmbConnection, SmbReply } from './connection.ts';
import { MessageCipher } from './encryption.ts';
import { type Preauth, sessionKeys, signingOf } from './keys.ts';
import {
  decodeNegotiateResponse,
  encodeNegotiate,
  type NegotiateChoice,
  type NegotiateOffer,
} from './negotiate.ts';
import { decodeFailure, smbFailure } from './problems.ts';
import {
  type Cipher,
  capabilities,
  type Dialect,
  offeredCiphers,
  offeredSignings,
  sessionFlags,
  signingModes,
  statuses,
} from './profile.ts';
import type { Protection } from './protection.ts';
import { MessageSigner } from './signing.ts';

export interface Negotiated {
  readonly offer: NegotiateOffer;
  readonly choice: NegotiateChoice;
  /** What the session would be encrypted with; null where the machine does not. */
  readonly cipher: Cipher | null;
}

const isThree = (dialect: Dialect) => dialect.startsWith('3');

/** Agrees on dialect and protection (MS-SMB2 3.2.4.2.2.2, 3.2.5.2). @throws SmbFailure */
export async function negotiate(
  connection: SmbConnection,
  dialects: readonly Dialect[],
  preauth: Preauth,
  signal: AbortSignal | undefined,
): Promise<Negotiated> {
  const offer: NegotiateOffer = {
    dialects,
    securityMode: signingModes.enabled | signingModes.required,
    capabilities: dialects.some(isThree) ? capabilities.encryption : 0,
    clientGuid: randomBytes(16),
    salt: randomBytes(32),
    ciphers: offeredCiphers,
    signings: offeredSignings,
  };
  connection.charge = 0;
  const reply = await connection.request({
    command: 'negotiate',
    body: encodeNegotiate(offer),
    task: 'pipe',
    allowed: [statuses.notSupported],
    ...(signal && { signal }),
  });
  const { place } = connection;
  if (reply.header.status !== statuses.ok) throw smbFailure('no-dialect', place, dialects.join(', '));
  const choice = decoded(connection, () => decodeNegotiateResponse(reply.message));
  if (!dialects.includes(choice.dialect))
    throw smbFailure('nonsense', place, `it chose dialect ${choice.dialect}, which was not offered`);
  connection.charge = choice.dialect === '2.0.2' ? 0 : 1;
  preauth.add(reply.sent);
  preauth.add(reply.message);
  return { offer, choice, cipher: cipherOf(choice) };
}

/** 3.0 and 3.0.2 have one cipher, and a capability that says whether (MS-SMB2 3.2.5.2). */
function cipherOf({ dialect, cipher, capabilities: has }: NegotiateChoice): Cipher | null {
  if (dialect === '3.1.1') return cipher;
  return isThree(dialect) && (has & capabilities.encryption) !== 0 ? 'aes-128-ccm' : null;
}

export interface LoginOptions {
  readonly credentials: NtlmCredentials;
  readonly clock: Clock;
  /** Encrypt also where the machine does not ask for it. */
  readonly encrypts: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Logs in with NTLM in SPNEGO and protects the connection with the key that comes of it (MS-SMB2 3.2.4.2.3, 3.2.5.3).
 * @returns the domain that the machine belongs to
 * @throws SmbFailure
 */
export async function logIn(
  connection: SmbConnection,
  negotiated: Negotiated,
  preauth: Preauth,
  options: LoginOptions,
): Promise<NtlmDomain> {
  const { place } = connection;
  const { credentials, clock, signal } = options;
  const { securityMode } = negotiated.offer;
  const ask = (token: Buffer): Promise<SmbReply> =>
    connection.request({
      command: 'sessionSetup',
      body: encodeSessionSetup(securityMode, token),
      task: 'login',
      allowed: [statuses.moreProcessingRequired],
      ...(signal && { signal }),
    });
  const login = new SpnegoClient(new NtlmClient(credentials, { clock, targetName: `cifs/${place.host}` }));
  const first = await ask(login.first());
  if (first.header.status !== statuses.moreProcessingRequired)
    throw smbFailure('login-failed', place, 'the machine was content before it had heard a proof');
  connection.sessionId = first.header.sessionId;
  preauth.add(first.sent);
  preauth.add(first.message);
  const step = decoded(connection, () => login.next(decodeSessionSetup(first.message).token));
  const last = await ask(step.token);
  preauth.add(last.sent);
  if (last.header.status !== statuses.ok)
    throw smbFailure('login-failed', place, 'the machine wants more than NTLM says');
  decoded(connection, () => {
    const { flags, token } = decodeSessionSetup(last.message);
    if ((flags & (sessionFlags.guest | sessionFlags.anonymous)) !== 0) throw smbFailure('guest', place);
    if (token.length > 0) login.next(token);
    const wants = options.encrypts || (flags & sessionFlags.encrypt) !== 0;
    const protection = protectionOf(connection, negotiated, login.answer.sessionKey, preauth, wants);
    // The last answer is the first that the key can vouch for, and it vouches for all before it.
    protection.signer.verify(last.message);
    connection.protectWith(protection);
  });
  return login.answer.domain;
}

function protectionOf(
  connection: SmbConnection,
  { choice, cipher }: Negotiated,
  sessionKey: Buffer,
  preauth: Preauth,
  encrypts: boolean,
): Protection {
  if (encrypts && cipher === null) throw smbFailure('no-encryption', connection.place, choice.dialect);
  const keys = sessionKeys(choice.dialect, cipher, sessionKey, preauth.value);
  return {
    signer: new MessageSigner(signingOf(choice.dialect, choice.signing), keys.signing),
    cipher: cipher && new MessageCipher(cipher, keys.outward, keys.inward, connection.sessionId),
    encrypts,
  };
}

/** Runs what reads bytes of the machine; what it throws becomes a failure of the connection's place. */
export function decoded<Result>(connection: SmbConnection, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw decodeFailure(error, connection.place);
  }
}
