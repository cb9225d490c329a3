import type { CertificateView, ConnectorRow } from '../../state/changes.ts';
import type { KeyOf } from '../input/keymap.ts';
import type { Run } from '../parts/columns.ts';
import { composeLine } from '../parts/compose-line.ts';
import { composeLong } from '../parts/fields.ts';
import { dateTime } from '../text/format.ts';
import { whyNotAccepted } from './acceptance.ts';
import { isOther, whyChanged } from './comparison.ts';

/** Whether the certificate of a connector is accepted, since when, and why not. */
export function acceptanceLines(row: ConnectorRow, width: number, keyOf: KeyOf): Run[][] {
  const { accepted } = row.pin;
  const since = accepted === null ? '' : dateTime(accepted.acceptedAt).slice(0, 10);
  if (row.pinned && isOther(row))
    return [composeLine([['+ Accepted', 'good'], ` by CA and CN: renewed since ${since}`], width)];
  if (row.pinned) return [composeLine([['+ Accepted', 'good'], since === '' ? '' : ` on ${since}`], width)];
  const why = whyChanged(row);
  if (row.state === 'certificate-changed' || isOther(row)) {
    const lines = [composeLine([['! Changed: ', 'bad'], `not the one accepted on ${since}`], width)];
    return why === null ? lines : [...lines, ...composeLong(['Why', why, 'warn'], width)];
  }
  const lines = [composeLine([['! Not accepted yet', 'warn'], row.trusted ? toDo(row, keyOf) : ''], width)];
  return why === null ? lines : [...lines, ...composeLong(['Why', why, 'warn'], width)];
}

/** The chain is trusted, so what is left is up to a person, or to EMS before that. */
function toDo(row: ConnectorRow, keyOf: KeyOf): string {
  const refused = whyNotAccepted(row, keyOf);
  return refused === undefined
    ? `: compare the SHA-256 with the server's, then ${keyOf('accept')} or ${keyOf('reject')}`
    : `. ${refused}`;
}

/** What is pinned, or what an acceptance would pin. */
export function pinLines(row: ConnectorRow, leaf: CertificateView, width: number): Run[][] {
  const { mode, commonName, accepted } = row.pin;
  const label = row.pinned ? 'Pinned' : 'To be pinned';
  if (mode === 'fingerprint')
    return composeLong([label, 'the SHA-256 of the certificate (trust-ca-cn disable)'], width);
  const issuer = row.pinned && accepted ? accepted.issuer : leaf.issuer;
  if (commonName === null)
    return composeLong([label, `the SHA-256, because it has no CN; issuer ${issuer}`], width);
  return composeLong([label, `CN ${commonName}, issued by ${issuer}`], width);
}

/** What is no longer as it was when the certificate was accepted, and what it does not say: information. */
export function placeLines(row: ConnectorRow, width: number): Run[][] {
  const { accepted, hostMatches } = row.pin;
  const lines: Run[][] = [];
  const tell = (text: string): void => {
    lines.push(composeLine([['! ', 'warn'], text], width));
  };
  if (hostMatches === false)
    tell(`It does not name ${hostOf(row.server)}; that alone is no reason to refuse`);
  if (accepted === null) return lines;
  if (accepted.server !== null && accepted.server !== row.server)
    tell(`Server changed: it was accepted for ${accepted.server}`);
  if (isAnother(accepted.serialNumber, row.serialNumber))
    tell(`Another EMS: serial number ${row.serialNumber}, accepted ${accepted.serialNumber}`);
  if (isAnother(accepted.tenantId, row.tenantId))
    tell(`Another tenant: ${row.tenantId}, accepted ${accepted.tenantId}`);
  return lines;
}

function isAnother(before: string | null, now: string | null): boolean {
  return before !== null && now !== null && before !== now;
}

function hostOf(server: string): string {
  return server.replace(/:\d+$/, '');
}
