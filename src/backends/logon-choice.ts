import type { ListedLogon } from '../fsso/gate/fortios.ts';
import { type LogonTest, logonTest } from '../fsso/gate/list-filter.ts';
import { splitGroups } from '../fsso/wire/groups.ts';
import type { Problem } from '../problem.ts';
import { type LogonFacts, logonFields } from '../query/logon-fields.ts';
import { parseQuery } from '../query/query.ts';
import type { LogonChoice } from '../state/actions.ts';
import { TableRow } from './table-row.ts';

/** The choice as a test of logons at the moment `now`, milliseconds since the epoch; a problem where it cannot be understood. */
export function choiceTest(
  choice: LogonChoice,
  now: number,
): { ok: true; test: LogonTest } | { ok: false; problem: Problem } {
  const query = parseQuery(choice.filter ?? '', logonFields);
  if (!query.ok) return misunderstood(query.message);
  const byFortios = logonTest(choice);
  if (typeof byFortios === 'string') return misunderstood(`source: ${byFortios}`);
  const { logon: wanted } = choice;
  return {
    ok: true,
    test: (listed) =>
      (wanted === undefined || isThat(listed, wanted)) &&
      byFortios(listed) &&
      query.matches(factsOf(listed), now),
  };
}

/** What a filter may ask of a logon of our own table. */
export function factsOf({ connector, logon }: ListedLogon): LogonFacts {
  return new TableRow(connector, logon, splitGroups(logon.record.groups));
}

// The user too, because another one may have come to the same address since it was chosen.
function isThat({ logon: { record } }: ListedLogon, wanted: NonNullable<LogonChoice['logon']>): boolean {
  return (
    record.ip === wanted.ip &&
    record.session === wanted.session &&
    record.user === wanted.user &&
    record.domain === wanted.domain
  );
}

function misunderstood(message: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: {
      stage: 'filter',
      code: null,
      message,
      cause: 'What was asked for cannot be understood.',
      fix: ['correct the filter'],
    },
  };
}
