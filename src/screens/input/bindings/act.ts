import type { ConnectorRow } from '../../../state/changes.ts';
import { isOther, whyChanged } from '../../certificate/comparison.ts';
import { fingerprintText } from '../../parts/fingerprint.ts';
import { type Binding, connectorOf, fssoOf, needsRows } from '../binding.ts';
import type { Controls, Situation } from '../controls.ts';

export const actBindings: readonly Binding[] = [
  {
    id: 'act.refresh',
    keys: ['ctrl+r'],
    command: 'refresh',
    help: 'Try the EMS connector again, or ask the collector, the administrator of EMS or the FortiGate again',
    group: 'Act',
    hint: 'Refresh',
    disabled: (situation) => {
      if (connectorOf(situation) !== null || fssoOf(situation) !== null) return undefined;
      if (situation.screen === 'devices' && situation.admins.length > 0) return undefined;
      if (situation.fortigate !== null) return undefined;
      return situation.screen === 'events'
        ? 'The event log has nothing to refresh'
        : 'Choose what to refresh: EMS connectors (c) or collectors (l)';
    },
    run: (controls) => {
      const { situation, actions } = controls;
      const ems = connectorOf(situation);
      const fsso = fssoOf(situation);
      if (ems !== null) controls.act(`Trying ${ems} again`, () => actions.refreshConnector(ems));
      else if (fsso !== null)
        controls.act(`Asking ${fsso} for all its logons`, () => actions.refreshLogons(fsso));
      else refreshPeer(controls);
    },
  },
  {
    id: 'act.accept',
    keys: ['a'],
    command: 'accept',
    help: 'Accept the certificate that the EMS server shows',
    group: 'Act',
    hint: 'Accept',
    harm: true,
    on: ['certificate'],
    disabled: whyNotAccepted,
    run: (controls) => {
      const { connector } = controls.situation;
      const leaf = connector?.chain[0];
      if (!connector || !leaf) return;
      controls.ask({
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
          controls.act(`Accepting the certificate of ${connector.name}`, () =>
            controls.actions.acceptCertificate(connector.id, leaf.sha256),
          ),
      });
    },
  },
  {
    id: 'act.reject',
    keys: ['r'],
    command: 'reject',
    help: 'Reject the certificate, and forget an earlier acceptance',
    group: 'Act',
    hint: 'Reject',
    harm: true,
    on: ['certificate'],
    disabled: (situation) =>
      (situation.connector?.chain.length ?? 0) > 0 || situation.connector?.pinned === true
        ? undefined
        : 'No certificate was obtained, so there is nothing to reject',
    run: (controls) => {
      const { connector } = controls.situation;
      if (!connector) return;
      controls.ask({
        title: `Reject the certificate of ${connector.name}?`,
        lines: [
          ['Server', connector.server],
          ...connector.chain.slice(0, 1).map((leaf) => ['Subject', leaf.subject] as const),
          '',
          connector.pinned
            ? 'The earlier acceptance is forgotten and the connector stops until a certificate is accepted.'
            : 'Nothing is trusted; the connector stays as it is until a certificate is accepted.',
        ],
        yes: 'Reject',
        action: () =>
          controls.act(`Rejecting the certificate of ${connector.name}`, () =>
            controls.actions.rejectCertificate(connector.id),
          ),
      });
    },
  },
  {
    id: 'act.import-ca',
    keys: ['I'],
    command: 'import-ca',
    argument: 'file',
    help: 'Install the CA certificates of a PEM or DER file, after a question that shows them',
    group: 'Act',
    on: ['connectors', 'certificate'],
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('import-ca ');
      else controls.askImport(argument);
    },
  },
  {
    id: 'act.fail-back',
    keys: ['F'],
    command: 'fail-back',
    help: 'Close the link in use and begin again at the first collector of the list',
    group: 'Act',
    hint: 'Fail back',
    harm: true,
    on: ['collectors'],
    disabled: needsRows,
    run: (controls) => {
      const name = controls.situation.collector?.connector;
      if (name === undefined) return;
      controls.ask({
        title: `Fail ${name} back to its first collector?`,
        lines: [
          `The link of ${name} that is in use is closed, and its collectors are tried again from the first.`,
          'Its users are marked stale until a collector answers.',
        ],
        yes: 'Fail back',
        action: () => controls.act(`Failing ${name} back`, () => controls.actions.failBack(name)),
      });
    },
  },
  {
    id: 'act.clear',
    keys: ['C'],
    command: 'clear-logons',
    help: 'Empty our own table of logons of one FSSO connector',
    group: 'Act',
    hint: 'Clear',
    harm: true,
    on: ['users', 'collectors'],
    disabled: needsRows,
    run: (controls) => {
      const name = fssoOf(controls.situation);
      if (name === null) return;
      controls.ask({
        title: `Clear all logons of ${name}?`,
        lines: [
          `Our own table of ${name} is emptied: every one of its users is gone from it.`,
          'The collector keeps its own; Ctrl+R asks for all of them again.',
        ],
        yes: 'Clear',
        action: () =>
          controls.act(`Clearing the logons of ${name}`, () => controls.actions.clearLogons(name)),
      });
    },
  },
];

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

/** Asks a FortiGate, or the EMS that lists the selected device; without a device every EMS that has an administrator. */
function refreshPeer({ situation, actions, act }: Controls): void {
  const { fortigate, device, admins } = situation;
  if (fortigate) {
    act(`Asking FortiGate ${fortigate.fortigate}`, () => actions.refreshFortigate(fortigate.fortigate));
    return;
  }
  for (const name of device ? [device.connector] : admins)
    act(`Asking the EMS of ${name}`, () => actions.refreshAdmin(name));
}

/** Order of trust (docs/protocol/ems.md): only a certificate that leads to an installed CA can be accepted, and once. */
function whyNotAccepted({ connector }: Situation): string | undefined {
  switch (connector?.state) {
    case 'certificate-not-accepted':
    case 'certificate-changed':
      return undefined;
    case 'certificate-unknown-ca':
      return 'No installed CA signed it: import its CA with I first';
    case 'connected':
      return 'It is accepted already';
    case 'pending-authorization':
      return 'The EMS has to authorise us first (Fabric Devices there)';
    case 'resolving':
    case 'tls':
    case 'registering':
      return 'A try is under way: wait for its result';
    default:
      return 'No certificate waits for an answer; Ctrl+R tries again';
  }
}
