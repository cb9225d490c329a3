import type { AdviceFacts, ResultCode, Stage, Surroundings } from '../diagnosis/row.ts';

/** What the texts of a failure are filled with. All of it has passed `safeText`. */
export interface FailureFacts {
  /** `host:port`. */
  server: string;
  /** The particular reason, a few words. */
  detail?: string;
  /** Status of the reply; absent or 0 when none came. */
  httpStatus?: number;
  /** How long EMS asked us to wait before the next call. */
  retryAfterMs?: number;
  /** What is known of the device, as far as it changes the advice. */
  surroundings?: Surroundings & AdviceFacts;
}

/** One way to fail, and its texts. */
export interface FaultText {
  /** FortiOS result code; null where the failure is ours alone (docs/protocol/ems.md, Result codes). */
  code: ResultCode | null;
  stage: Stage;
  /** The row of docs/protocol/ems.md, Diagnosis, whose advice applies; absent where none fits. */
  row?: number;
  /** `detail` of the facts is the serial number of the device. */
  detailIs?: 'serial';
  /** The result's text in the new form, with the reason filled in. */
  message: (facts: FailureFacts) => string;
  cause: (facts: FailureFacts) => string;
  /** Steps of its own, for the root; absent where those of the row are the steps. */
  fix?: (facts: FailureFacts) => readonly string[];
  /**
   * Fields B and C and the text of the old form (docs/protocol/ems.md, Old result codes): the daemon's code and
   * libcurl's. Only the rows of -92 and -94 are documented; the others keep the new code and text. [assumed]
   */
  old?: { result: number; curl: number; text?: string };
  /** FortiOS prints another stage text for this one. */
  submission?: true;
}

/** The result's text of -1, with a reason in its brackets; only `timeout` was observed. */
export const notReached = (reason: string) => () => `EMS server was not reached (${reason})`;

/** The result's text of -5, with our detail. */
export const notCompatible = (facts: FailureFacts) =>
  `EMS server connection failed because the server is not compatible. ${facts.detail ?? ''}`.trimEnd();

/** The result's text of -5 for a status that was not expected. */
export const httpRefusal = (facts: FailureFacts) =>
  `EMS server connection failed because the server is not compatible. received https code ${facts.httpStatus}`;

/** What to look at between here and EMS. */
export const pathToServer = (facts: FailureFacts) => [
  `Check that this machine reaches ${facts.server}: routing, firewalls, a proxy in between.`,
  'Check server and https-port, and that the EMS services run.',
  'Check source-ip; raise call-timeout (at most 180 seconds) where the path is slow.',
];
