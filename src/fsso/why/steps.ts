import { isIP } from 'node:net';
import { endingWords, type HistoryRow, isoTime } from '../../logon-history.ts';
import type { WhyEvidence, WhyFault, WhyStep } from '../../why-report.ts';
import { isReused } from '../gate/predecessors.ts';
import { list } from '../policy/addresses.ts';
import { isDistinguishedName, splitGroups } from '../wire/groups.ts';
import { type WhyCause, whyCauses } from './causes.ts';
import { directoryEvidence } from './directory.ts';
import type { WhyFacts } from './facts.ts';

/** A step and, where it is broken, what that comes from. */
export interface Told {
  readonly step: WhyStep;
  readonly fault: WhyFault | null;
}

/** `DOMAIN\user`. */
export function accountOf({ user, domain }: { readonly user: string; readonly domain: string }): string {
  return domain === '' ? user : `${domain}\\${user}`;
}

/** What is asked about, in words. */
export function subjectOf({ subject }: Pick<WhyFacts, 'subject'>): string {
  return subject.kind === 'ip' ? `anybody at ${subject.value}` : subject.value;
}

const notReached: Pick<WhyStep, 'state' | 'evidence' | 'shownBy'> = {
  state: 'unknown',
  evidence: [],
  shownBy: null,
};

/** The latest interval of the history that was the subject's and is over. */
function lastOf({ history }: WhyFacts): HistoryRow | null {
  return (
    history.rows?.find((row) => row.ended !== null && row.endedBy !== 'again' && row.endedBy !== 'updated') ??
    null
  );
}

/** Whether a collector reported the subject at all. */
export function collectorStep(facts: WhyFacts): Told {
  const {
    logons: [listed],
    connectors,
  } = facts;
  const name = subjectOf(facts);
  if (listed) {
    const { connector, logon } = listed;
    const evidence = {
      text: `reported ${accountOf(logon.record)}`,
      source: logon.server,
      at: logon.receivedAt,
    };
    const step: WhyStep = {
      step: 'collector',
      state: 'ok',
      text: `collector ${logon.server} of connector ${connector} reported the logon`,
      evidence: [evidence],
      shownBy: null,
    };
    return { step, fault: null };
  }
  const last = lastOf(facts);
  const [newer] = facts.replaced;
  if (last !== null || newer !== undefined) {
    const before = newer?.logon.before;
    const evidence: WhyEvidence[] = before
      ? [{ text: `had reported ${accountOf(before)}`, source: before.server, at: before.receivedAt }]
      : [];
    if (last !== null)
      evidence.push({
        text: `${accountOf(last)} at ${last.ip}, reported by ${last.server}`,
        source: 'history',
        at: last.began,
      });
    const step: WhyStep = {
      step: 'collector',
      state: 'ok',
      text: `a collector reported ${name}, who is in the table no longer`,
      evidence,
      shownBy: null,
    };
    return { step, fault: null };
  }
  const online = connectors.flatMap(({ links }) =>
    links.filter(({ state, active }) => active && state === 'online'),
  );
  if (online.length === 0)
    return {
      step: { ...notReached, step: 'collector', text: `no collector is online that could report ${name}` },
      fault: null,
    };
  const evidence = online.map(
    ({ server, logons, lastHeard }): WhyEvidence => ({
      text: `online, has reported ${logons} logons, ${name} not among them`,
      source: server,
      at: lastHeard,
    }),
  );
  if (facts.history.rows === null)
    evidence.push({ text: `not asked: ${facts.history.reason}`, source: 'history', at: null });
  else evidence.push({ text: `knows nothing of ${name}`, source: 'history', at: null });
  return {
    step: {
      step: 'collector',
      state: 'broken',
      text: `no collector has reported ${name}`,
      evidence,
      shownBy:
        'the list of logons of the collector itself: it also has those that its group filter holds back',
    },
    fault: whyCauses['never-reported'],
  };
}

