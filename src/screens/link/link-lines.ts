import type { CollectorRow } from '../../state/changes.ts';
import type { HandshakeView, LinkCertificateView, ProbeView } from '../../state/link-view.ts';
import { stageLines } from '../connector/stage-lines.ts';
import { clockWords, isClockOff } from '../parts/clock-words.ts';
import { heardSince, minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import { composeLine, composeRule } from '../parts/compose-line.ts';
import { composeFields, composeLong, composeProblem, type Field } from '../parts/fields.ts';
import { linkWord, stateText } from '../parts/state-words.ts';
import { age, count, countdown, dateTime, time } from '../text/format.ts';

/** What a page needs to know of the window. */
export interface Surroundings {
  readonly width: number;
  readonly now: number;
  readonly rule: string;
  /** The collector that the connector takes its logons from now, and the first of its list. */
  readonly active: CollectorRow | null;
  readonly first: CollectorRow | null;
}

/** One link in full: how it stands, how the way there went, what was shown on it, and what probes found. */
export function linkPage(row: CollectorRow, around: Surroundings): Run[][] {
  const { width, now, rule } = around;
  const word = linkWord(row, now);
  const lines = composeFields(
    [
      ['State', stateText(word), word.tone],
      ['For', minutesSince(row.since, now)],
      ['In use', row.active ? 'yes' : 'no'],
      ['Last heard', row.lastHeard === null ? '' : `${heardSince(row.lastHeard, now)} ago`],
      ['Logons', count(row.logons)],
      ['Events', count(row.events)],
      ['Gaps', count(row.gaps), row.gaps > 0 ? 'warn' : 'plain'],
      ['Not understood', count(row.unknown), row.unknown > 0 ? 'warn' : 'plain'],
      ...doubtFields(row),
      ...attemptField(row, now),
    ],
    width,
  );
  for (const field of [...placeFields(row, around), ...waitFields(row, around)])
    lines.push(...composeLong(field, width));
  if (row.problem) lines.push([], ...composeProblem(row.problem, width));
  if (row.handshake)
    lines.push([], composeRule('Handshake', width, rule), ...handshakeLines(row, row.handshake, width));
  const certificate = row.handshake?.certificate;
  if (certificate)
    lines.push([], composeRule('Certificate', width, rule), ...certificateLines(certificate, now, width));
  if (row.probe && !row.active)
    lines.push([], composeRule('Probes', width, rule), ...probeLines(row.probe, now, width));
  return lines;
}

/** Logons that cannot be used as they came, and a clock that makes their ages wrong; of a FortiGate none of it is known. */
function doubtFields({ orphans, refused = 0, clockSkewMs = null }: CollectorRow): Field[] {
  const clock = clockSkewMs === null ? '' : clockWords(clockSkewMs);
  return [
    ['Orphans', orphans === undefined ? '' : count(orphans)],
    ['Refused', refused === 0 ? '' : `${count(refused)}, table full`, 'bad'],
    ['Clock', clock, isClockOff(clockSkewMs) ? 'warn' : 'plain'],
  ];
}

/** More in a minute than a healthy connector makes in an hour: a password or a port that is wrong, or a loop. */
const manyAttempts = 6;

/** Attempts of the last minute: a connect loop shows here (docs/troubleshooting.md). */
export function attemptField({ attempts = [] }: CollectorRow, now: number): Field[] {
  const recent = attempts.filter((at) => at > now - 60_000).length;
  return [['Tries a minute', count(recent), recent >= manyAttempts ? 'warn' : 'plain']];
}

/** Which collector is in use, which is preferred, and since when they are not the same. */
function placeFields(row: CollectorRow, { active, first, now }: Surroundings): Field[] {
  const fields: Field[] = [['Place in list', `${row.position}${row.position === 1 ? ', preferred' : ''}`]];
  if (active === null) fields.push(['Connector', `${row.connector} has no link now`, 'bad']);
  else if (active.position === 1)
    fields.push(['Connector', `${row.connector} is at its preferred collector`]);
  else {
    const since = active.failedOverAt ? ` for ${age(now - active.failedOverAt)}` : '';
    const preferred = first === null ? '' : `, not at ${first.server}${since}`;
    fields.push([
      'Connector',
      `${row.connector} is at ${active.server}${preferred}; it does not return by itself, F fails back`,
      'warn',
    ]);
  }
  return fields;
}

/** What is waited for: the next try, the end of a rest, the end of logons that are kept. */
export function waitFields(
  row: CollectorRow,
  { active, now }: Pick<Surroundings, 'active' | 'now'>,
): Field[] {
  const fields: Field[] = [];
  if (row.nextTryAt !== null && row.nextTryAt > now)
    fields.push(['Next try', `in ${countdown(row.nextTryAt - now)}`]);
  else if (active !== null && !row.active) {
    const rests = row.restsUntil && row.restsUntil > now ? `, not before ${time(row.restsUntil)}` : '';
    fields.push(['Next try', `when the one in use fails${rests}`]);
  }
  if (row.keptUntil && row.keptUntil > now)
    fields.push([
      'Kept logons',
      `${count(row.logons)} are removed in ${countdown(row.keptUntil - now)} (logon-timeout)`,
      'warn',
    ]);
  return fields;
}

function handshakeLines(row: CollectorRow, shake: HandshakeView, width: number): Run[][] {
  const { challengeLength, challengeIsEmpty, verdict } = shake;
  const challenge =
    challengeLength === null
      ? ''
      : `${challengeLength} bytes${challengeIsEmpty ? ', all zeros: no password is asked for' : ''}`;
  const fields: Field[] = [
    ['Banner', row.version ?? ''],
    ['Calls itself', shake.collectorIdentity ?? ''],
    ['Challenge', challenge],
    ['Response', shake.strategy === 'none' ? 'none, as there is no password here' : shake.strategy],
    ['We present', shake.identity],
    [
      'Verdict',
      verdictText(verdict),
      verdict === null || verdict === 1 || verdict === 'implicit' ? 'plain' : 'bad',
    ],
  ];
  return [
    ...stageLines(shake.stages, width),
    ...fields.filter(([, value]) => value !== '').flatMap((field) => composeLong(field, width)),
  ];
}

function verdictText(verdict: HandshakeView['verdict']): string {
  if (verdict === null) return '';
  if (verdict === 'implicit') return 'none was sent, logons came all the same';
  return verdict === 1 ? '1, accepted' : `${verdict}, refused`;
}

function certificateLines(certificate: LinkCertificateView, now: number, width: number): Run[][] {
  const isOver = certificate.validTo < now;
  const days = Math.floor((certificate.validTo - now) / 86_400_000);
  const fields: Field[] = [
    [
      'Trusted',
      certificate.verdict === null ? '+ yes' : `x no, ${certificate.verdict}`,
      certificate.verdict === null ? 'good' : 'bad',
    ],
    ['Subject', certificate.subject],
    ['Issuer', certificate.issuer],
    ['Names', certificate.names],
    ['Valid', `${dateTime(certificate.validFrom)} to ${dateTime(certificate.validTo)}`],
    ['Days left', isOver ? 'none, it expired' : String(days), isOver ? 'bad' : days <= 30 ? 'warn' : 'plain'],
    ['SHA-256', certificate.sha256],
    ['Protocol', certificate.protocol],
  ];
  return fields.filter(([, value]) => value !== '').flatMap((field) => composeLong(field, width));
}

/** The latest probe and the next; coarse, because a second that counts down costs bytes on an idle screen. */
export function probeLines(probe: ProbeView, now: number, width: number): Run[][] {
  const next =
    probe.nextAt === null ? '' : `in ${probe.nextAt - now < 60_000 ? '<1m' : age(probe.nextAt - now)}`;
  if (probe.at === null)
    return [
      composeLine(
        [['Not probed yet', 'muted'], next === '' ? '' : `; the first probe is due ${next}`],
        width,
      ),
    ];
  const found = probe.problem === null ? '+ it said hello' : `x stopped at ${probe.problem.stage}`;
  return [
    ...stageLines(probe.stages, width),
    ...composeFields(
      [
        ['Last probe', `${minutesSince(probe.at, now)} ago`],
        ['Found', found, probe.problem === null ? 'good' : 'bad'],
        ['Next probe', next],
      ],
      width,
    ),
  ];
}
