import { type ExpiryLevel, expiryOf, expiryText } from '../../expiry.ts';
import type { CertificateView } from '../../state/changes.ts';
import type { Tone } from './columns.ts';

// The mark says it where there is no colour.
const marks: Readonly<Record<ExpiryLevel, readonly [mark: string, tone: Tone]>> = {
  far: ['', 'plain'],
  soon: ['! ', 'warn'],
  urgent: ['! ', 'bad'],
  expired: ['x ', 'bad'],
  'not-yet': ['x ', 'bad'],
};

export interface ExpiryWords {
  /** `! 12 days left`. */
  readonly text: string;
  /** `! 12d`, for a cell. */
  readonly short: string;
  readonly tone: Tone;
  /** Something is wrong or soon will be. */
  readonly warns: boolean;
}

/** How a certificate stands with its time, in words; the mark warns below 30 days, the tone is bad below 8. */
export function expiryWords(certificate: { validFrom: number; validTo: number }, now: number): ExpiryWords {
  const expiry = expiryOf(certificate, now);
  const [mark, tone] = marks[expiry.level];
  const short =
    expiry.level === 'expired' ? 'expired' : expiry.level === 'not-yet' ? 'not yet' : `${expiry.days}d`;
  return {
    text: `${mark}${expiryText(expiry)}`,
    short: `${mark}${short}`,
    tone,
    warns: expiry.level !== 'far',
  };
}

/** The certificate of a chain that runs out first; null for an empty one. */
export function firstToExpire(chain: readonly CertificateView[]): CertificateView | null {
  const [first = null] = chain.toSorted((one, other) => one.validTo - other.validTo);
  return first;
}
