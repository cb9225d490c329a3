import type { Fields } from './fields.ts';

/** What a query asks of an entry of a collector. Times are milliseconds since the epoch; null is not known. */
export interface EntryFacts {
  /** The attached collector; blank where it is the collector itself that asks. */
  readonly collector: string;
  readonly user: string;
  readonly domain: string;
  readonly ip: string;
  readonly workstation: string;
  readonly groups: readonly string[];
  /** 0 where there is none. */
  readonly session: number;
  readonly portRanges: readonly (readonly [first: number, last: number])[];
  /** The kind of feed that brought it, such as `dc-agent`. */
  readonly feed: string | null;
  /** Address or name of who reported it. */
  readonly agent: string;
  readonly logonTime: number;
  /** When it was last reported. */
  readonly updatedAt: number;
  /** Whether what the collector checks confirmed it; `not-verified`: it could not be checked lately. */
  readonly status: 'ok' | 'not-verified';
  readonly nextCheckAt: number | null;
  readonly expiresAt: number | null;
}

/** The fields of an entry: the same on the screen of entries and for the control socket of a collector. */
export const entryFields: Fields<EntryFacts> = {
  user: { kind: 'text', help: 'user', of: (row) => row.user },
  ip: { kind: 'address', help: 'address', aliases: ['address'], of: (row) => row.ip },
  ws: { kind: 'text', help: 'workstation', aliases: ['workstation'], of: (row) => row.workstation },
  domain: { kind: 'text', help: 'domain', of: (row) => row.domain },
  group: { kind: 'texts', help: 'groups, each by itself', aliases: ['groups'], of: (row) => row.groups },
  agent: {
    kind: 'text',
    help: 'who reported it',
    aliases: ['source'],
    words: false,
    of: (row) => row.agent,
  },
  feed: { kind: 'text', help: 'kind of feed', words: false, of: (row) => row.feed },
  collector: { kind: 'text', help: 'attached collector', words: false, of: (row) => row.collector },
  session: { kind: 'number', help: 'session of a terminal server, 0 for none', of: (row) => row.session },
  port: { kind: 'ranges', help: 'ports of the session', aliases: ['ports'], of: (row) => row.portRanges },
  age: { kind: 'age', help: 'since the logon', of: (row) => row.logonTime },
  reported: { kind: 'age', help: 'since it was last reported', of: (row) => row.updatedAt },
  time: { kind: 'time', help: 'time of the logon', of: (row) => row.logonTime },
  status: {
    kind: 'one-of',
    help: 'what checks say',
    values: ['ok', 'not-verified'],
    of: (row) => row.status,
  },
  check: { kind: 'left', help: 'until the next check', of: (row) => row.nextCheckAt },
  left: { kind: 'left', help: 'until it ends by itself', of: (row) => row.expiresAt },
};
