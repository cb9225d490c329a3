import type { Fields } from '../../query/fields.ts';
import type { CaRow } from '../../state/changes.ts';
import type { ViewDefinition } from '../../state/view.ts';
import type { Column } from '../parts/columns.ts';
import { expiryWords } from '../parts/expiry.ts';
import { by } from '../parts/order.ts';
import { shortName } from '../parts/short-name.ts';
import { dateTime } from '../text/format.ts';

/** Where an installed CA comes from. */
export function originText({ configured, imported }: CaRow): string {
  if (configured) return imported ? 'configured, imported' : 'configured';
  return 'imported';
}

/**
 * One line for each installed CA:
 * - `Subject`, `Issuer`: their common names; `Valid to`, `Left`: until when it may sign, and how long that is
 * - `From`: a file that the configuration names, or imported
 * - `SHA-256`: its beginning; all of it stands below the list
 */
export const caColumns: readonly Column<CaRow>[] = [
  {
    id: 'subject',
    title: 'Subject',
    width: { min: 22, max: 60, grow: 2 },
    priority: 1,
    text: (row) => shortName(row.subject),
  },
  {
    id: 'issuer',
    title: 'Issuer',
    width: { min: 16, max: 60, grow: 2 },
    priority: 3,
    text: (row) => shortName(row.issuer),
  },
  {
    id: 'until',
    title: 'Valid to',
    width: 10,
    priority: 2,
    text: (row) => dateTime(row.validTo).slice(0, 10),
    tone: (row, now) => expiryWords(row, now).tone,
  },
  {
    id: 'left',
    title: 'Left',
    width: 9,
    align: 'right',
    priority: 1,
    text: (row, now) => expiryWords(row, now).short,
    tone: (row, now) => expiryWords(row, now).tone,
  },
  { id: 'from', title: 'From', width: { min: 10, max: 20, grow: 0.5 }, priority: 1, text: originText },
  {
    id: 'sha256',
    title: 'SHA-256',
    width: { min: 12, max: 95, grow: 1 },
    priority: 4,
    text: (row) => row.sha256,
  },
];

/** What a query may name of an installed CA. */
export const caFields: Fields<CaRow> = {
  subject: { kind: 'text', help: 'subject', of: (row) => row.subject },
  issuer: { kind: 'text', help: 'issuer', of: (row) => row.issuer },
  from: { kind: 'text', help: 'configured or imported', of: originText },
  sha: { kind: 'text', help: 'SHA-256', of: (row) => row.sha256 },
  left: { kind: 'left', help: 'until it runs out', of: (row) => row.validTo },
  until: { kind: 'time', help: 'when it runs out', of: (row) => row.validTo },
};

export const caView: ViewDefinition<CaRow> = {
  fields: caFields,
  compare: {
    subject: by((row) => shortName(row.subject)),
    issuer: by((row) => shortName(row.issuer)),
    until: by((row) => row.validTo),
    left: by((row) => row.validTo),
    from: by((row) => originText(row)),
    sha256: by((row) => row.sha256),
  },
  sort: { column: 'subject', direction: 'up' },
};
