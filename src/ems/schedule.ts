import type { ConnectorState } from './connector-report.ts';
import type { EmsFailure } from './diagnosis.ts';
import type { EmsProfile } from './profile.ts';
import { standing } from './state-machine.ts';

/**
 * Milliseconds until the next try by itself, null where only a change or a person starts one (docs/protocol/ems.md,
 * Timers). `failures` counts those in a row.
 */
export function nextTryIn(
  state: ConnectorState,
  failure: EmsFailure | null,
  failures: number,
  { checkEvery, retryUnauthorized, retryAfter }: EmsProfile['timers'],
): number | null {
  if (standing.has(state)) return checkEvery;
  if (state === 'pending-authorization') return retryUnauthorized;
  if (state !== 'failed') return null;
  if (failure?.problem.code === -7 || failure?.fault === 'cloud-certificate') return null;
  if (failure?.problem.code === -8) return retryUnauthorized;
  const wait = retryAfter[Math.min(Math.max(failures, 1), retryAfter.length) - 1] ?? checkEvery;
  return Math.max(wait, failure?.retryAfterMs ?? 0);
}
