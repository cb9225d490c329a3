import { coarseAge } from './coarse-age.ts';
import { accountName, isoTime } from './logon-history.ts';
import type { WhyDecision, WhyOutcome, WhyReport, WhyState, WhyStep } from './why-report.ts';

// The words of an answer, the same on the screen and on the command line.

/** How a step is marked: `mark` and `word` say it without colour. */
export const whyStateWords: Readonly<Record<WhyState, { mark: string; word: string }>> = {
  ok: { mark: '+', word: 'ok' },
  implied: { mark: '+', word: 'implied' },
  doubtful: { mark: '!', word: 'doubtful' },
  broken: { mark: 'x', word: 'broken' },
  unknown: { mark: '-', word: 'not known' },
};

const outcomeWords: Readonly<Record<WhyOutcome, string>> = {
  allow: 'allowed',
  deny: 'denied',
  ntlm: 'the browser is asked by NTLM',
  depends: 'it depends',
  unknown: 'not known: no policies',
};

/** What a line of an answer is, for its colour. */
export type WhyTone = 'plain' | 'muted' | 'title' | 'good' | 'warn' | 'bad';

/** One line of an answer before it is wrapped; texts are not yet safe. The label stands before the first line only. */
export interface WhyLine {
  readonly label: string;
  readonly text: string;
  readonly tone: WhyTone;
}

const stateTones: Readonly<Record<WhyState, WhyTone>> = {
  ok: 'good',
  implied: 'good',
  doubtful: 'warn',
  broken: 'bad',
  unknown: 'muted',
};

/** The answer in one line. */
export function whyHeadline({ subject, to, logon, outcome, fault }: WhyReport): WhyLine {
  const who = logon === null ? subject.value : `${accountName(logon)} at ${logon.ip}`;
  const where = to === null ? '' : ` to ${to}`;
  const broken = fault === null ? '' : `; broken at: ${fault.step}`;
  const tone = outcome === 'allow' ? (fault === null ? 'good' : 'warn') : outcome === 'deny' ? 'bad' : 'warn';
  return { label: '', text: `${who}${where}: ${outcomeWords[outcome]}${broken}`, tone };
}

/** The whole answer below its headline: what is broken first, then the steps, then the policies one by one. */
export function whyLines(report: WhyReport): WhyLine[] {
  const lines: WhyLine[] = [];
  const { fault, others, decisions, steps } = report;
  if (fault !== null) {
    const row = fault.row === null ? '' : ` (case ${fault.row} of docs/troubleshooting.md)`;
    lines.push({ label: 'Broken', text: `${fault.step}${row}`, tone: 'bad' });
    lines.push({ label: 'Cause', text: fault.cause, tone: 'plain' });
    fault.fix.forEach((text, place) => {
      lines.push({ label: place === 0 ? 'What to do' : '', text: `${place + 1}. ${text}`, tone: 'plain' });
    });
  }
  for (const { source, because } of decisions)
    lines.push({ label: 'Decision', text: `${source}: ${because}`, tone: 'plain' });
  if (lines.length > 0) lines.push(blank);
  lines.push(...steps.flatMap((step) => stepLines(step, report.at)));
  for (const decision of decisions) lines.push(blank, ...decisionLines(decision));
  if (others.length > 0) lines.push(blank, { label: 'Also', text: shortList(others), tone: 'muted' });
  return lines;
}

const blank: WhyLine = { label: '', text: '', tone: 'plain' };
const mostNamed = 8;

function shortList(names: readonly string[]): string {
  const rest = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function stepLines({ step, state, text, evidence, shownBy }: WhyStep, now: number): WhyLine[] {
  const { mark, word } = whyStateWords[state];
  const shown = evidence.slice(0, mostNamed);
  const lines: WhyLine[] = [{ label: step, text: `${mark} ${word}: ${text}`, tone: stateTones[state] }];
  for (const { text: what, source, at } of shown) {
    const when = at === null ? '' : `, ${isoTime(at)} (${coarseAge(now - at)} ago)`;
    lines.push({ label: '', text: `  ${source}: ${what}${when}`, tone: 'plain' });
  }
  if (evidence.length > shown.length)
    lines.push({ label: '', text: `  and ${evidence.length - shown.length} more`, tone: 'muted' });
  if (shownBy !== null && state !== 'ok')
    lines.push({ label: '', text: `  would show it: ${shownBy}`, tone: 'muted' });
  return lines;
}

const verdictMarks = { match: '+', no: '-', unknown: '?' } as const;

function decisionLines({ source, outcome, permitted, policies, limits }: WhyDecision): WhyLine[] {
  const lines: WhyLine[] = [
    { label: 'Policies', text: `of ${source}: ${outcomeWords[outcome]}`, tone: 'title' },
  ];
  for (const { id, name, verdict, because: reason } of policies) {
    const title = name === null || name === '' ? `${id}` : `${id} (${name})`;
    lines.push({
      label: '',
      text: `${verdictMarks[verdict]} ${title}: ${reason}`,
      tone: verdict === 'no' ? 'muted' : 'plain',
    });
  }
  if (permitted.length > 0) lines.push({ label: 'Permitted', text: shortList(permitted), tone: 'plain' });
  for (const text of limits) lines.push({ label: '', text, tone: 'muted' });
  return lines;
}
