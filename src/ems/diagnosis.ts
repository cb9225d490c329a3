import type { Problem } from '../problem.ts';
import { advice, type Diagnosis } from './diagnosis/diagnose.ts';
import type { AdviceFacts, Surroundings } from './diagnosis/row.ts';
import { diagnoses, type FailureFacts, type Fault, type FaultText } from './diagnosis-table.ts';
import { oldFormIndex } from './profile.ts';

export type { FailureFacts, Fault } from './diagnosis-table.ts';

const stageText = 'issue in getting capabilities';
const submissionStageText = 'Issue in sending initial FortiGate Serial Number';

/** A failed step of an EMS connector: what it is, and its texts in both of FortiOS's forms. */
export class EmsFailure extends Error {
  readonly fault: Fault;
  readonly problem: Problem;
  /** The row of docs/protocol/ems.md, Diagnosis, that it is of; null where none fits. */
  readonly diagnosis: Diagnosis | null;
  /** Status of the reply; 0 when none came. */
  readonly httpStatus: number;
  /** libcurl's number for it, as FortiOS prints it; 0 when the transport worked. */
  readonly curlResult: number;
  /** How long EMS asked us to wait; null when it did not. */
  readonly retryAfterMs: number | null;
  /** The stage text that FortiOS puts before the reason. */
  readonly stageText: string;
  readonly #text: FaultText;
  readonly #facts: FailureFacts;

  constructor(fault: Fault, facts: FailureFacts) {
    const text: FaultText = diagnoses[fault];
    const message = text.message(facts);
    super(message);
    this.name = 'EmsFailure';
    this.fault = fault;
    this.#text = text;
    this.#facts = facts;
    this.httpStatus = facts.httpStatus ?? 0;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.curlResult = text.old?.curl ?? 0;
    this.stageText = text.submission ? submissionStageText : stageText;
    this.diagnosis = text.row === undefined ? null : rowAdvice(text.row, text, facts);
    this.problem = {
      stage: text.stage,
      code: text.code,
      message,
      ...causeAndFix(text, facts, this.diagnosis),
    };
  }

  /** The same failure with the advice for a device in these surroundings. */
  in(surroundings: Surroundings & AdviceFacts): EmsFailure {
    return new EmsFailure(this.fault, { ...this.#facts, surroundings });
  }

  /** `Error A-B-C-D in get SN call: …`, the form of FortiOS 6.4 and early 7.0; our own failures have none. */
  get oldForm(): string | null {
    const { old } = this.#text;
    if (!old) return null;
    const text = old.text ?? this.problem.message;
    return `Error ${oldFormIndex}-${old.result}-${old.curl}-${this.httpStatus} in get SN call: ${text}`;
  }

  /** The problem in the words of a FortiOS release: before 7.0.8 the message is the old form. */
  problemFor(release: string): Problem {
    return release === '6.4' && this.oldForm !== null
      ? { ...this.problem, message: this.oldForm }
      : this.problem;
  }
}

function rowAdvice(row: number, text: FaultText, facts: FailureFacts): Diagnosis {
  return advice(row, {
    ...facts.surroundings,
    server: facts.server,
    ...(text.detailIs === 'serial' && facts.detail !== undefined ? { serial: facts.detail } : {}),
  });
}

/** A fault knows its particular cause and, for the root, its own steps, unless its surroundings make it another row. */
function causeAndFix(
  text: FaultText,
  facts: FailureFacts,
  row: Diagnosis | null,
): Pick<Problem, 'cause' | 'fix'> {
  const own = { cause: text.cause(facts), fix: text.fix?.(facts) };
  if (row === null) return { cause: own.cause, fix: own.fix ?? [] };
  if (row.row !== text.row) return { cause: row.cause, fix: row.steps };
  const fix = row.role === 'root' ? (own.fix ?? row.steps) : row.steps;
  return { cause: own.cause, fix };
}