/** Which address the workstation has; one without a name goes by its address. */
export function placeText(place: {
  readonly workstation: string;
  readonly ip: string;
  readonly session: number;
}): string {
  const { workstation, ip, session } = place;
  if (session !== 0) return `session ${session} of ${workstation} is ${ip}`;
  return workstation === '' || workstation === ip
    ? `the workstation at ${ip} has no name that was told`
    : `${workstation} is ${ip}`;
}

/** From the workstation's name to the address. */
export function addressStep({ logons: [listed] }: WhyFacts): WhyStep {
  if (!listed) return { ...notReached, step: 'address', text: 'no logon came, so no address either' };
  const { ip, workstation, portRanges } = listed.logon.record;
  const evidence: WhyEvidence[] = [
    { text: placeText(listed.logon.record), source: listed.logon.server, at: listed.logon.receivedAt },
  ];
  if (portRanges.length > 0)
    evidence.push({
      text: `ports ${portRanges.map(([first, last]) => `${first}-${last}`).join(',')}`,
      source: listed.logon.server,
      at: listed.logon.receivedAt,
    });
  const isLinkLocal = ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip);
  return {
    step: 'address',
    state: isLinkLocal ? 'doubtful' : 'ok',
    text: isLinkLocal
      ? `${ip} is an address that is not routed: traffic of ${workstation} comes from another one`
      : `the collector knows the address ${ip}`,
    evidence,
    shownBy:
      workstation === '' ? null : `what DNS says of ${workstation} now: the collector asks each minute`,
  };
}

/** Which groups the user is in, as the collector wrote them. */
export function groupsStep({ logons: [listed], directory }: WhyFacts): Told {
  const told = directoryEvidence(directory, listed?.logon.record.groups ?? null);
  if (!listed)
    return {
      step: { ...notReached, step: 'groups', text: 'no logon came, so no groups either', evidence: told },
      fault: null,
    };
  const groups = splitGroups(listed.logon.record.groups);
  const evidence = groups.map(
    (text): WhyEvidence => ({ text, source: listed.logon.server, at: listed.logon.receivedAt }),
  );
  evidence.push(...told);
  const isAsked = directory !== null && directory.problem === null;
  const shownBy = isAsked
    ? null
    : 'the directory itself: standard mode does not tell groups that have the user through another group';
  if (groups.length === 0)
    return {
      step: {
        step: 'groups',
        state: 'broken',
        text: 'the collector named no group of the user',
        evidence,
        shownBy,
      },
      fault: whyCauses['no-groups'],
    };
  const distinguished = groups.filter(isDistinguishedName).length;
  const mode = distinguished === 0 ? 'standard' : distinguished === groups.length ? 'advanced' : 'mixed';
  const count = `${groups.length} group${groups.length === 1 ? '' : 's'}`;
  return {
    step: {
      step: 'groups',
      state: mode === 'mixed' ? 'doubtful' : 'ok',
      text: `the collector named ${count} (${mode} mode)`,
      evidence,
      shownBy,
    },
    fault: null,
  };
}

/** Whether a group filter lets the user through. */
export function filterStep({ logons: [listed], connectors }: WhyFacts): Told {
  const step = 'filter' as const;
  const setting = (names: readonly WhyFacts['connectors'][number][]): WhyEvidence[] =>
    names.map(({ name, identity, groupFilter }) => ({
      text:
        groupFilter === null
          ? `connector ${name} sends no filter; that of the collector is keyed by ${identity}`
          : `connector ${name} sends the filter ${list(groupFilter)}, keyed by ${identity}`,
      source: 'configuration',
      at: null,
    }));
  if (listed) {
    const own = connectors.filter(({ name }) => name === listed.connector);
    const text = 'the group filter let the logon through: it would not have come otherwise';
    return { step: { step, state: 'implied', text, evidence: setting(own), shownBy: null }, fault: null };
  }
  return {
    step: {
      step,
      state: 'unknown',
      text: 'what the filter of the collector holds back is not told to us',
      evidence: setting(connectors),
      shownBy: 'the group filters of the collector, by the same key',
    },
    fault: null,
  };
}

