import type { Problem } from '../../problem.ts';
import { certificateRows } from './certificate-rows.ts';
import { connectionRows } from './connection-rows.ts';
import { dataRows } from './data-rows.ts';
import { identityRows } from './identity-rows.ts';
import type {
  AdviceFacts,
  DiagnosisRow,
  FabricRole,
  Finding,
  ResultCode,
  Stage,
  Surroundings,
} from './row.ts';

/** Every row of docs/protocol/ems.md, Diagnosis, in its order. */
export const diagnosisRows: readonly DiagnosisRow[] = [
  ...certificateRows,
  ...identityRows,
  ...connectionRows,
  ...dataRows,
].sort((a, b) => a.row - b.row);

/** What was seen of a failure. Everything is optional; the more particular decides. */
export interface Symptom extends Surroundings, AdviceFacts {
  /** What a step of our own connection found. */
  finding?: Finding;
  /** Whatever a product printed about it: a result, a log line, lines of debug output. */
  text?: string;
  /** FortiOS result code, new form. */
  code?: number | null;
  /** Status of the reply; 0 when none came. */
  httpStatus?: number;
}

export interface Diagnosis {
  /** 1 to 21: the row of docs/protocol/ems.md, Diagnosis. */
  row: number;
  stage: Stage;
  code: ResultCode | null;
  /** The product's message; where none prints anything, our words. */
  message: string;
  cause: string;
  steps: readonly string[];
  /** Whom the steps are written for. */
  role: FabricRole;
  evidence: DiagnosisRow['evidence'];
  source: string;
}

/**
 * The row that a symptom is of, with the steps for our role in the Fabric; null when no row fits. A finding decides
 * before a text, a text before a status, a status before a code (docs/protocol/ems.md, Diagnosis).
 */
export function diagnose(symptom: Symptom): Diagnosis | null {
  const found = byFinding(symptom) ?? byText(symptom.text) ?? byStatus(symptom) ?? byCode(symptom.code);
  return found === undefined ? null : advice(found.row, symptom);
}

/**
 * The advice of a row that is known already, or of the one that stands instead of it in these surroundings.
 * @throws RangeError for a row that is not in the table
 */
export function advice(row: number, about: Surroundings & AdviceFacts): Diagnosis {
  const named = numbered(row);
  if (named === undefined) throw new RangeError(`there is no row ${row}`);
  const found =
    diagnosisRows.find((each) => each.insteadOf?.row === row && each.insteadOf.when(about)) ?? named;
  const role = about.fabricRole ?? 'root';
  const steps = role === 'downstream' ? (found.downstream ?? found.steps) : found.steps;
  const { stage, code, message, cause, evidence, source } = found;
  return { row: found.row, stage, code, message, cause, steps: steps(about), role, evidence, source };
}

/** A diagnosis as people read it, with `message` in place of the row's own where there is a better one. */
export function diagnosisProblem(
  { stage, code, message, cause, steps }: Diagnosis,
  better?: string,
): Problem {
  return { stage, code, message: better ?? message, cause, fix: steps };
}

function numbered(row: number): DiagnosisRow | undefined {
  return diagnosisRows.find((each) => each.row === row);
}

function byFinding({ finding }: Symptom): DiagnosisRow | undefined {
  return finding === undefined ? undefined : diagnosisRows.find((each) => each.finding === finding);
}

// The order in which signs are looked for when a text holds those of several rows: what names a cause goes before what
// only names a result.
const byParticularity = [6, 9, 11, 7, 20, 18, 17, 10, 4, 1, 2, 5, 13];

/** Every sign, the more particular first. */
const signs = (['signs', 'weakSigns'] as const).flatMap((kind) =>
  byParticularity.flatMap((row) => {
    const found = numbered(row);
    return (found?.[kind] ?? []).map((sign) => ({ row: found, sign: folded(sign) }));
  }),
);

function byText(text: string | undefined): DiagnosisRow | undefined {
  if (text === undefined) return undefined;
  const plain = folded(text);
  return signs.find(({ sign }) => holds(plain, sign))?.row;
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ');
}

/** A sign that ends in a number is not the beginning of a longer number. */
function holds(text: string, sign: string): boolean {
  const digitEnd = /\d$/.test(sign);
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) {
    if (!digitEnd || !/\d/.test(text[at + sign.length] ?? '')) return true;
  }
  return false;
}

function byStatus({ httpStatus }: Symptom): DiagnosisRow | undefined {
  const rows: Record<number, number> = { 400: 4, 401: 2, 500: 5 };
  return httpStatus === undefined ? undefined : numbered(rows[httpStatus] ?? 0);
}

function byCode(code: number | null | undefined): DiagnosisRow | undefined {
  const rows: Record<number, number> = { '-1': 13, '-4': 1, '-5': 5, '-7': 10, '-8': 2, '-92': 1, '-94': 2 };
  return code === null || code === undefined ? undefined : numbered(rows[code] ?? 0);
}
