import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { responseBytes } from './profile.ts';

/** The ways in which a FortiGate may answer a challenge (docs/protocol/fsso.md, Authentication). */
export type StrategyName =
  | 'none'
  | 'hmac-md5-serial-challenge'
  | 'hmac-md5-challenge'
  | 'md5-challenge-password'
  | 'md5-password-challenge';

const untilNul = (text: string) => text.split('\0', 1)[0] as string;
const md5 = (...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();

/**
 * Each strategy's 16-byte response to a challenge. Only the default is seen in public code, and there unverified; the
 * others are candidates until a capture settles it (docs/protocol/fsso.md, Authentication).
 */
export const strategies: Record<
  StrategyName,
  (password: string, identity: string, challenge: Buffer) => Buffer
> = {
  none: () => Buffer.alloc(responseBytes),
  'hmac-md5-serial-challenge': (password, identity, challenge) =>
    createHmac('md5', password).update(untilNul(identity)).update(challenge).digest(),
  'hmac-md5-challenge': (password, _identity, challenge) =>
    createHmac('md5', password).update(challenge).digest(),
  'md5-challenge-password': (password, _identity, challenge) => md5(challenge, password),
  'md5-password-challenge': (password, _identity, challenge) => md5(password, challenge),
};

/** Every name of `strategies`. */
export const strategyNames = Object.keys(strategies) as StrategyName[];

/**
 * The enabled strategy that gives `response`, or null. Takes the same time whichever it is. `none` proves nothing, so it
 * is never accepted here: without a password there is nothing to ask.
 */
export function acceptsResponse(
  enabled: readonly StrategyName[],
  password: string,
  identity: string,
  challenge: Buffer,
  response: Buffer,
): StrategyName | null {
  let accepted: StrategyName | null = null;
  if (response.length !== responseBytes) return null;
  for (const name of enabled) {
    const matches = timingSafeEqual(strategies[name](password, identity, challenge), response);
    if (matches && name !== 'none') accepted ??= name;
  }
  return accepted;
}
