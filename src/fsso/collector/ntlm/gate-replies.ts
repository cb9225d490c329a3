import { safeText } from '../../../safe-text.ts';
import type { VerdictKind } from '../../windows/netlogon/verdicts.ts';
import type { NtlmVerdict } from './service.ts';

/** `transparent`: 401, as a FortiGate in the way does; `explicit-proxy`: 407, as one that browsers are told of. */
export type GateMode = 'transparent' | 'explicit-proxy';

/** What a gate says to a browser. */
export interface GateReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One line, safe. */
  readonly text: string;
  /** The connection ends behind it. */
  readonly ends: boolean;
}

/** What the two modes call their things. */
const words = {
  transparent: { status: 401, offer: 'www-authenticate' },
  'explicit-proxy': { status: 407, offer: 'proxy-authenticate' },
} as const;

/** Asks for NTLM; with a challenge, on the connection that has to go on, else on another one. */
export function askFor(mode: GateMode, challenge: Buffer | null, text = 'say who you are'): GateReply {
  const { status, offer } = words[mode];
  const value = challenge === null ? 'NTLM' : `NTLM ${challenge.toString('base64')}`;
  return { status, headers: { [offer]: value }, text, ends: challenge === null };
}

/** Who is let through. */
export interface LetThrough {
  readonly user: string;
  readonly domain: string;
  readonly isGuest: boolean;
}

export const guest: LetThrough = { user: 'guest', domain: '', isGuest: true };

/** Time for a FortiGate to learn who is there, before the browser comes to it again. */
const secondsUntilBack = 2;

/**
 * What was asked for is not in it: a gate forwards nothing.
 * @param backTo where the browser was on its way to (`wantedPlace`), and goes to now; null: nowhere
 */
export function letThrough(
  { user, domain, isGuest }: LetThrough,
  mode: GateMode,
  backTo: string | null,
): GateReply {
  const name = isGuest ? 'a guest' : safeText(domain === '' ? user : `${domain}\\${user}`);
  const noProxy = '; this gate is no proxy: what you asked for has to be fetched without it';
  const on = backTo === null ? '' : `; on to ${backTo}`;
  return {
    status: 200,
    headers: backTo === null ? {} : { refresh: `${secondsUntilBack}; url=${backTo}` },
    text: `let through as ${name}${mode === 'explicit-proxy' ? noProxy : on}`,
    ends: false,
  };
}

export function refuse(status: number, text: string): GateReply {
  return { status, headers: status === 503 ? { 'retry-after': '5' } : {}, text: safeText(text), ends: true };
}

/**
 * The same once more, on another connection, to who named a domain that was not known. Whoever is asked again asks its user, and whoever
 * is sent on does not.
 * @param place what was asked for (`samePlace`); null where nobody can be sent there
 */
export function onceMore(mode: GateMode, place: string | null): GateReply {
  const text = 'say it once more: your domain is known only now';
  if (place === null) return askFor(mode, null, text);
  return { status: 307, headers: { location: place }, text, ends: true };
}

/** Whom no domain knows: only they can be guests, for everybody else has a password to type. */
export function isStranger(kind: VerdictKind): boolean {
  return kind === 'no-such-user' || kind === 'anonymous' || kind === 'guest' || kind === 'no-trust';
}

/** True where anybody is let through, or this one is in one of the groups. */
export function isPermitted({ groupNames }: NtlmVerdict, groups: readonly string[]): boolean {
  const permitted = new Set(groups.map((name) => name.toLowerCase()));
  return permitted.size === 0 || (groupNames ?? []).some((name) => permitted.has(name.toLowerCase()));
}

/**
 * The reply to who was not verified. That name or password is wrong is not told apart: that stands in the log. Domain controllers
 * tell of the rest only where the password was right.
 */
export function refusalOf({ kind, cause }: NtlmVerdict, mode: GateMode): GateReply {
  switch (kind) {
    case 'no-logon-servers':
    case 'no-collector':
    case 'busy':
      return refuse(503, 'nobody can check this now: try again');
    case 'malformed':
      return refuse(400, 'this is no answer of NTLM');
    case 'ntlm-v1':
      return refuse(403, 'NTLM of the first version is not taken');
    case 'relayed':
      return refuse(403, safeText(cause));
    case 'guest':
      return refuse(403, 'guests are not let through');
    case 'wrong-password':
    case 'logon-failure':
    case 'no-such-user':
    case 'anonymous':
      return askFor(mode, null, 'name or password is wrong');
    default:
      return askFor(mode, null, safeText(cause));
  }
}
