import type { HistoryQuestion } from '../../logon-history.ts';
import type { WhyQuestion } from '../../why-report.ts';

/** Intervals that are looked through for the one that was last. */
const mostIntervals = 20;

/** What is asked of the history about somebody who is not logged on. */
export function historyQuestion({ subject }: WhyQuestion): HistoryQuestion {
  return { [subject.kind]: subject.value, limit: mostIntervals };
}
