import type { LogonRow } from '../../../state/changes.ts';
import type { Binding } from '../binding.ts';
import type { Situation } from '../controls.ts';

const readOnly = 'It changes a peer: start fabrictop with --write';

/** What other sides of a connector show, and what changes them; each of the latter exists in write mode only. */
export const peerBindings: readonly Binding[] = [
  {
    id: 'screen.devices',
    keys: ['f'],
    command: 'devices',
    aliases: ['fabric-devices'],
    argument: 'filter',
    help: 'Show the Fabric devices that EMS lists: those of the selected connector, else all',
    group: 'Screens',
    run: (controls, { argument }) => {
      const { connector, admins } = controls.situation;
      // A connector whose administrator we do not know lists no devices: an empty table would look like an answer.
      const own = connector !== null && admins.includes(connector.id) ? `ems:"${connector.name}"` : '';
      controls.show('devices', undefined, argument ?? own);
    },
  },
  {
    id: 'screen.fortigates',
    keys: ['m'],
    command: 'fortigates',
    argument: 'filter',
    help: 'Show the EMS connectors of the configured FortiGates, as those see them',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('fortigates', undefined, argument ?? ''),
  },
  {
    id: 'vdom.next',
    keys: [']', 'right'],
    command: 'next-vdom',
    help: 'Show the next VDOM of the FortiGate',
    group: 'Move',
    hint: 'VDOM',
    on: ['fortigate'],
    disabled: oneVdom,
    run: (controls) => controls.step(1),
  },
  {
    id: 'vdom.previous',
    keys: ['[', 'left'],
    command: 'previous-vdom',
    help: 'Show the previous VDOM of the FortiGate; before the first come all',
    group: 'Move',
    on: ['fortigate'],
    disabled: oneVdom,
    run: (controls) => controls.step(-1),
  },
  {
    id: 'peer.authorize',
    keys: ['A'],
    command: 'authorize',
    help: 'Authorise the selected Fabric device on its EMS',
    group: 'Act',
    hint: 'Authorise',
    harm: true,
    on: ['devices'],
    disabled: ({ write, device }) => {
      if (!write) return readOnly;
      if (!device) return 'There is no device to authorise';
      return device.authorized === true ? 'It is authorised already' : undefined;
    },
    run: (controls) => {
      const { device } = controls.situation;
      if (!device) return;
      const { connector, serial } = device;
      controls.ask({
        title: `Authorise ${serial} on the EMS of ${connector}?`,
        lines: [
          ['Serial number', serial],
          ...(device.name === null ? [] : [['Name', device.name] as const]),
          '',
          'From then on this FortiGate may connect to EMS and gets its endpoints and tags.',
        ],
        yes: 'Authorise',
        action: () =>
          controls.act(`Authorising ${serial}`, () => controls.actions.authorizeDevice(connector, serial)),
      });
    },
  },
  {
    id: 'peer.verify',
    keys: ['V'],
    command: 'verify-cert',
    help: 'Let the FortiGate accept the certificate of its EMS',
    group: 'Act',
    hint: 'Verify',
    harm: true,
    on: ['fortigates'],
    disabled: whyNotVerified,
    run: (controls) => {
      const { fortigate } = controls.situation;
      if (!fortigate?.fingerprint) return;
      const { id, fingerprint } = fortigate;
      controls.ask({
        title: `Let ${fortigate.fortigate} accept the certificate of ${fortigate.name}?`,
        lines: [
          ['EMS', fortigate.server ?? ''],
          ...(fortigate.subject === null ? [] : [['Subject', fortigate.subject] as const]),
          ...(fortigate.issuer === null ? [] : [['Issuer', fortigate.issuer] as const]),
          ['Fingerprint', fingerprint],
          '',
          'The FortiGate trusts this certificate from then on.',
        ],
        yes: 'Verify',
        action: () =>
          controls.act(`Asking ${fortigate.fortigate} to accept the certificate`, () =>
            controls.actions.verifyOnFortigate(id, fingerprint),
          ),
      });
    },
  },
  {
    id: 'peer.unverify',
    keys: ['U'],
    command: 'unverify-cert',
    help: 'Let the FortiGate forget the certificate of its EMS',
    group: 'Act',
    hint: 'Unverify',
    harm: true,
    on: ['fortigates'],
    disabled: ({ write, fortigate }) => {
      if (!write) return readOnly;
      if (!fortigate || fortigate.name === null) return 'There is no connector of a FortiGate';
      return fortigate.verified === false ? 'The FortiGate has accepted no certificate' : undefined;
    },
    run: (controls) => {
      const { fortigate } = controls.situation;
      if (!fortigate) return;
      controls.ask({
        title: `Let ${fortigate.fortigate} forget the certificate of ${fortigate.name}?`,
        lines: [
          ['EMS', fortigate.server ?? ''],
          '',
          'The connector of the FortiGate stops until a certificate is verified again.',
        ],
        yes: 'Unverify',
        action: () =>
          controls.act(`Asking ${fortigate.fortigate} to forget the certificate`, () =>
            controls.actions.unverifyOnFortigate(fortigate.id),
          ),
      });
    },
  },
  {
    id: 'peer.log-off',
    keys: ['L'],
    command: 'log-off',
    aliases: ['deauth'],
    help: 'Log the selected user off on the FortiGate that told of him',
    group: 'Act',
    hint: 'Log off',
    hintOn: ['logon'],
    harm: true,
    on: ['users', 'logon'],
    disabled: ({ write, logon }) => {
      if (!write) return readOnly;
      if (!logon) return 'There is no user to log off';
      const told = toldOf(logon);
      if (!told?.reported) return 'Only a FortiGate can log a user off, and none told of this one';
      return told.reported.removal === null
        ? 'The FortiGate does not say enough of this user to log only him off'
        : undefined;
    },
    run: (controls) => {
      const { logon } = controls.situation;
      const told = logon && toldOf(logon);
      if (!told?.reported?.removal) return;
      const { id, user, ip, groups, reported, server } = told;
      const { fortigate, vdom, method, removal } = reported;
      controls.ask({
        title: `Log ${user} off on ${fortigate}?`,
        lines: [
          ['Address', ip],
          ...(vdom === null ? [] : [['VDOM', vdom] as const]),
          ['Known by', `${method ?? 'not said'} ${server}`],
          ...(groups.length === 0 ? [] : [['Groups', groups.join('+')] as const]),
          ['Sent', removal ?? ''],
          '',
          'Sessions of this user may end. A user by FSSO comes back when a collector tells of the logon anew.',
        ],
        yes: 'Log off',
        action: () =>
          controls.act(`Asking ${fortigate} to log ${user} off`, () =>
            controls.actions.logOffOnFortigate(id),
          ),
      });
    },
  },
];

/** What a FortiGate told of a logon; where several did, the first that said enough to log the user off. */
function toldOf(logon: LogonRow): LogonRow | undefined {
  const told = [logon, ...(logon.also ?? [])].filter(({ reported }) => reported !== undefined);
  return told.find(({ reported }) => reported?.removal != null) ?? told[0];
}

function oneVdom({ gate }: Situation): string | undefined {
  return (gate?.vdoms.length ?? 0) > 1 ? undefined : 'The token sees no other VDOM';
}

function whyNotVerified({ write, fortigate }: Situation): string | undefined {
  if (!write) return readOnly;
  if (!fortigate || fortigate.name === null) return 'There is no connector of a FortiGate';
  if (fortigate.verified === true) return 'The FortiGate has accepted it already';
  return fortigate.fingerprint === null ? 'The FortiGate shows no certificate to accept' : undefined;
}
