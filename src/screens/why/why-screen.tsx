import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { WhyReport } from '../../why-report.ts';
import { whyHeadline, whyLines } from '../../why-text.ts';
import type { Run } from '../parts/columns.ts';
import { composeLong, composeProblem } from '../parts/fields.ts';
import { ScrolledPage } from '../parts/scrolled-page.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices } from '../services.ts';
import { readQuestion } from './question.ts';

const labelWidth = 12;

/** Why somebody is allowed or denied: what is broken, each step with its evidence, the policies. */
export function WhyScreen(screen: ScreenProps): ReactNode {
  const { place, columns } = screen;
  const { why } = useServices();
  const { answer, asking } = useStore(why.state);
  const lines =
    answer === null
      ? []
      : answer.ok
        ? answerLines(answer.report, columns)
        : composeProblem(answer.problem, columns);
  const { subject, to } = readQuestion(place.subject ?? '["user","",null,null,null]');
  return (
    <ScrolledPage
      {...screen}
      title={[['Why  ', 'title'], [subject.value, 'accent'], to === null ? '' : `  to ${to}`]}
      lines={lines}
      instead={asking ? 'asking ...' : null}
    />
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
