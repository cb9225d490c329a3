/** Days before the end of a certificate from which on it is warned of, and from which on that is urgent. */
export const expiryLimits = { soon: 30, urgent: 7 } as const;

const day = 86_400_000;

export type ExpiryLevel = 'far' | 'soon' | 'urgent' | 'expired' | 'not-yet';

export interface Expiry {
  /** Whole days: until the end, or until the start of one that is not yet valid; since the end of an expired one. */
  readonly days: number;
  readonly level: ExpiryLevel;
}

/** How a certificate stands with its time (docs/protocol/ems.md, Expiry). Times are milliseconds since the epoch. */
export function expiryOf(certificate: { validFrom: number; validTo: number }, now: number): Expiry {
  const { validFrom, validTo } = certificate;
  if (now > validTo) return { days: Math.floor((now - validTo) / day), level: 'expired' };
  if (now < validFrom) return { days: Math.ceil((validFrom - now) / day), level: 'not-yet' };
  const days = Math.floor((validTo - now) / day);
  if (days <= expiryLimits.urgent) return { days, level: 'urgent' };
  return { days, level: days <= expiryLimits.soon ? 'soon' : 'far' };
}

/** `12 days left`, `expired 3 days ago`, `valid in 2 days`. */
export function expiryText({ days, level }: Expiry): string {
  const count = days === 1 ? '1 day' : `${days} days`;
  if (level === 'expired') return days === 0 ? 'expired today' : `expired ${count} ago`;
  return level === 'not-yet' ? `valid in ${count}` : `${count} left`;
}