/** Whether our table has the logon now, and how it came to be so. */
export function tableStep(facts: WhyFacts): Told {
  const [listed] = facts.logons;
  return listed ? presentStep(listed.logon, facts.now) : absentStep(facts);
}

function presentStep(logon: WhyFacts['logons'][number]['logon'], now: number): Told {
  const { record, receivedAt, stale, expiresAt, before, overlaps } = logon;
  const evidence: WhyEvidence[] = [
    { text: `${accountOf(record)} at ${record.ip}`, source: 'our table', at: receivedAt },
  ];
  const doubts: string[] = [];
  if (before !== null) {
    const reused = isReused(before, receivedAt);
    const how = before.how === 'overwritten' ? 'took the place of' : 'came after';
    evidence.push({
      text: `${how} ${accountOf(before)}, on ${before.workstation || 'an unknown workstation'}`,
      source: before.server,
      at: before.endedAt,
    });
    if (reused) doubts.push('another user was at the address shortly before');
  }
  if (overlaps.length > 0) {
    evidence.push({
      text: `ports overlap with session ${overlaps.join(', ')}`,
      source: 'our table',
      at: receivedAt,
    });
    return broken('overlap', `the logon is in the table, and its ports are claimed twice`, evidence);
  }
  if (stale) {
    const left =
      expiresAt === null ? '' : `, for ${Math.max(0, Math.round((expiresAt - now) / 1000))} s more`;
    doubts.push(`it is kept without its link${left}`);
  }
  const text =
    doubts.length === 0 ? 'the logon is in the table' : `the logon is in the table, but ${doubts.join('; ')}`;
  return {
    step: { step: 'table', state: doubts.length === 0 ? 'ok' : 'doubtful', text, evidence, shownBy: null },
    fault: null,
  };
}

const endedCauses = {
  logoff: 'logged-off',
  replaced: 'replaced',
  'not-listed': 'not-listed',
  expired: 'expired',
  cleared: 'cleared',
} as const satisfies Partial<Record<NonNullable<HistoryRow['endedBy']>, WhyCause>>;

function absentStep(facts: WhyFacts): Told {
  const name = subjectOf(facts);
  const last = lastOf(facts);
  const [newer] = facts.replaced;
  if (newer !== undefined && (last?.ended ?? 0) <= (newer.logon.before?.endedAt ?? 0)) {
    const { record, server, before } = newer.logon;
    const who = accountOf(record);
    const until = before === null ? '' : ` until ${isoTime(before.endedAt)}`;
    return broken('replaced', `${name} was at ${record.ip}${until}, then replaced by ${who}`, [
      {
        text: `${who} took the place of ${name} at ${record.ip}`,
        source: server,
        at: before?.endedAt ?? newer.logon.receivedAt,
      },
    ]);
  }
  if (last === null || last.ended === null || last.endedBy === null)
    return {
      step: {
        ...notReached,
        step: 'table',
        text: isIP(name) ? `nobody is at ${name}` : `${name} is not in the table`,
      },
      fault: null,
    };
  const evidence: WhyEvidence[] = [
    {
      text: `${accountOf(last)} at ${last.ip} until then: ${endingWords(last)}`,
      source: 'history',
      at: last.ended,
    },
  ];
  const text = `${accountOf(last)} was at ${last.ip} until ${isoTime(last.ended)}: ${endingWords(last)}`;
  const cause = last.endedBy in endedCauses ? endedCauses[last.endedBy as keyof typeof endedCauses] : null;
  if (cause !== null) return broken(cause, text, evidence);
  // The program looked no further: that is no statement about the user.
  return broken('not-listed', `${text}, and is not in the table now`, evidence);
}

function broken(cause: WhyCause, text: string, evidence: readonly WhyEvidence[]): Told {
  return { step: { step: 'table', state: 'broken', text, evidence, shownBy: null }, fault: whyCauses[cause] };
}
