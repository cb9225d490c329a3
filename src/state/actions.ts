import type { HistoryQuestion, HistoryRow } from '../logon-history.ts';
import type { Problem } from '../problem.ts';
import type { WhyQuestion, WhyReport } from '../why-report.ts';

/** How an action ended: one line for the toast, or what went wrong. */
export type ActionResult = { ok: true; message: string } | { ok: false; problem: Problem };

/** A certificate of a file that is to be imported as a CA. */
export interface CaCandidate {
  readonly subject: string;
  readonly issuer: string;
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
  /** `no-ca`: it may not sign others, and is left out. */
  readonly verdict: 'new' | 'installed' | 'no-ca';
  readonly der: Uint8Array;
}

/** What an import would do: nothing is installed yet. */
export type CaOffer = { ok: true; candidates: readonly CaCandidate[] } | { ok: false; problem: Problem };

/** One option of a connector as a line of a form. */
export interface FormField {
  /** The option's name in FortiOS and in the file. */
  readonly key: string;
  readonly kind: 'text' | 'number' | 'secret' | 'choice';
  /** As the file has it; blank where it is left out. */
  readonly value: string;
  /** What holds where it is left blank; blank for nothing. */
  readonly fallback: string;
  readonly required: boolean;
  /** Values and range. */
  readonly note: string;
  /** The values of a choice; else empty. */
  readonly choices: readonly string[];
}

