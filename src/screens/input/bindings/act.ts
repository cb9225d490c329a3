import { askAcceptance, whyNotAccepted } from '../../certificate/acceptance.ts';
import { askClearAll, askClearOne, askClearShown } from '../../users/clearing.ts';
import { type Binding, connectorOf, fssoOf, needsOurs, needsRows, reportedBy } from '../binding.ts';
import type { Controls, Situation } from '../controls.ts';

export const actBindings: readonly Binding[] = [
  {
    id: 'act.refresh',
    keys: ['ctrl+r'],
    command: 'refresh',
    help: 'Try the EMS connector again, or ask the collector, the administrator of EMS, the FortiGate or the attached collector again',
    group: 'Act',
    hint: 'Refresh',
    disabled: (situation) => {
      if (situation.screen === 'history' || situation.screen === 'why') return undefined;
      if (connectorOf(situation) !== null || fssoOf(situation) !== null) return undefined;
      if (situation.screen === 'devices' && situation.admins.length > 0) return undefined;
      if (situation.fortigate !== null || situation.gate !== null || reportedBy(situation) !== null)
        return undefined;
      if (situation.component !== null || situation.entry !== null || situation.controller !== null)
        return undefined;
      return situation.screen === 'events'
        ? 'The event log has nothing to refresh'
        : `Choose what to refresh: EMS connectors (${situation.keyOf('connectors')}) or collectors (${situation.keyOf('collectors')})`;
    },
    run: (controls) => {
      const { situation, actions } = controls;
      if (situation.screen === 'why') {
        controls.askWhy();
        return;
      }
      if (situation.screen === 'history') {
        controls.askHistory();
        return;
      }
      const ems = connectorOf(situation);
      const fsso = fssoOf(situation);
      if (ems !== null) controls.act(`Trying ${ems} again`, () => actions.refreshConnector(ems));
      else if (fsso !== null)
        controls.act(`Asking ${fsso} for all its logons`, () => actions.refreshLogons(fsso));
      else refreshPeer(controls);
    },
  },
  {
    id: 'act.verify',
    keys: ['v'],
    command: 'verify',
    argument: 'connector',
    help: 'Fetch the certificate of the EMS connector anew, and ask to accept it where a person has to',
    group: 'Act',
    hint: 'Verify',
    hintLast: true,
    hintOn: ['connectors', 'connector'],
    disabled: ({ connectors }) => (connectors.length > 0 ? undefined : 'No EMS connector is configured'),
    run: (controls, { argument }) => {
      const { connector, connectors, keyOf } = controls.situation;
      const name = argument ?? connector?.id;
      if (name === undefined) controls.tell(`Choose the EMS connector to verify (${keyOf('connectors')})`);
      else if (connectors.includes(name)) controls.verify(name);
      else controls.tell(`There is no EMS connector "${name}"`);
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
    disabled: ({ connector, keyOf }) => whyNotAccepted(connector, keyOf),
    run: (controls) => {
      const { connector } = controls.situation;
      if (connector) askAcceptance(controls, connector);
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
    hint: 'Import',
    hintOn: ['cas'],
    on: ['connectors', 'certificate', 'cas'],
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
    on: ['collectors', 'link'],
    disabled: needsOurs,
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
    help: 'Empty our own table of logons of one FSSO connector; with a filter, clear what it shows',
    group: 'Act',
    hint: 'Clear',
    harm: true,
    on: ['users', 'collectors', 'link'],
    disabled: (situation) => (isFiltered(situation) ? needsRows(situation) : needsOurs(situation)),
    run: (controls) => {
      const { situation } = controls;
      const name = fssoOf(situation);
      if (isFiltered(situation)) askClearShown(controls, situation.filter);
      else if (name !== null) askClearAll(controls, name);
    },
  },
  {
    id: 'act.clear-one',
    keys: ['X'],
    command: 'clear-logon',
    help: 'Clear the selected logon from our own table',
    group: 'Act',
    harm: true,
    on: ['users', 'logon'],
    disabled: needsOurs,
    run: (controls) => {
      const { logon } = controls.situation;
      if (logon) askClearOne(controls, logon);
    },
  },
];

/** Only what the filter of the users shows is meant. */
function isFiltered({ screen, filter }: Situation): boolean {
  return screen === 'users' && filter !== '';
}

/** Asks a FortiGate, or the EMS that lists the selected device; without a device every EMS that has an administrator. */
function refreshPeer({ situation, actions, act, askPolicies }: Controls): void {
  const { fortigate, gate, device, admins, screen, component, entry, controller } = situation;
  const attached = (component ?? entry ?? controller)?.collector;
  if (attached !== undefined) {
    act(`Trying the collector ${attached}`, () => actions.refreshAttached(attached));
    return;
  }
  const name = fortigate?.fortigate ?? gate?.id ?? reportedBy(situation);
  if (name !== null) {
    if (screen === 'fortigate') askPolicies();
    act(`Asking FortiGate ${name}`, () => actions.refreshFortigate(name));
    return;
  }
  for (const name of device ? [device.connector] : admins)
    act(`Asking the EMS of ${name}`, () => actions.refreshAdmin(name));
}
