import { longestPaste, type Observation, readPaste } from '../fcnacd.ts';
import { advice, type Diagnosis, diagnose } from './diagnose.ts';
import type { AdviceFacts, Surroundings } from './row.ts';

/** One row of the table that a text speaks of. */
export interface Explanation {
  diagnosis: Diagnosis;
  /** The steps for a downstream member, where they differ and it is not known which of the two we are. */
  downstreamSteps: readonly string[] | null;
  /** The lines that say so, the first ones of each place; not safe to show. */
  evidence: readonly { line: number; text: string }[];
}

/** Places that are kept of one row. */
const mostEvidence = 5;

/**
 * The rows of docs/protocol/ems.md, Diagnosis, that a pasted output of a FortiGate speaks of, in the order of their first
 * line; a row that only repeats what a more particular one of the same text explains is left out.
 */
export function explain(text: string, about: Surroundings & AdviceFacts): Explanation[] {
  const found = new Map<number, { diagnosis: Diagnosis; evidence: { line: number; text: string }[] }>();
  for (const observation of readPaste(text)) {
    const diagnosis = diagnoseObservation(observation, about);
    if (!diagnosis) continue;
    const known = found.get(diagnosis.row) ?? { diagnosis, evidence: [] };
    if (known.evidence.length < mostEvidence) known.evidence.push(evidenceOf(observation, diagnosis.row));
    found.set(diagnosis.row, known);
  }
  // The general -5 of a call that a more particular row explains.
  const particular = [...found.keys()].some((row) => row === 4 || row === 6);
  const general = found.get(5);
  if (particular && general?.evidence.every(({ text: said }) => !/\b500\b/.test(said))) found.delete(5);
  return [...found.values()].map(({ diagnosis, evidence }) => ({
    diagnosis,
    downstreamSteps: about.fabricRole === undefined ? otherSteps(diagnosis, about) : null,
    evidence,
  }));
}

/** Whether a text is longer than what is read of it. */
export function isCut(text: string): boolean {
  return text.length > longestPaste;
}

function diagnoseObservation(observation: Observation, about: Surroundings & AdviceFacts): Diagnosis | null {
  if (observation.well) return null;
  const { text, code, httpStatus, finding } = observation;
  return diagnose({
    ...about,
    text,
    ...(code === undefined ? {} : { code }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(finding === undefined ? {} : { finding }),
  });
}

function evidenceOf({ line, text }: Observation, row: number): { line: number; text: string } {
  const lines = text.split('\n');
  // Of a block, the line that carries the reason: one that names the row, and of several the one that says most.
  let at = 0;
  let longest = 0;
  for (const [index, each] of lines.entries()) {
    if (each.length <= longest || diagnose({ text: each })?.row !== row) continue;
    at = index;
    longest = each.length;
  }
  return { line: line + at, text: (lines[at] ?? '').trim() };
}

function otherSteps(diagnosis: Diagnosis, about: Surroundings & AdviceFacts): readonly string[] | null {
  const member = advice(diagnosis.row, { ...about, fabricRole: 'downstream' });
  return member.steps.join('\n') === diagnosis.steps.join('\n') ? null : member.steps;
}
