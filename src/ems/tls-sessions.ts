/**
 * `preserve-ssl-session enable`: the last TLS session with the EMS of one connector, to be resumed by the next call. It is
 * offered only while the very certificate that it was made with is expected (docs/protocol/ems.md, Transport).
 */
export class TlsSessions {
  #kept: { certificate: string; session: Buffer } | null = null;

  /** For a call to the certificate with this SHA-256. */
  for(certificate: string): Buffer | null {
    return this.#kept?.certificate === certificate ? this.#kept.session : null;
  }

  keep(certificate: string, session: Buffer): void {
    this.#kept = { certificate, session };
  }
}
