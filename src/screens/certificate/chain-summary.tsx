import type { ReactNode } from 'react';
import { keyText } from '../../certificate-comparison.ts';
import type { CertificateView } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds } from '../parts/compose-line.ts';
import { expiryWords } from '../parts/expiry.ts';
import { InkTable } from '../parts/ink-table.tsx';
import { Lines } from '../parts/line.tsx';
import { shortName } from '../parts/short-name.ts';
import { dateTime } from '../text/format.ts';
import { isPlainAscii } from '../text/printable.ts';
import { fit } from '../text/width.ts';

interface ChainSummaryProps {
  readonly chain: readonly CertificateView[];
  /** Place of the certificate that is shown in full. */
  readonly shown: number;
  readonly width: number;
  /** A table with rules, where the screen has the lines for it. */
  readonly ruled: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

// Cells of the columns that do not grow, and what each column's border and padding take.
const fixedColumns = { mark: 1, key: 14, validTo: 10, left: 9, ca: 3 } as const;
const chrome = 3;
// Farther apart, the ends of a line are no longer read together.
const widestLine = 120;

/** Lines that the summary takes. */
export function chainSummaryHeight(chain: readonly CertificateView[], ruled: boolean): number {
  return isRuled(chain, ruled) ? 3 + chain.length * 2 : chain.length;
}

// ink-table measures by String.length, so a wide or combining character would make its columns crooked.
function isRuled(chain: readonly CertificateView[], ruled: boolean): boolean {
  return (
    ruled &&
    chain.length > 0 &&
    chain.every((each) => isPlainAscii(each.subject) && isPlainAscii(each.issuer))
  );
}

/** The certificates from the server's own towards the root, one line each; `>` marks the one shown below. */
export function ChainSummary({ chain, shown, width, ruled, now }: ChainSummaryProps): ReactNode {
  if (isRuled(chain, ruled)) {
    // A border ends the row, and a cell stays free beside it.
    const fixed = Object.values(fixedColumns).reduce((sum, cells) => sum + cells, 0);
    const room = Math.max(10, Math.floor((width - 2 - fixed - 7 * chrome) / 2));
    return (
      <InkTable
        padding={1}
        data={chain.map((each, place) => ({
          ' ': place === shown ? '>' : ' ',
          Subject: fit(shortName(each.subject), room, 'left', '~').trimEnd(),
          'Issued by': fit(shortName(each.issuer), room, 'left', '~').trimEnd(),
          Key: fit(keyText(each).replace(' bits', ''), fixedColumns.key, 'left', '~').trimEnd(),
          'Valid to': dateTime(each.validTo).slice(0, 10),
          Left: expiryWords(each, now).short,
          CA: each.isCa ? 'yes' : 'no',
        }))}
      />
    );
  }
  return <Lines lines={chainLines({ chain, shown, width, now })} />;
}

/** The same without rules, to be scrolled with other lines. */
export function chainLines({ chain, shown, width, now }: Omit<ChainSummaryProps, 'ruled'>): Run[][] {
  return chain.map((each, place) => {
    const expiry = expiryWords(each, now);
    // Names give way: what warns stands at the end, and is never cut.
    return composeEnds(
      [
        [place === shown ? '> ' : '  ', 'mark'],
        `${place + 1}. ${shortName(each.subject)}`,
        [`  issued by ${shortName(each.issuer)}`, 'muted'],
      ],
      [
        [`to ${dateTime(each.validTo).slice(0, 10)}: `, 'muted'],
        [expiry.short, expiry.tone],
      ],
      Math.min(width, widestLine),
    );
  });
}
