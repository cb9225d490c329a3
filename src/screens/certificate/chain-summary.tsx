import type { ReactNode } from 'react';
import type { CertificateView } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { composeLine } from '../parts/compose-line.ts';
import { InkTable } from '../parts/ink-table.tsx';
import { Lines } from '../parts/line.tsx';
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
}

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
export function ChainSummary({ chain, shown, width, ruled }: ChainSummaryProps): ReactNode {
  if (isRuled(chain, ruled)) {
    // Three cells of each column are its border and padding, and one border ends the row.
    const room = Math.max(10, Math.floor((width - 1 - 5 * 3 - 1 - 12 - 12 - 4) / 2));
    return (
      <InkTable
        padding={1}
        data={chain.map((each, place) => ({
          ' ': place === shown ? '>' : ' ',
          Subject: fit(shortName(each.subject), room, 'left', '~').trimEnd(),
          'Issued by': fit(shortName(each.issuer), room, 'left', '~').trimEnd(),
          'Valid to': dateTime(each.validTo).slice(0, 10),
          CA: each.isCa ? 'yes' : 'no',
        }))}
      />
    );
  }
  const lines: Run[][] = chain.map((each, place) =>
    composeLine(
      [
        [place === shown ? '> ' : '  ', 'mark'],
        `${place + 1}. ${shortName(each.subject)}`,
        [`  issued by ${shortName(each.issuer)}`, 'muted'],
        [`  to ${dateTime(each.validTo).slice(0, 10)}`, 'muted'],
      ],
      width,
    ),
  );
  return <Lines lines={lines} />;
}

/** The common name of a distinguished name, or all of it where it has none. */
export function shortName(name: string): string {
  return /(?:^|, )CN = ([^,]+)/.exec(name)?.[1] ?? name;
}
