import type { HistoryRow } from '../../src/logon-history.ts';
import type { HistoryOffer } from '../../src/state/actions.ts';
import { start } from './rows.ts';

const minute = 60_000;

/** An interval of USER000 at 10.1.0.0 that lasts; what is given differs. */
export function interval(number: number, given: Partial<HistoryRow> = {}): HistoryRow {
  const began = start - number * 10 * minute;
  return {
    id: String(100 - number),
    connector: 'corp',
    ip: '10.1.0.0',
    session: 0,
    user: 'USER000',
    domain: 'CORP',
    workstation: 'PC-00',
    groups: 'CORP/SALES+CORP/DOMAIN USERS',
    ports: '',
    server: '10.0.0.11:8000',
    began,
    beganBy: 'event',
    logonTime: began - 1_000,
    confirmed: null,
    confirmedBy: null,
    unseen: null,
    ended: null,
    endedBy: null,
    next: null,
    nextServer: null,
    ...given,
  };
}

/** One interval of each kind of ending, the newest first. */
export function recordedDay(): HistoryOffer {
  const ended = (number: number) => start - (number * 10 - 7) * minute;
  return {
    ok: true,
    rows: [
      interval(1),
      interval(2, {
        ended: ended(2),
        endedBy: 'replaced',
        next: 'CORP\\SVC-BACKUP',
        nextServer: '10.0.0.12:8000',
      }),
      interval(3, { ended: ended(3), endedBy: 'logoff', session: 3, ports: '1224-1423' }),
      interval(4, { ended: ended(4), endedBy: 'not-observed', beganBy: 'list' }),
      interval(5, {
        ended: ended(5),
        endedBy: 'expired',
        unseen: ended(5) - 5 * minute,
        confirmed: ended(5) - 6 * minute,
        confirmedBy: '10.0.0.12:8000',
      }),
      interval(6, { ended: ended(6), endedBy: 'not-listed', user: 'USER\u001b[2J' }),
    ],
  };
}

/** What the action answers where nothing is recorded. */
export const noHistory: HistoryOffer = {
  ok: false,
  problem: {
    stage: 'history',
    code: null,
    message: 'no history is recorded',
    cause: 'The configuration has no key "history", or it is not enabled, or there is no FSSO connector.',
    fix: [
      'add "history: { enabled: true }" to the configuration: it holds who was where, see docs/history.md',
    ],
  },
};
