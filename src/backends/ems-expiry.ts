import type { CertificateDetails } from '../ems/certificate.ts';
import { type Expiry, expiryOf, expiryText } from '../expiry.ts';
import { safeText } from '../safe-text.ts';
import type { EventLevel, NewEvent } from '../state/changes.ts';

const day = 86_400_000;
/** Between looks at chains that nothing else makes us look at. */
export const expiryLookEvery = 3_600_000;

/** Remembers of which certificates was warned, so that each is told of once a day, whichever connectors show it. */
export class ExpiryWatch {
  readonly #told = new Map<string, number>();

  /** The events that are due for a chain now (docs/protocol/ems.md, Expiry). */
  due(chain: readonly CertificateDetails[], source: string, now: number): NewEvent[] {
    for (const [sha256, at] of this.#told) if (now - at >= day) this.#told.delete(sha256);
    return chain.flatMap((certificate) => {
      const expiry = expiryOf(certificate, now);
      const level = levels[expiry.level];
      if (level === null || this.#told.has(certificate.sha256)) return [];
      this.#told.set(certificate.sha256, now);
      return [{ time: now, level, source, logId: null, text: eventText(certificate, expiry) }];
    });
  }
}

// One that is not valid yet is a failure of its chain, which says so itself.
const levels: Readonly<Record<Expiry['level'], EventLevel | null>> = {
  far: null,
  'not-yet': null,
  soon: 'warning',
  urgent: 'error',
  expired: 'error',
};

function eventText({ subject, validTo, sha256 }: CertificateDetails, expiry: Expiry): string {
  const until = new Date(validTo).toISOString().slice(0, 10);
  return safeText(`Certificate ${subject}: ${expiryText(expiry)} (${until}), SHA-256 ${sha256}`);
}
