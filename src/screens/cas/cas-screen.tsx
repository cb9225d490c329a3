import type { ReactNode } from 'react';
import { chainsTo } from '../../state/ca-chains.ts';
import type { CaRow } from '../../state/changes.ts';
import type { KeyOf } from '../input/keymap.ts';
import { useKeyOf } from '../look.ts';
import type { Run } from '../parts/columns.ts';
import type { Piece } from '../parts/compose-line.ts';
import { expiryWords } from '../parts/expiry.ts';
import { composeLong, fieldLabelWidth } from '../parts/fields.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { ListWithPane } from '../parts/list-with-pane.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { type Configured, useNow, useServices, useVersion } from '../services.ts';
import { dateTime } from '../text/format.ts';
import { caColumns, originText } from './columns.ts';

const paneHeight = 11;

/** The installed CAs, and below them all about the selected one, with the connectors whose chains lead to it. */
export function CasScreen(screen: ScreenProps): ReactNode {
  const { stores, views, configured } = useServices();
  const keyOf = useKeyOf();
  useVersion(stores.connectors);
  const now = useNow();
  return (
    <ListWithPane
      screen={screen}
      title="Installed CAs"
      columns={caColumns}
      view={views.cas}
      blank={blankCas(configured, keyOf)}
      paneHeight={paneHeight}
      pane={(row) => ({
        title: 'Installed CA',
        lines: caLines(row, chainsTo(row, stores.connectors.values()), now, screen.columns),
      })}
    />
  );
}

function blankCas({ ems, fortigates }: Configured, keyOf: KeyOf): readonly Piece[] {
  if (ems + fortigates === 0)
    return [
      ['No CA is needed', 'title'],
      'Installed CAs are what the chains of EMS servers and FortiGates are judged by; none of either is configured.',
    ];
  return [
    ['No CA is installed', 'title'],
    `No chain can be trusted before. ${keyOf('import-ca')} imports one from a PEM or DER file; "trust: { ca: [...] }" in the configuration names more.`,
  ];
}

function caLines(row: CaRow, chains: readonly string[], now: number, width: number): Run[][] {
  const expiry = expiryWords(row, now);
  const period = `${dateTime(row.validFrom).slice(0, 10)} to ${dateTime(row.validTo).slice(0, 10)}`;
  return [
    ...composeLong(['Subject', row.subject], width),
    ...composeLong(['Issuer', row.issuer === row.subject ? 'itself (a root)' : row.issuer], width),
    ...composeLong(['Valid', `${period}: ${expiry.text}`, expiry.tone], width),
    ...composeLong(['SHA-256', fingerprintText(row.sha256, width - fieldLabelWidth)], width),
    ...composeLong(['From', originText(row)], width),
    ...composeLong(
      ['Chains', chains.length === 0 ? 'of no connector lead to it' : `of ${chains.join(', ')} lead to it`],
      width,
    ),
  ];
}
