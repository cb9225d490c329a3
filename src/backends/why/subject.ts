import type { Logon } from '../../fsso/gate/logon-table.ts';
import type { WhySubject } from '../../why-report.ts';

/** Tests of logons for one subject; names in whatever case. */
export interface SubjectTest {
  /** The logon is the subject's. */
  owns(logon: Logon): boolean;
  /** The subject had the address of the logon just before, and lost it to this one. */
  lostTo(logon: Logon): boolean;
}

/** Names are compared as FortiOS does, without case; the length is looked at first, because tables are long. */
export function subjectTest({ kind, value }: WhySubject): SubjectTest {
  if (kind === 'ip') return { owns: ({ record }) => record.ip === value, lostTo: () => false };
  const slash = value.indexOf('\\');
  const domain = slash <= 0 ? null : value.slice(0, slash).toUpperCase();
  const user = value.slice(slash + 1).toUpperCase();
  const is = (who: { readonly user: string; readonly domain: string }): boolean =>
    isName(who.user, user) && (domain === null || isName(who.domain, domain));
  return {
    owns: ({ record }) => is(record),
    lostTo: ({ before, record }) =>
      before !== null && before.how === 'overwritten' && is(before) && !is(record),
  };
}

function isName(name: string, upper: string): boolean {
  return (name.length === upper.length || name.length < 64) && name.toUpperCase() === upper;
}
