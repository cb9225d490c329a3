import type { Fields } from './fields.ts';

/** What a query asks of a logon, wherever it is listed. Times are milliseconds since the epoch. */
export interface LogonFacts {
  readonly user: string;
  readonly domain: string;
  readonly ip: string;
  readonly workstation: string;
  readonly groups: readonly string[];
  readonly session: number;
  readonly portRanges: readonly (readonly [first: number, last: number])[];
  readonly connector: string;
  readonly server: string;
  readonly logonTime: number;
  readonly stale: boolean;
  readonly expiresAt: number | null;
  /** Who was there before. */
  readonly before?: { readonly how: 'overwritten' | 'logoff'; readonly reused: boolean } | null;
  /** Other sessions of the same terminal server that claim some of its ports. */
  readonly overlaps?: readonly number[];
  /** Of a logon that a FortiGate told, and what FortiGates told of the same one. */
  readonly reported?: { readonly fortigate: string };
  readonly also?: readonly LogonFacts[];
}

/** What makes a logon less certain than it looks (docs/protocol/fsso.md, Logon table). */
export type Mark = (typeof marks)[number];

const marks = ['overlap', 'reused', 'replaced'] as const;
const none: readonly Mark[] = [];

/** The marks of a logon, most important first: overlapping ports, a reused address, a user who was replaced. */
export function marksOf({ before, overlaps }: Pick<LogonFacts, 'before' | 'overlaps'>): readonly Mark[] {
  if (!before && !overlaps?.length) return none;
  const holds = {
    overlap: overlaps !== undefined && overlaps.length > 0,
    reused: before?.reused === true,
    replaced: before?.how === 'overwritten',
  };
  return marks.filter((mark) => holds[mark]);
}

/** `edge`, `edge/root` and `edge/root/corp` for each FortiGate that tells of a logon. */
function viaOf({ reported, connector, server, also }: LogonFacts): readonly string[] {
  const own = reported === undefined ? none : [reported.fortigate, connector, `${connector}/${server}`];
  return also === undefined ? own : [...own, ...also.flatMap(viaOf)];
}

/** The fields of a logon: the same after `/` on the screen of FSSO users and for `fsso list --filter`. */
export const logonFields: Fields<LogonFacts> = {
  user: { kind: 'text', help: 'user', of: (row) => row.user },
  ip: { kind: 'address', help: 'address', aliases: ['address'], of: (row) => row.ip },
  ws: { kind: 'text', help: 'workstation', aliases: ['workstation'], of: (row) => row.workstation },
  domain: { kind: 'text', help: 'domain', of: (row) => row.domain },
  group: { kind: 'texts', help: 'groups, each by itself', aliases: ['groups'], of: (row) => row.groups },
  // These two say where a row comes from: nearly every row has the same, so that words would find all.
  connector: { kind: 'text', help: 'connector', words: false, of: (row) => row.connector },
  source: {
    kind: 'text',
    help: 'collector that reported it',
    aliases: ['server', 'collector'],
    words: false,
    of: (row) => row.server,
  },
  via: {
    kind: 'texts',
    help: 'FortiGate that tells of it, alone, with its VDOM, and with its FSSO entry',
    words: false,
    of: viaOf,
  },
  session: { kind: 'number', help: 'session of a terminal server, 0 for none', of: (row) => row.session },
  port: {
    kind: 'ranges',
    help: 'ports of the session',
    aliases: ['ports'],
    of: (row) => row.portRanges,
  },
  age: { kind: 'age', help: 'since the logon', of: (row) => row.logonTime },
  time: { kind: 'time', help: 'time of the logon', of: (row) => row.logonTime },
  status: {
    kind: 'one-of',
    help: 'stale while its link is down; ports overlap, the address was reused, or another user replaced',
    values: ['live', 'stale', ...marks],
    of: (row) => (row.stale ? 'stale' : 'live'),
    also: marksOf,
  },
  left: { kind: 'left', help: 'until a stale one goes', of: (row) => row.expiresAt },
};
