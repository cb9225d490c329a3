import type { ConnectorRow } from '../../state/changes.ts';
import type { Controls } from '../input/controls.ts';
import type { KeyOf } from '../input/keymap.ts';
import { fingerprintText } from '../parts/fingerprint.ts';
import { isOther, whyChanged } from './comparison.ts';

/**
 * Order of trust (docs/protocol/ems.md, Trust and pins): only a certificate that leads to an installed CA can be accepted, and
 * once. Undefined where one waits for it.
 */
export function whyNotAccepted(connector: ConnectorRow | null, keyOf: KeyOf): string | undefined {
  switch (connector?.state) {
    case 'certificate-not-accepted':
    case 'certificate-changed':
      return undefined;
    case 'certificate-unknown-ca':
      return connector.chainInvalid === true
        ? 'Its chain is not valid: EMS needs another certificate'
        : `No installed CA signed it: import its CA with ${keyOf('import-ca')} first`;
    case 'connected':
    case 'out-of-sync':
      return 'It is accepted already';
    case 'pending-authorization':
      return 'The EMS has to authorise us first (Fabric Devices there)';
    case 'resolving':
    case 'tls':
    case 'registering':
      return 'A try is under way: wait for its result';
    case 'failed':
      return `EMS has to answer without an error first; ${keyOf('refresh')} tries again`;
    default:
      return `No certificate waits for an answer; ${keyOf('refresh')} tries again`;
  }
}

/** Asks whether the certificate that the server shows is to be accepted; without one it does nothing. */
export function askAcceptance(
  { ask, act, actions }: Pick<Controls, 'ask' | 'act' | 'actions'>,
  connector: ConnectorRow,
): void {
  const [leaf] = connector.chain;
  if (!leaf) return;
  ask({
    title: `Accept the certificate of ${connector.name}?`,
    lines: [
      ['Server', connector.server],
      ['SHA-256', fingerprintText(leaf.sha256, 0)],
      ...earlierAcceptance(connector),
      ['Subject', leaf.subject],
      ['Issuer', leaf.issuer],
      '',
      'It is written to the trust store, and the connector goes on to register.',
    ],
    yes: 'Accept',
    action: () =>
      act(`Accepting the certificate of ${connector.name}`, () =>
        actions.acceptCertificate(connector.id, leaf.sha256),
      ),
  });
}

/** What an acceptance replaces, so that nobody accepts a changed certificate without seeing that it changed. */
function earlierAcceptance(connector: ConnectorRow): readonly (readonly [label: string, value: string])[] {
  const { accepted } = connector.pin;
  if (accepted === null || !isOther(connector)) return [];
  const why = whyChanged(connector);
  return [
    ['Before', fingerprintText(accepted.sha256, 0)],
    ...(why === null ? [] : [['Changed', why] as const]),
  ];
}
