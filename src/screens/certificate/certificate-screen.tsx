import { Box } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';
import type { CertificateView, ConnectorRow } from '../../state/changes.ts';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf, useTheme } from '../look.ts';
import type { Run } from '../parts/columns.ts';
import { composeEnds, composeLine, composeRule } from '../parts/compose-line.ts';
import { composeLong, composeProblem, fieldLabelWidth } from '../parts/fields.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { Line, Lines } from '../parts/line.tsx';
import { Message } from '../parts/message.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { certificateLines } from './certificate-lines.ts';
import { ChainSummary, chainLines, chainSummaryHeight } from './chain-summary.tsx';
import { compareAccepted, isOther } from './comparison.ts';
import { comparisonLines } from './comparison-lines.ts';
import { factsLines } from './facts-lines.ts';
import { acceptanceLines, pinLines, placeLines } from './pin-lines.ts';

// From here on the chain is drawn as a table with rules.
const tallScreen = 30;
// With less room than this below it, what stands above the text is scrolled with it.
const leastText = 6;

/**
 * The chain that an EMS showed, whether it is trusted and accepted and what is pinned, and the selected certificate in
 * full; where it is another one than the accepted, both beside each other first.
 */
export function CertificateScreen({ place, columns, rows }: ScreenProps): ReactNode {
  const { stores, window } = useServices();
  const { rule, ascii } = useTheme();
  const keyOf = useKeyOf();
  useVersion(stores.connectors);
  const now = useNow();
  const row = stores.connectors.get(place.subject ?? '');
  const shown = row?.chain[Math.min(place.index, row.chain.length - 1)];
  // ink-table has one kind of border, and it is not ASCII.
  const ruled = rows >= tallScreen && !ascii;
  const status = row && shown ? statusLines(row, shown, columns, keyOf) : [];
  const body = row && shown ? bodyLines(row, shown, now, columns) : [];
  const summary =
    row && shown ? { chain: row.chain, shown: row.chain.indexOf(shown), width: columns, now } : null;
  const above = 1 + status.length + (row ? chainSummaryHeight(row.chain, ruled) : 0) + 1;
  const fits = rows - above >= leastText;
  const text = fits || !summary ? body : [...status, ...chainLines(summary), [], ...body];
  const height = Math.max(1, rows - (fits ? above : 2));
  useLayoutEffect(() => {
    Object.assign(window, { height, lines: text.length, columns });
  });
  if (!row)
    return <Message pieces={['This connector is gone. Esc goes back.']} width={columns} height={rows} />;
  if (!shown || !summary) return <NoCertificate row={row} width={columns} height={rows} />;
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
      {fits && (
        <>
          <Lines lines={status} />
          <Box flexDirection="column" flexShrink={0}>
            <ChainSummary {...summary} ruled={ruled} />
          </Box>
        </>
      )}
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

function statusLines(row: ConnectorRow, shown: CertificateView, width: number, keyOf: KeyOf): Run[][] {
  const trust: Run[][] = row.trusted
    ? [composeLine([['+ Trusted: ', 'good'], 'the chain leads to an installed CA'], width)]
    : [composeLine([['x Not trusted: ', 'bad'], whyNotTrusted(row, keyOf)], width)];
  if (row.chainIncomplete) trust.push(composeLine([['! The chain ends without its root', 'warn']], width));
  const [leaf] = row.chain;
  const isLeaf = shown === leaf;
  return [
    ...trust,
    ...acceptanceLines(row, width, keyOf),
    ...(isLeaf ? [...placeLines(row, width), ...pinLines(row, shown, width)] : []),
    // The comparison has both of them.
    ...(isLeaf && isOther(row)
      ? []
      : composeLong(['SHA-256', fingerprintText(shown.sha256, width - fieldLabelWidth)], width)),
  ];
}

/** What is scrolled: the comparison where there is one, then the selected certificate. */
function bodyLines(row: ConnectorRow, shown: CertificateView, now: number, width: number): Run[][] {
  const { accepted } = row.pin;
  const compared =
    accepted !== null && isOther(row) && shown === row.chain[0]
      ? [
          ...comparisonLines(
            compareAccepted(row, accepted, shown),
            { accepted: `accepted on ${dateTime(accepted.acceptedAt).slice(0, 10)}`, shown: 'shown now' },
            width,
          ),
          [],
        ]
      : [];
  return [...compared, ...factsLines(shown, now, width), ...certificateLines(shown.text, width)];
}

function whyNotTrusted({ chainInvalid }: ConnectorRow, keyOf: KeyOf): string {
  return chainInvalid === true
    ? 'the chain is not valid: expired, not valid yet or damaged'
    : `no installed CA signed it (${keyOf('import-ca')} imports one)`;
}
