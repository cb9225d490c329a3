import type { LogonEvidence, ModeVerdict } from '../../logon-evidence.ts';
import type { FeedKind } from './feeds/feed.ts';
import { polledIdSettings } from './feeds/windows/event-logon.ts';

/** What a logon was seen by, as far as it matters for who else would have seen it. */
type Sight =
  | 'ticket'
  | 'service-ticket'
  | 'renewal'
  | 'ntlm-check'
  | 'network-logon'
  | 'local-logon'
  | 'session'
  | 'dc-agent'
  | 'ts-agent'
  | 'gate'
  | 'exchange'
  | 'elsewhere';

type Verdict = Pick<ModeVerdict, 'sees' | 'why'>;

const yes = (why: string): Verdict => ({ sees: 'yes', why });
const maybe = (why: string): Verdict => ({ sees: 'maybe', why });
const no = (why: string): Verdict => ({ sees: 'no', why });

const onlyLogon = maybe(
  'It tells of the logon itself and of nothing later: it saw the user then, if it ran on the domain controller that let the user in.',
);
const opensSession = maybe(
  'Only where the machine has a session at this domain controller while it is polled: Windows opens one, macOS does not.',
);
const noPorts = no('It sees the address of the terminal server for each of its users, and no ports.');
const asksForAnother = no(
  'A domain controller, where one was asked, sees the machine that asked it, and not the user’s.',
);

/** What the ways that read no events would have seen (docs/protocol/windows.md, Polling). */
const withoutEvents: Readonly<Record<Sight, { readonly agent: Verdict; readonly netapi: Verdict }>> = {
  ticket: {
    agent: yes('The domain controller let the user in itself, and an agent on it tells of each.'),
    netapi: opensSession,
  },
  'service-ticket': { agent: onlyLogon, netapi: opensSession },
  renewal: { agent: onlyLogon, netapi: opensSession },
  'ntlm-check': {
    agent: yes('The domain controller checked the password itself, and an agent on it tells of each.'),
    netapi: maybe(
      'Only where the user logged on at the domain controller itself: a check for another machine opens no session.',
    ),
  },
  'network-logon': {
    agent: onlyLogon,
    netapi: maybe('It may be such a session; one that ends between two polls is not seen.'),
  },
  'local-logon': { agent: onlyLogon, netapi: no('It is no session from another machine.') },
  session: { agent: onlyLogon, netapi: yes('It is a session.') },
  'dc-agent': { agent: yes('An agent told of it.'), netapi: opensSession },
  'ts-agent': { agent: noPorts, netapi: noPorts },
  gate: {
    agent: maybe('Where the domain controller that checked the password has an agent.'),
    netapi: no('Asking for the verdict opens no session of the user.'),
  },
  exchange: { agent: asksForAnother, netapi: asksForAnother },
  elsewhere: { agent: asksForAnother, netapi: asksForAnother },
};

const tickets = [4768, 672];
const checks = [4776, 680];
const serviceTickets = [4769, 673];
const logons = [4624];

const sightsOfEvents = new Map<number, Sight>([
  ...tickets.map((id) => [id, 'ticket'] as const),
  ...serviceTickets.map((id) => [id, 'service-ticket'] as const),
  ...checks.map((id) => [id, 'ntlm-check'] as const),
  [4770, 'renewal'],
]);

/** Kinds of logon that somebody elsewhere begins: over the network, and that with the password in clear text. */
const overNetwork = new Set([3, 8]);

const sightsOfFeeds: Readonly<Record<FeedKind, Sight>> = {
  'dc-agent': 'dc-agent',
  'ts-agent': 'ts-agent',
  ntlm: 'gate',
  exchange: 'exchange',
  poller: 'elsewhere',
  syslog: 'elsewhere',
  radius: 'elsewhere',
  edirectory: 'elsewhere',
};

/** True for the kinds that this program knows. */
export function isFeedKind(feed: string): feed is FeedKind {
  return Object.hasOwn(sightsOfFeeds, feed);
}

function sightOf(feed: FeedKind, evidence: LogonEvidence | null): Sight {
  if (feed === 'exchange' || evidence === null) return sightsOfFeeds[feed];
  if (evidence.kind === 'session') return 'session';
  const { id, logonType } = evidence;
  return sightsOfEvents.get(id) ?? (overNetwork.has(logonType ?? 3) ? 'network-logon' : 'local-logon');
}

