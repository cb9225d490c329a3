import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { CertificateView, ConnectorRow } from '../../state/changes.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds, composeLine, composeRule } from '../parts/compose-line.ts';
import { composeLong, composeProblem, fieldLabelWidth } from '../parts/fields.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { Line, Lines } from '../parts/line.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useServices, useTheme, useVersion } from '../services.ts';
import { certificateLines } from './certificate-lines.ts';
import { ChainSummary, chainSummaryHeight } from './chain-summary.tsx';

// From here on the chain is drawn as a table with rules.
const tallScreen = 30;

/** The chain that an EMS showed, whether it is trusted and accepted, and the selected certificate in full. */
export function CertificateScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { stores, window } = useServices();
  const { rule, ascii } = useTheme();
  useVersion(stores.connectors);
  const row = stores.connectors.get(place.subject ?? '');
  const shown = row?.chain[Math.min(place.index, row.chain.length - 1)];
  // ink-table has one kind of border, and it is not ASCII.
  const ruled = rows >= tallScreen && !ascii;
  const status = row && shown ? statusLines(row, shown, columns) : [];
  const text = shown ? certificateLines(shown.text, columns) : [];
  const above = 1 + status.length + (row ? chainSummaryHeight(row.chain, ruled) : 0) + 1;
  const height = Math.max(1, rows - above);
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: text.length, columns });
  });
  if (!row)
    return <Message pieces={['This connector is gone. Esc goes back.']} width={columns} height={rows} />;
  if (!shown) return <NoCertificate row={row} width={columns} height={rows} />;
  const offset = Math.max(0, Math.min(place.offset, text.length - height));
  const last = Math.min(text.length, offset + height);
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <Line
        runs={composeEnds(
          [['Certificate  ', 'title'], [row.name, 'accent'], `  ${row.server}`],
          [
            [
              row.chain.length === 1 ? '1 certificate' : `${row.chain.length} certificates: [ ] step`,
              'muted',
            ],
          ],
          columns,
        )}
      />
      <Lines lines={status} />
      <Box flexDirection="column" flexShrink={0}>
        <ChainSummary chain={row.chain} shown={row.chain.indexOf(shown)} width={columns} ruled={ruled} />
      </Box>
      <Line runs={composeRule(`lines ${offset + 1}-${last} of ${text.length}`, columns, rule)} />
      <Lines lines={text.slice(offset, last)} />
    </Box>
  );
}

function NoCertificate(props: { row: ConnectorRow; width: number; height: number }): ReactNode {
  const { row, width, height } = props;
  if (!row.problem) {
    return (
      <Message
        pieces={[['Loading', 'accent'], `${row.server} has not shown a certificate yet.`]}
        width={width}
        height={height}
      />
    );
  }
  return (
    <Box flexDirection="column" height={height} overflow="hidden">
      <Line runs={composeLine([['No certificate was obtained from ', 'bad'], row.server], width)} />
      <Lines lines={composeProblem(row.problem, width)} />
    </Box>
  );
}

function statusLines(row: ConnectorRow, shown: CertificateView, width: number): Run[][] {
  const trust: Run[][] = row.trusted
    ? [composeLine([['+ Trusted: ', 'good'], 'the chain leads to an installed CA'], width)]
    : [
        composeLine(
          [['x Not trusted: ', 'bad'], 'no installed CA signed it (fabrictop ems import-ca FILE)'],
          width,
        ),
      ];
  if (row.chainIncomplete) trust.push(composeLine([['! The chain ends without its root', 'warn']], width));
  const accepted =
    row.state === 'certificate-changed'
      ? composeLine([['! Changed: ', 'bad'], 'not the certificate that was accepted'], width)
      : row.pinned
        ? composeLine([['+ Accepted', 'good']], width)
        : composeLine(
            [
              ['! Not accepted yet', 'warn'],
              row.trusted ? ": compare the SHA-256 with the server's, then a or r" : '',
            ],
            width,
          );
  return [
    ...trust,
    accepted,
    ...composeLong(['SHA-256', fingerprintText(shown.sha256, width - fieldLabelWidth)], width),
  ];
}
