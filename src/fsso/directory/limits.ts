// Bounds that are ours and not the protocol's: what a directory server, or a storm of logons, can make us hold or wait for
// (docs/protocol/fsso.md, Directories). Bytes, counts and milliseconds.

/** Bounds of one directory; tests lower them. */
export interface DirectoryLimits {
  /** TCP, TLS, StartTLS and bind, each. */
  readonly connectMs: number;
  /** One page of one search. */
  readonly answerMs: number;
  /** A connection that nobody asks anything is closed after so long. Active Directory itself closes after 15 minutes. */
  readonly idleMs: number;
  /** Searches under way on a connection, and searches that wait for one of these places. */
  readonly searches: number;
  readonly waiting: number;
  /** First and longest pause of a server that failed; it doubles each time. Longer than a search, so that two dead servers do not
   * keep those behind them from being asked. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
  /** The same where the login was refused: each try counts towards the lockout of the account. */
  readonly loginRetryMs: number;
  readonly longestLoginRetryMs: number;
  /** One message of a server, and all messages that answer one page of a search. */
  readonly messageBytes: number;
  readonly pageBytes: number;
  /** Entries asked for in one page, taken in one page, and taken for one search. */
  readonly pageEntries: number;
  readonly mostPageEntries: number;
  readonly mostEntries: number;
}

export const directoryLimits: DirectoryLimits = {
  connectMs: 5000,
  answerMs: 10_000,
  idleMs: 5 * 60_000,
  searches: 32,
  waiting: 20_000,
  retryMs: 15_000,
  longestRetryMs: 5 * 60_000,
  loginRetryMs: 60_000,
  longestLoginRetryMs: 15 * 60_000,
  messageBytes: 8 * 1024 * 1024,
  pageBytes: 32 * 1024 * 1024,
  pageEntries: 500,
  mostPageEntries: 20_000,
  mostEntries: 200_000,
};

/** From here on an answer is slow, and very slow (docs/protocol/fsso.md, Directories). */
export const slowFrom = 500;
export const verySlowFrom = 1000;

export type AnswerBand = 'good' | 'slow' | 'very-slow';

/** How quick an answer was, from its milliseconds. */
export function answerBand(ms: number): AnswerBand {
  return ms >= verySlowFrom ? 'very-slow' : ms > slowFrom ? 'slow' : 'good';
}
