import type { Problem } from '../problem.ts';
import { diagnoses, type FailureFacts, type Fault, type FaultText } from './diagnosis-table.ts';
import { oldFormIndex } from './profile.ts';

export type { FailureFacts, Fault } from './diagnosis-table.ts';

const stageText = 'issue in getting capabilities';
const submissionStageText = 'Issue in sending initial FortiGate Serial Number';

/** A failed step of an EMS connector: what it is, and its texts in both of FortiOS's forms. */
export class EmsFailure extends Error {
  readonly fault: Fault;
  readonly problem: Problem;
  /** Status of the reply; 0 when none came. */
  readonly httpStatus: number;
  /** libcurl's number for it, as FortiOS prints it; 0 when the transport worked. */
  readonly curlResult: number;
  /** How long EMS asked us to wait; null when it did not. */
  readonly retryAfterMs: number | null;
  /** The stage text that FortiOS puts before the reason. */
  readonly stageText: string;
  readonly #diagnosis: FaultText;

  constructor(fault: Fault, facts: FailureFacts) {
    const diagnosis: FaultText = diagnoses[fault];
    const message = diagnosis.message(facts);
    super(message);
    this.name = 'EmsFailure';
    this.fault = fault;
    this.#diagnosis = diagnosis;
    this.httpStatus = facts.httpStatus ?? 0;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.curlResult = diagnosis.old?.curl ?? 0;
    this.stageText = diagnosis.submission ? submissionStageText : stageText;
    this.problem = {
      stage: diagnosis.stage,
      code: diagnosis.code,
      message,
      cause: diagnosis.cause(facts),
      fix: diagnosis.fix(facts),
    };
  }

  /** `Error A-B-C-D in get SN call: …`, the form of FortiOS 6.4 and early 7.0; our own failures have none. */
  get oldForm(): string | null {
    const { old } = this.#diagnosis;
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
