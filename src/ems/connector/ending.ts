import { EmsFailure } from '../diagnosis.ts';
import { type EmsTarget, type Examination, type Outcome, surroundingsOf, targetText } from '../examine.ts';
import type { ConnectorStatus } from './report.ts';

/** How a try ended, and what it found out on its way. */
export interface Ending {
  readonly state: Outcome;
  readonly failure: EmsFailure | null;
  readonly found: Partial<ConnectorStatus>;
}

/** How an examination ended. What it did not get to see is left as it was seen last. */
export function endingOf(target: EmsTarget, examination: Examination): Ending {
  const { outcome, facts, chain, serialNumber, latencyMs } = examination;
  const { chainIncomplete, trusted, pinned, hostMatches } = examination;
  const failure =
    outcome === 'certificate-not-accepted'
      ? failureOf(target, 'not-accepted')
      : outcome === 'certificate-changed' && !examination.failure
        ? failureOf(target, 'pin-changed', `accepted another than ${facts?.sha256 ?? ''}`)
        : examination.failure;
  return {
    state: outcome,
    failure,
    found: {
      ...(chain.length > 0 ? { chain, chainIncomplete, trusted, pinned, hostMatches } : {}),
      ...(serialNumber === null ? {} : { serialNumber, latencyMs }),
      ...(outcome === 'connected' ? { lastSuccess: target.clock.now() } : {}),
    },
  };
}

/** How a try ended by a call after the acceptance. */
export function brokenBy(target: EmsTarget, broken: EmsFailure): Ending {
  const failure = broken.in(surroundingsOf(target));
  const states: Partial<Record<EmsFailure['fault'], Outcome>> = {
    'not-authorized': 'pending-authorization',
    'serial-changed': 'dirty',
  };
  return { state: states[failure.fault] ?? 'failed', failure, found: {} };
}

/** What only a person can mend about the certificate. */
export function failureOf(
  target: EmsTarget,
  fault: 'not-accepted' | 'other-certificate' | 'pin-changed',
  detail?: string,
): EmsFailure {
  const failure = new EmsFailure(fault, { server: targetText(target), ...(detail ? { detail } : {}) });
  return failure.in(surroundingsOf(target));
}
