import { type Explanation, explain, isCut } from '../ems/diagnosis/explain.ts';
import type { Surroundings } from '../ems/diagnosis/row.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import type { EmsOnceResult } from './ems-once.ts';

/** Characters that are shown of a line of the paste. */
const longestQuote = 300;

/** What a pasted output of a FortiGate means (docs/cli.md, ems explain). */
export function explainOnce(paste: string, about: Surroundings, json: boolean): EmsOnceResult {
  const found = explain(paste, about);
  const cut = isCut(paste) ? ['the text is too long; its end was not read'] : [];
  const nothing = found.length === 0 ? ['nothing in the text is known as a failure of an EMS connector'] : [];
  return {
    output: json ? `${safeJson({ findings: found.map(document) })}\n` : found.map(paragraph).join('\n'),
    diagnostics: [...nothing, ...cut],
    isHealthy: found.length > 0,
  };
}

function document({ diagnosis, downstreamSteps, evidence }: Explanation) {
  const { row, stage, code, message, cause, steps, role, evidence: known, source } = diagnosis;
  return {
    row,
    stage,
    code,
    message,
    cause,
    steps,
    role,
    downstreamSteps,
    known,
    source,
    lines: evidence.map(({ line, text }) => ({ line, text: text.slice(0, longestQuote) })),
  };
}

function paragraph({ diagnosis, downstreamSteps, evidence }: Explanation): string {
  const { row, stage, code, message, cause, steps, role, evidence: known, source } = diagnosis;
  const numbered = (list: readonly string[]) => list.map((step, index) => `  ${index + 1}. ${step}`);
  return [
    `Row ${row}: ${message}`,
    `  stage ${stage}${code === null ? '' : `, code ${code}`}; ${known} (${source})`,
    ...evidence.map(({ line, text }) => `  line ${line}: ${safeText(text.slice(0, longestQuote))}`),
    `Cause: ${cause}`,
    role === 'downstream' ? 'What to do, on a downstream member:' : 'What to do:',
    ...numbered(steps),
    ...(downstreamSteps === null
      ? []
      : ['On a downstream member of a Fabric instead:', ...numbered(downstreamSteps)]),
    '',
  ].join('\n');
}
