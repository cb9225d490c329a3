import { doubtWords } from '../../entry-doubts.ts';
import { evidenceText } from '../../evidence-text.ts';
import type { ModeVerdict } from '../../logon-evidence.ts';
import type { EntryCheck, EntryRow } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run, Tone } from '../parts/columns.ts';
import { composeFields, composeLong, composeProblem, fieldLabelWidth } from '../parts/fields.ts';
import { stateText } from '../parts/state-words.ts';
import { dateTime } from '../text/format.ts';
import { entryWord, minutesUntil } from './columns.ts';

const methodWords: Readonly<Record<string, string>> = {
  command: 'by the configured program',
  netapi: 'over SMB, by its list of users',
  registry: 'over SMB, by its registry',
};

const presenceWords: Readonly<Record<EntryCheck['presence'], string>> = {
  present: 'the user is there',
  absent: 'the user is not there',
  unknown: 'nothing is known of the user',
};

const verdictTones: Readonly<Record<ModeVerdict['sees'], Tone>> = { yes: 'good', maybe: 'warn', no: 'muted' };

/** One entry in full: how sure its collector is of it, and until when, what it was read from, and who else would have seen it. */
export function entryLines(row: EntryRow, now: number, width: number): Run[][] {
  const word = entryWord(row);
  const ago = (time: number | null) => (time === null ? '' : `${minutesSince(time, now)} ago`);
  const until = (time: number | null) => (time === null ? '' : `in ${minutesUntil(time, now)}`);
  const { doubt, lastCheck, evidence } = row;
  const long = (label: string, value: string, tone?: Tone) =>
    value === '' ? [] : composeLong(tone ? [label, value, tone] : [label, value], width);
  return [
    ...(doubt === null ? [] : long('Doubt', doubtWords(doubt), 'warn')),
    ...(lastCheck?.problem ? [...composeProblem(lastCheck.problem, width), []] : []),
    ...composeFields(
      [
        ['Status', stateText(word), word.tone],
        ['Collector', row.collector],
        ['Reported by', row.agent],
        ['Feed', row.feed ?? ''],
        ['Logged on', dateTime(row.logonTime)],
        ['Last reported', ago(row.updatedAt)],
        ['Last verified', ago(row.verifiedAt)],
        ['Next check', until(row.nextCheckAt)],
        ['Ends by itself', until(row.expiresAt)],
        ['Workstation', row.workstation],
        ['Address', row.ip],
        ['Also at', [row.otherIp, row.ip6].filter((ip) => ip !== null).join(', ')],
        ['Session', row.session === 0 ? '' : String(row.session)],
      ],
      width,
    ),
    ...long('Asked', lastCheck === null ? '' : checkText(lastCheck, now)),
    ...long('Evidence', evidence === null ? '' : evidenceText(evidence, row.agent)),
    ...long('Ports', row.portRanges.map(([first, last]) => `${first}-${last}`).join(', ')),
    ...long('Groups', row.groups.join(', ')),
    ...waysLines(row.ways, width),
  ];
}

/** What its workstation said last. */
function checkText({ at, method, presence }: EntryCheck, now: number): string {
  return `its workstation ${minutesSince(at, now)} ago ${methodWords[method] ?? `by ${method}`}: ${presenceWords[presence]}`;
}

/** Whether each way of seeing logons would have seen this one, and why not. */
function waysLines(ways: readonly ModeVerdict[], width: number): Run[][] {
  if (ways.length === 0) return [];
  const words = ways.map(({ mode, isConfigured }) => (isConfigured ? `${mode}, as here` : mode));
  const labels = Math.min(Math.max(fieldLabelWidth, ...words.map(({ length }) => length + 2)), 34);
  return [
    [],
    ...composeLong(['', 'Which ways of seeing logons would have seen this one:', 'title'], width, 0),
    ...ways.flatMap(({ sees, why }, place) => {
      const isSaid = ways[place - 1]?.why === why;
      const text = isSaid ? `${sees}, as above` : `${sees}: ${why}`;
      return composeLong([words[place] ?? '', text, verdictTones[sees]], width, labels);
    }),
  ];
}
