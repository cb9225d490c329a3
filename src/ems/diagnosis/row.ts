/** What a member of a Security Fabric is to it; a FortiGate on its own is its own root. */
export type FabricRole = 'root' | 'downstream';

/** What is known of the device beside the failure itself, as far as it changes what a failure means. */
export interface Surroundings {
  fabricRole?: FabricRole;
  /** Which unit of a high-availability cluster it is. */
  haRole?: 'primary' | 'secondary';
  type?: 'ems' | 'ems-cloud';
  /** False: an administrator's view of EMS does not list the serial number of the device at all. */
  serialListed?: boolean;
}

/** What the advice is filled in with. All of it has passed `safeText`. */
export interface AdviceFacts {
  /** `host:port`. */
  server?: string;
  /** Serial number of the device. */
  serial?: string;
}

/** What a step of the connection or an option shows, where no product prints a text of its own. */
export type Finding =
  | 'serial-not-listed'
  | 'session-resumed'
  | 'verifying-ca-missing'
  | 'synchronised-field'
  | 'certificate-renewed'
  | 'tags-missing'
  | 'tag-types-missing'
  | 'websocket-down'
  | 'client-certificate-zero'
  | 'keep-alive-missed'
  | 'serial-number-changed'
  | 'tag-limit';

export type Stage =
  | 'resolve'
  | 'TCP'
  | 'TLS'
  | 'certificate'
  | 'authentication'
  | 'reply'
  | 'configuration'
  | 'data'
  | 'notification';

export type ResultCode = -1 | -4 | -5 | -7 | -8;

export type Steps = (facts: AdviceFacts) => readonly string[];

/** One row of docs/protocol/ems.md, Diagnosis. */
export interface DiagnosisRow {
  /** Its place in that table, 1 to 21. */
  row: number;
  stage: Stage;
  /** Null where FortiOS gives none. */
  code: ResultCode | null;
  /** What the product prints, exactly; where none prints anything, our words. */
  message: string;
  /** Pieces of what products print, any of which is the sign; case and runs of blanks do not count. */
  signs: readonly string[];
  /** Pieces that also stand in the texts of other rows: looked for when no row's `signs` were found. */
  weakSigns?: readonly string[];
  finding?: Finding;
  /** The sign alone says another row; in these surroundings it is this one. */
  insteadOf?: { row: number; when: (surroundings: Surroundings) => boolean };
  /** One sentence. */
  cause: string;
  /** What mends it, in order, as the root or a device on its own takes it. */
  steps: Steps;
  /** The same for a downstream member, where it differs. */
  downstream?: Steps;
  /** How well it is known, in the marks of docs/protocol/ems.md. */
  evidence: 'documented' | 'observed' | 'schema' | 'inferred';
  /** Where it is from. */
  source: string;
}
