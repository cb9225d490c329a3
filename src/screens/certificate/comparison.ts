import type { AcceptedView, CertificateView, ConnectorRow } from '../../state/changes.ts';
import { keyText } from '../parts/key-text.ts';
import { dateTime } from '../text/format.ts';

/** One line of the comparison of the accepted certificate with the one that is shown. */
export interface ComparedField {
  readonly label: string;
  /** Null where it was not kept. */
  readonly accepted: string | null;
  readonly shown: string;
  /** Null where one of both is not known. */
  readonly differs: boolean | null;
}

// Two hundred names would bury the other fields; all of them stand in the certificate below.
const mostNames = 12;

/** Is another certificate shown than the one that was accepted? */
export function isOther(row: ConnectorRow): boolean {
  const { accepted } = row.pin;
  const [leaf] = row.chain;
  return accepted !== null && leaf !== undefined && accepted.sha256 !== leaf.sha256;
}

/**
 * The accepted certificate of a connector beside the one that its server shows: what an admin compares before accepting,
 * the telling fields first. Values are not made safe yet.
 */
export function compareAccepted(
  row: ConnectorRow,
  accepted: AcceptedView,
  leaf: CertificateView,
): ComparedField[] {
  const old = accepted.certificate;
  const names = old === null ? null : nameDifference(old.names, leaf.names);
  return [
    field('Subject', old?.subject ?? null, leaf.subject),
    field('Issuer', accepted.issuer, leaf.issuer),
    field("Issuer's key", accepted.issuerKey, row.pin.issuerKey ?? ''),
    names ?? field('Names', null, nameList(leaf.names)),
    field('Key', old === null ? null : keyText(old), keyText(leaf)),
    field('Serial number', old?.serialNumber ?? null, leaf.serialNumber),
    field('Valid from', old === null ? null : dateTime(old.validFrom), dateTime(leaf.validFrom)),
    field('Valid to', old === null ? null : dateTime(old.validTo), dateTime(leaf.validTo)),
    field('SHA-256', accepted.sha256, leaf.sha256),
    field('Server', accepted.server, row.server),
    field('EMS serial', accepted.serialNumber, row.serialNumber ?? ''),
    field('Tenant', accepted.tenantId, row.tenantId ?? ''),
  ].filter(({ label, accepted: before, shown }) => before !== null || shown !== '' || label === 'Subject');
}

/** Why the pin does not fit, one sentence; null where it fits. */
export function whyChanged(row: ConnectorRow): string | null {
  const { accepted, mode, commonName, issuerKey } = row.pin;
  const [leaf] = row.chain;
  if (row.pinned || accepted === null || leaf === undefined) return null;
  if (accepted.sha256 === leaf.sha256)
    return accepted.mode === 'fingerprint' && mode === 'ca-cn'
      ? 'It was accepted under trust-ca-cn disable; enabling that needs a new acceptance.'
      : null;
  if (mode === 'fingerprint') return 'trust-ca-cn is disabled: only the very same certificate passes.';
  if (accepted.mode === 'fingerprint')
    return 'The earlier one was accepted by its SHA-256 (trust-ca-cn disable), which differs.';
  if (accepted.issuer !== leaf.issuer) return 'Another CA signed it.';
  if (accepted.issuerKey !== issuerKey)
    return 'Another CA of the same name signed it: its key is not that of the accepted one.';
  if (accepted.commonName !== commonName) return 'It is made out to another name (CN).';
  return accepted.commonName === null ? 'It has no CN, so that only the very same certificate passes.' : null;
}

function field(label: string, accepted: string | null, shown: string): ComparedField {
  const unknown = accepted === null || shown === '';
  return { label, accepted, shown, differs: unknown ? null : accepted !== shown };
}

/** Where the names differ, only those that came and went. */
function nameDifference(old: readonly string[], now: readonly string[]): ComparedField {
  const gone = old.filter((name) => !now.includes(name));
  const come = now.filter((name) => !old.includes(name));
  const differs = gone.length > 0 || come.length > 0;
  const kept = old.length - gone.length;
  const rest = kept === 0 || !differs ? '' : ` and ${kept} in both`;
  return {
    label: 'Names',
    accepted: differs ? nameList(gone) + rest : nameList(old),
    shown: differs ? nameList(come) + rest : nameList(now),
    differs,
  };
}

export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - mostNames;
  const first = names.slice(0, mostNames).join(', ');
  return more > 0 ? `${first} and ${more} more` : first;
}