/** An entry of the configuration file to be filled in or changed. */
export interface ConnectorForm {
  /** Its name before; null for a new one. */
  readonly connector: string | null;
  readonly fields: readonly FormField[];
  /** The text of the file that the form was made from. */
  readonly before: string;
  /** What `config check` would say of these values, by the key of their field; what concerns none of them is under ''. */
  check(values: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

export type FormOffer = { ok: true; form: ConnectorForm } | { ok: false; problem: Problem };

/** What the history knows, the newest first; empty where it knows nothing. */
export type HistoryOffer = { ok: true; rows: readonly HistoryRow[] } | { ok: false; problem: Problem };

/** Which logons of our own tables are meant: every part that is given has to match, and without any all are. */
export interface LogonChoice {
  /** A query (docs/query.md). */
  readonly filter?: string | undefined;
  /** The filters of FortiOS: the whole name of a group; a connector or collector; an address or a network; a user. */
  readonly group?: string | undefined;
  readonly server?: string | undefined;
  readonly source?: string | undefined;
  readonly user?: string | undefined;
  /** Exactly this one; `session` is 0 where there is none. */
  readonly logon?:
    | { readonly ip: string; readonly session: number; readonly user: string; readonly domain: string }
    | undefined;
}

/** How many logons of each of our FSSO connectors a choice hits; those with none are left out. */
export type CountOffer =
  | { ok: true; counts: readonly (readonly [connector: string, count: number])[] }
  | { ok: false; problem: Problem };

/** Why somebody is allowed or denied. */
export type WhyOffer = { ok: true; report: WhyReport } | { ok: false; problem: Problem };

/** What changes a peer: each is refused where the program runs without `--write` (src/verbs.ts; docs/cli.md, Changing a peer). */
export interface PeerActions {
  /** On the EMS of this connector, lets the device with this serial number connect. */
  authorizeDevice(connector: string, serial: string): Promise<ActionResult>;
  /** Lets a FortiGate accept exactly this certificate for its entry; `row` is the id of a row of `fortigates`. */
  verifyOnFortigate(row: string, fingerprint: string): Promise<ActionResult>;
  /** Lets a FortiGate forget the accepted certificate of its entry. */
  unverifyOnFortigate(row: string): Promise<ActionResult>;
  /** Logs a user off on the FortiGate that told of him; `row` is the id of a row of `logons`. */
  logOffOnFortigate(row: string): Promise<ActionResult>;
  /** Ends an entry on the attached collector that has it; `row` is the id of a row of `entries`. */
  endEntry(row: string): Promise<ActionResult>;
  /** Lets an attached collector forget what its directories said of the groups of a user, `DOMAIN\\user`, or of everybody where it is null. */
  clearGroups(collector: string, user: string | null): Promise<ActionResult>;
  /** Lets an attached collector ask its directories again for the groups of a user who is logged on, or of everybody. */
  renewGroups(collector: string, user: string | null): Promise<ActionResult>;
  /** Lets an attached collector poll all its domain controllers each so many seconds, 1 to 60, or as it is configured where it is null. */
  setPollPeriod(collector: string, seconds: number | null): Promise<ActionResult>;
  /** Lets an attached collector disconnect a FortiGate; `row` is the id of a row of `components`. */
  disconnectFortigate(row: string): Promise<ActionResult>;
}

/**
 * What a screen may ask of the adapters. What is not in `PeerActions` concerns ourselves alone, so that it needs no
 * `--write` (docs/architecture.md, Actions).
 */
export interface Actions extends PeerActions {
  /** Asks the administrator's side of the EMS of this connector again now. */
  refreshAdmin(connector: string): Promise<ActionResult>;
  /** Tries an attached collector that is away again now. */
  refreshAttached(collector: string): Promise<ActionResult>;
  /** Asks a FortiGate again now, by its configured name. */
  refreshFortigate(fortigate: string): Promise<ActionResult>;
  /** Reads the policies and groups of a FortiGate, by its configured name; its row of `gates` then has them. */
  readPolicies(fortigate: string): Promise<ActionResult>;
  /** Pins exactly this certificate; refused when the peer shows another one meanwhile. */
  acceptCertificate(connector: string, sha256: string): Promise<ActionResult>;
  /** Forgets the certificate and any earlier pin of the connector. */
  rejectCertificate(connector: string): Promise<ActionResult>;
  /** Reads the certificates of a PEM or DER file of this machine; nothing is installed. */
  readCaFile(file: string): Promise<CaOffer>;
  /** Installs exactly these certificates, DER, as CAs; chains are judged anew at once. */
  importCa(certificates: readonly Uint8Array[]): Promise<ActionResult>;
  /** Removes an imported CA by its SHA-256; chains are judged anew at once. */
  removeCa(sha256: string): Promise<ActionResult>;
  /** Reads the configuration file for a form: of one EMS connector, or of a new one where the name is null. */
  openConnectorForm(connector: string | null): Promise<FormOffer>;
  /** Writes the form's values to the file and takes it over; refused when the file was changed since it was opened. */
  saveConnector(form: ConnectorForm, values: Readonly<Record<string, string>>): Promise<ActionResult>;
  /** Enables or disables an EMS connector, in the file too. */
  switchConnector(connector: string, on: boolean): Promise<ActionResult>;
  /** Deletes an EMS connector from the file, and stops it. */
  removeConnector(connector: string): Promise<ActionResult>;
  /** Tries an EMS connector again now. */
  refreshConnector(connector: string): Promise<ActionResult>;
  /** Asks the active collector of an FSSO connector for all its logons again. */
  refreshLogons(connector: string): Promise<ActionResult>;
  /** Counts what `clearLogons` would clear; nothing is changed. */
  countLogons(choice: LogonChoice): Promise<CountOffer>;
  /** Empties our own table of that FSSO connector, or takes the chosen logons out of it. */
  clearLogons(connector: string, choice?: LogonChoice): Promise<ActionResult>;
  /** Asks the history who was where; nothing is asked of a peer. */
  askHistory(question: HistoryQuestion): Promise<HistoryOffer>;
  /** Explains why somebody is allowed or denied; FortiGates may be asked for their policies, nothing is changed. */
  askWhy(question: WhyQuestion): Promise<WhyOffer>;
  /** A person has seen this alert. */
  acknowledgeAlert(id: string): Promise<ActionResult>;
  /** Closes the link in use and begins again at the first collector of the list. */
  failBack(connector: string): Promise<ActionResult>;
}
