/** What of a certificate is compared beyond its pin. Times are milliseconds since the epoch. */
export interface ComparedCertificate {
  readonly subject: string;
  readonly keyType: string;
  readonly keyBits: number | null;
  readonly serialNumber: string;
  readonly validFrom: number;
  readonly validTo: number;
  /** Alternative names. */
  readonly names: readonly string[];
}

/** One side of a comparison; null is not known. */
export interface ComparedSide {
  readonly certificate: ComparedCertificate | null;
  readonly issuer: string;
  /** SHA-256 of the issuer's public key. */
  readonly issuerKey: string | null;
  readonly sha256: string;
  /** `host:port`, serial number and tenant of the EMS. */
  readonly server: string | null;
  readonly serialNumber: string | null;
  readonly tenantId: string | null;
}

/** One line of the comparison of the accepted certificate with the one that is shown. */
export interface ComparedField {
  readonly label: string;
  /** Null where it was not kept. */
  readonly accepted: string | null;
  /** Null where it is not known. */
  readonly shown: string | null;
  /** Null where one of both is not known. */
  readonly differs: boolean | null;
}

// Two hundred names would bury the other fields; all of them stand in the certificate itself.
const mostNames = 12;

/**
 * The accepted certificate beside the one that a server shows: what an admin compares before accepting, the telling
 * fields first. Values are the peer's words and not made safe yet.
 */
export function compareCertificates(accepted: ComparedSide, shown: ComparedSide): ComparedField[] {
  const [old, now] = [accepted.certificate, shown.certificate];
  const both = (of: (certificate: ComparedCertificate) => string) =>
    [old === null ? null : of(old), now === null ? null : of(now)] as const;
  return [
    field('Subject', ...both(({ subject }) => subject)),
    field('Issuer', accepted.issuer, shown.issuer),
    field("Issuer's key", accepted.issuerKey, shown.issuerKey),
    old !== null && now !== null
      ? nameDifference(old.names, now.names)
      : field('Names', ...both(({ names }) => nameList(names))),
    field('Key', ...both(keyText)),
    field('Serial number', ...both(({ serialNumber }) => serialNumber)),
    field('Valid from', ...both(({ validFrom }) => timeText(validFrom))),
    field('Valid to', ...both(({ validTo }) => timeText(validTo))),
    field('SHA-256', accepted.sha256, shown.sha256),
    field('Server', accepted.server, shown.server),
    field('EMS serial', accepted.serialNumber, shown.serialNumber),
    field('Tenant', accepted.tenantId, shown.tenantId),
  ].filter((each) => each.accepted !== null || each.shown !== null);
}

/** `RSA, 2048 bits`; an algorithm without a known size alone. */
export function keyText({ keyType, keyBits }: Pick<ComparedCertificate, 'keyType' | 'keyBits'>): string {
  return keyBits === null ? keyType : `${keyType}, ${keyBits} bits`;
}

/** The first names and how many more there are; `none` where there is none. */
export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - mostNames;
  const first = names.slice(0, mostNames).join(', ');
  return more > 0 ? `${first} and ${more} more` : first;
}

function field(label: string, accepted: string | null, shown: string | null): ComparedField {
  const unknown = accepted === null || shown === null;
  return { label, accepted, shown, differs: unknown ? null : accepted !== shown };
}

/** Where the names differ, only those that came and went. */
function nameDifference(old: readonly string[], now: readonly string[]): ComparedField {
  const gone = old.filter((name) => !now.includes(name));
  const come = now.filter((name) => !old.includes(name));
  if (gone.length === 0 && come.length === 0) return field('Names', nameList(old), nameList(old));
  const kept = old.length - gone.length;
  const rest = kept === 0 ? '' : ` and ${kept} in both`;
  return { label: 'Names', accepted: nameList(gone) + rest, shown: nameList(come) + rest, differs: true };
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
