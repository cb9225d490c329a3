import type { ControllerRow, Polling } from '../../state/changes.ts';
import { minutesSince } from '../parts/coarse.ts';
import type { Run } from '../parts/columns.ts';
import { composeFields, composeLong, composeProblem, type Field } from '../parts/fields.ts';
import { sparkline } from '../parts/sparkline.ts';
import { stateText } from '../parts/state-words.ts';
import { age, count, countdown, latency } from '../text/format.ts';
import { controllerWord, lagText, modeWord } from './columns.ts';

interface Surroundings {
  readonly width: number;
  readonly now: number;
  readonly ascii: boolean;
}

/** The round trip of sessions that the guide of the collector allows, in milliseconds (docs/protocol/windows.md, Polling). */
const longestRoundTrip = 10_000;

/** One domain controller in full: how it is seen, how the polling goes, and what other ways would not have seen. */
export function controllerLines(row: ControllerRow, { width, now, ascii }: Surroundings): Run[][] {
  const word = controllerWord(row);
  const ago = (time: number | null) => (time === null ? '' : `${minutesSince(time, now)} ago`);
  const { polling } = row;
  const lines = composeFields(
    [
      ['State', stateText(word), word.tone],
      ['Mode', modeWord(row.mode)],
      ['Collector', row.collector],
      ['Domain', row.domain ?? ''],
      ['Reported by', row.agent ?? ''],
      ['Last event', ago(row.lastEvent)],
      ...(polling ? pollingFields(row, polling, now) : []),
    ],
    width,
  );
  const long: Field[] = [['Addresses', row.addresses.join(', ')]];
  if (polling) {
    long.push([
      'Reached by',
      polling.means ?? 'not connected now',
      polling.means === null ? 'muted' : 'plain',
    ]);
    if (polling.pollTimes.length > 0) long.push(['Poll times', timesText(row, polling, width, ascii)]);
  }
  long.push(['Misses', row.misses]);
  // One that misses the same is no better.
  for (const [mode, misses] of row.otherModes)
    if (misses !== row.misses) long.push([`By ${modeWord(mode)}`, `would not see: ${misses}`, 'muted']);
  for (const field of long) if (field[1] !== '') lines.push(...composeLong(field, width));
  // First where there is one: the pane below the list shows a few lines only.
  return row.problem ? [...composeProblem(row.problem, width), [], ...lines] : lines;
}

function pollingFields(row: ControllerRow, polling: Polling, now: number): Field[] {
  const isFailed = row.state === 'failed';
  const { lag, lost, clockSkewSeconds: skew, nextPoll, failures } = polling;
  return [
    ['Log', polling.log ?? ''],
    ['Bookmark', polling.bookmark === null ? '' : `record ${count(polling.bookmark)}`],
    ['Behind', lagText(row, now), isFailed ? 'bad' : lag !== null && lag.records > 0 ? 'warn' : 'plain'],
    ['Lost records', polling.log === null ? '' : count(lost), lost > 0 ? 'bad' : 'plain'],
    ['Sessions', polling.sessions === null ? '' : count(polling.sessions)],
    ['Logons', count(polling.logons)],
    ['Logons/min', count(polling.logonsPerMinute)],
    ['Last poll', polling.lastPoll === null ? '' : `${minutesSince(polling.lastPoll, now)} ago`],
    ['Every', `${age(polling.periodMs)}${polling.periodIsChosen ? ', set by hand' : ''}`],
    ['Next poll', nextPoll === null ? '' : nextPoll <= now ? 'now' : `in ${countdown(nextPoll - now)}`],
    ['Polls', count(polling.polls)],
    ['Failed polls', count(failures), failures > 0 ? 'warn' : 'plain'],
    ['Clock', skew === null ? '' : skew === 0 ? 'as ours' : `${skew > 0 ? '+' : ''}${count(skew)} s to ours`],
  ];
}

/** The bars of the last polls, and how long they took; of sessions, how near that is to the limit. */
function timesText(
  row: ControllerRow,
  { pollTimes, periodMs }: Polling,
  width: number,
  ascii: boolean,
): string {
  const last = pollTimes.at(-1) ?? 0;
  const longest = Math.max(...pollTimes);
  const share = Math.round((last / longestRoundTrip) * 100);
  const slow = row.state === 'slow' ? `, over the period of ${age(periodMs)}` : '';
  const limit = row.mode === 'netapi' ? `, ${share} % of the 10 s of the guide` : slow;
  return `${sparkline(pollTimes, Math.max(10, Math.min(30, width - 60)), ascii)}  last ${latency(last)}${limit}, longest ${latency(longest)}`;
}
