/** One installed CA: what chains of servers are judged by. Times are milliseconds since the epoch. */
export interface CaRow {
  /** Its SHA-256. */
  readonly id: string;
  subject: string;
  issuer: string;
  sha256: string;
  validFrom: number;
  validTo: number;
  /** A file of `trust.ca` holds it, so that only the configuration can take it away. */
  configured: boolean;
  /** It was imported, so that it can be removed here. */
  imported: boolean;
}
