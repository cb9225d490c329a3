import { isoTime } from '../../logon-history.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';
import { isAllowed, type WhyReport } from '../../why-report.ts';
import { type WhyLine, whyHeadline, whyLines } from '../../why-text.ts';

const lineLength = 80;
const labelLength = 12;

/** The answer as text, no line longer than 80 characters unless one word is (docs/cli.md, why). */
export function whyText(report: WhyReport): string {
  const lines = [
    ...wrapped(whyHeadline(report), 0),
    '',
    ...whyLines(report).flatMap((line) => wrapped(line, labelLength)),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function wrapped({ label, text }: WhyLine, indent: number): string[] {
  const lines: string[] = [];
  const [lead = ''] = /^ */.exec(text) ?? [];
  const hanging = lead === '' ? '' : `${lead}  `;
  let line = lead;
  for (const word of safeText(text.trim()).split(' ')) {
    const isEmpty = line.trim() === '';
    if (!isEmpty && indent + line.length + 1 + word.length > lineLength) {
      lines.push(line);
      line = hanging + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.map(
    (each, place) => (place === 0 ? safeText(label).padEnd(indent) : ' '.repeat(indent)) + each,
  );
}

/** The document of `why --json`: a contract (docs/cli.md, why). */
export function whyDocument(report: WhyReport): string {
  const { subject, to, at, logon, others, steps, fault, decisions, outcome } = report;
  const time = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return safeJson({
    subject,
    to,
    at: isoTime(at),
    allowed: isAllowed(report),
    outcome,
    logon: logon === null ? null : { ...logon, session: logon.session === 0 ? null : logon.session },
    others,
    steps: steps.map(({ step, state, text, evidence, shownBy }) => ({
      step,
      state,
      text,
      evidence: evidence.map((each) => ({ ...each, at: time(each.at) })),
      shownBy,
    })),
    broken: fault,
    decisions,
  });
}