/** What reading these events would have seen. */
function eventVerdict(sight: Sight, evidence: LogonEvidence | null, ids: ReadonlySet<number>): Verdict {
  const reads = (wanted: readonly number[]) => wanted.some((id) => ids.has(id));
  switch (sight) {
    case 'ts-agent':
      return noPorts;
    case 'elsewhere':
      return asksForAnother;
    case 'exchange':
      return maybe(
        'In the log of the Exchange server; those of domain controllers have Exchange as the client.',
      );
    case 'gate':
      return reads(checks)
        ? maybe('As 4776, where it is audited: that names a workstation and no address.')
        : no('It does not read 4776.');
    case 'dc-agent':
      if (reads(tickets) && reads(checks)) return yes('As 4768 or 4776, where they are audited.');
      if (reads(tickets)) return maybe('As 4768, where the user came by Kerberos and it is audited.');
      return reads(checks)
        ? maybe('As 4776, where the user came by NTLM and it is audited.')
        : no('It reads neither 4768 nor 4776.');
    case 'session':
      if (reads(logons)) return yes('As 4624 of the kind 3, where it is audited.');
      if (reads(serviceTickets))
        return maybe('As 4769 or 4776, where they are audited and the machine had no ticket from before.');
      return reads([...tickets, ...checks])
        ? maybe('Only if the user logged on by this domain controller (4768, 4776) while its log was read.')
        : no('It reads nothing that a session begins with.');
    default: {
      const id = evidence?.kind === 'event' ? evidence.id : 0;
      if (ids.has(id)) return yes(`It reads ${id}.`);
      const earlier = sight !== 'ticket' && sight !== 'ntlm-check' && reads([...tickets, ...checks]);
      return no(
        earlier
          ? `It does not read ${id}, only what came before it: the user’s ticket (4768) or check (4776), perhaps by another domain controller.`
          : `It does not read ${id}.`,
      );
    }
  }
}

const made = new Map<string, readonly ModeVerdict[]>();

/**
 * For each way of seeing logons, whether it would have seen this one, and why not; decided from what the logon was read from
 * (docs/protocol/windows.md, Polling). Equal answers are one object.
 * @param evidence null where only the kind of feed is known
 * @param configured the events that are read; null where none are: then WMI is judged by setting 0
 */
export function seeingModes(
  feed: FeedKind,
  evidence: LogonEvidence | null,
  configured: readonly number[] | null,
): readonly ModeVerdict[] {
  const event = evidence?.kind === 'event' ? `${evidence.id} ${evidence.logonType}` : (evidence?.kind ?? '');
  const key = `${feed} ${event} ${configured?.join() ?? ''}`;
  const known = made.get(key);
  if (known) return known;
  const verdicts = verdictsOf(sightOf(feed, evidence), evidence, configured);
  // Texts of a peer may make new keys for ever.
  if (made.size >= 1000) made.clear();
  made.set(key, verdicts);
  return verdicts;
}

function verdictsOf(
  sight: Sight,
  evidence: LogonEvidence | null,
  configured: readonly number[] | null,
): readonly ModeVerdict[] {
  const { agent, netapi } = withoutEvents[sight];
  const own = configured && new Set(configured);
  const settings = Object.entries(polledIdSettings).map(([number, ids]): ModeVerdict => {
    const set = new Set(ids);
    const isConfigured = own !== null && own.symmetricDifference(set).size === 0;
    return { mode: `event log, setting ${number}`, ...eventVerdict(sight, evidence, set), isConfigured };
  });
  const read = eventVerdict(sight, evidence, own ?? new Set(polledIdSettings[0]));
  const isListed = own === null || settings.some(({ isConfigured }) => isConfigured);
  return [
    { mode: 'DC agent', ...agent, isConfigured: false },
    { mode: 'NetAPI', ...netapi, isConfigured: false },
    ...settings,
    ...(isListed
      ? []
      : [{ mode: `event log, own list ${configured?.join(', ')}`, ...read, isConfigured: true }]),
    { mode: 'WMI', ...read, isConfigured: false },
  ];
}
