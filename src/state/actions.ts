import type { Problem } from '../problem.ts';

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

/** What changes a peer: each is refused where the program runs without `--write` (src/verbs.ts; docs/cli.md, Changing a peer). */
export interface PeerActions {
  /** On the EMS of this connector, lets the device with this serial number connect. */
  authorizeDevice(connector: string, serial: string): Promise<ActionResult>;
  /** Lets a FortiGate accept exactly this certificate for its entry; `row` is the id of a row of `fortigates`. */
  verifyOnFortigate(row: string, fingerprint: string): Promise<ActionResult>;
  /** Lets a FortiGate forget the accepted certificate of its entry. */
  unverifyOnFortigate(row: string): Promise<ActionResult>;
}

/**
 * What a screen may ask of the adapters. What is not in `PeerActions` concerns ourselves alone, so that it needs no
 * `--write` (docs/architecture.md, Actions).
 */
export interface Actions extends PeerActions {
  /** Asks the administrator's side of the EMS of this connector again now. */
  refreshAdmin(connector: string): Promise<ActionResult>;
  /** Asks a FortiGate again now, by its configured name. */
  refreshFortigate(fortigate: string): Promise<ActionResult>;
  /** Pins exactly this certificate; refused when the peer shows another one meanwhile. */
  acceptCertificate(connector: string, sha256: string): Promise<ActionResult>;
  /** Forgets the certificate and any earlier pin of the connector. */
  rejectCertificate(connector: string): Promise<ActionResult>;
  /** Reads the certificates of a PEM or DER file of this machine; nothing is installed. */
  readCaFile(file: string): Promise<CaOffer>;
  /** Installs exactly these certificates, DER, as CAs; chains are judged anew at once. */
  importCa(certificates: readonly Uint8Array[]): Promise<ActionResult>;
  /** Tries an EMS connector again now. */
  refreshConnector(connector: string): Promise<ActionResult>;
  /** Asks the active collector of an FSSO connector for all its logons again. */
  refreshLogons(connector: string): Promise<ActionResult>;
  /** Empties our own table of that FSSO connector. */
  clearLogons(connector: string): Promise<ActionResult>;
  /** Closes the link in use and begins again at the first collector of the list. */
  failBack(connector: string): Promise<ActionResult>;
}
