import { type ReactNode, useLayoutEffect } from 'react';
import { useStore } from 'zustand';
import type { WhyReport } from '../../why-report.ts';
import { whyHeadline, whyLines } from '../../why-text.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds } from '../parts/compose-line.ts';
import { composeLong, composeProblem } from '../parts/fields.ts';
import { Line, Lines } from '../parts/line.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { readQuestion } from './question.ts';

const labelWidth = 12;

/** Why somebody is allowed or denied: what is broken, each step with its evidence, the policies. */
export function WhyScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { why, window } = useServices();
  const { answer, asking } = useStore(why.state);
  const lines =
    answer === null
      ? []
      : answer.ok
        ? answerLines(answer.report, columns)
        : composeProblem(answer.problem, columns);
  const height = Math.max(1, rows - 1);
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: lines.length, columns });
  });
  const offset = Math.max(0, Math.min(place.offset, lines.length - height));
  const last = Math.min(lines.length, offset + height);
  const { subject, to } = readQuestion(place.subject ?? '["user","",null,null]');
  const where = asking ? 'asking ...' : `lines ${offset + 1}-${last} of ${lines.length}`;
  return (
    <>
      <Line
        runs={composeEnds(
          [['Why  ', 'title'], [subject.value, 'accent'], to === null ? '' : `  to ${to}`],
          [[where, 'muted']],
          columns,
        )}
      />
      <Lines lines={lines.slice(offset, last)} />
    </>
  );
}

function answerLines(report: WhyReport, width: number): Run[][] {
  const headline = whyHeadline(report);
  return [
    ...composeLong(['', headline.text, headline.tone], width, 0),
    [],
    ...whyLines(report).flatMap(({ label, text, tone }) => {
      // What belongs to a step stands farther in than the step.
      const indent = text.length - text.trimStart().length;
      return composeLong([label, text.trimStart(), tone], width, labelWidth + indent);
    }),
  ];
}
