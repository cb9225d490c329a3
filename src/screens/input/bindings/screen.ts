import { quoted } from '../../../query/tree.ts';
import { ofConnector } from '../../endpoints/of-connector.ts';
import { type Binding, needsRows, tableScreens } from '../binding.ts';
import type { Controls } from '../controls.ts';
import { ofComponent, ofController } from './attached.ts';

export const screenBindings: readonly Binding[] = [
  {
    id: 'screen.connectors',
    keys: ['c'],
    command: 'connectors',
    aliases: ['ems'],
    argument: 'filter',
    help: 'Show the EMS connectors',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('connectors', undefined, argument),
  },
  {
    id: 'screen.users',
    keys: ['u'],
    command: 'users',
    aliases: ['fsso', 'logons'],
    argument: 'filter',
    help: 'Show the FSSO users: who is logged on where',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('users', undefined, argument),
  },
  {
    id: 'screen.collectors',
    keys: ['l'],
    command: 'collectors',
    aliases: ['links'],
    argument: 'filter',
    help: 'Show the collectors: the links that logons come from',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('collectors', undefined, argument),
  },
  {
    id: 'screen.events',
    keys: ['t'],
    command: 'events',
    aliases: ['log'],
    argument: 'filter',
    help: 'Show the event log',
    group: 'Screens',
    run: (controls, { argument }) => controls.show('events', undefined, argument),
  },
  {
    id: 'screen.next',
    keys: ['tab'],
    command: 'next',
    help: 'Show the next screen',
    group: 'Screens',
    run: (controls) => controls.nextTab(1),
  },
  {
    id: 'screen.previous',
    keys: ['shift+tab'],
    command: 'previous',
    help: 'Show the previous screen',
    group: 'Screens',
    run: (controls) => controls.nextTab(-1),
  },
  {
    id: 'screen.open',
    keys: ['enter'],
    fixed: true,
    command: 'open',
    help: 'Open the selected row: the certificate of a connector, a logon, a FortiGate, the link to a collector and from there its logons, a component, a domain controller or an entry of an attached collector',
    group: 'Screens',
    hint: 'Open',
    disabled: (situation) => {
      if (situation.screen === 'events')
        return 'An event has nothing to open: its whole text stands below the list';
      if (situation.screen === 'history') return 'The evidence of an interval stands below the list';
      if (situation.screen === 'endpoints') return 'All about an endpoint stands below the list';
      if (situation.message?.direction === 'link')
        return 'It is no message: what happened to the connection stands below the list';
      if (['devices', 'cas', 'alerts'].includes(situation.screen))
        return 'All about the row stands below the list';
      if (situation.screen === 'connector' || situation.screen === 'link') return undefined;
      if (situation.component?.kind === 'collector' || situation.controller) return undefined;
      if (!tableScreens.includes(situation.screen)) return 'Nothing more to open here; Esc goes back';
      return needsRows(situation);
    },
    run: openSelected,
  },
  {
    id: 'screen.connector',
    keys: ['d'],
    command: 'details',
    argument: 'connector',
    help: 'Show one EMS connector in full: its stages, calls, tags and diagnosis',
    group: 'Screens',
    hint: 'Details',
    hintOn: ['connectors', 'certificate'],
    disabled: (situation) => (situation.connectors.length > 0 ? undefined : 'No EMS connector is configured'),
    run: (controls, { argument }) => {
      const { connectors, connector } = controls.situation;
      const name = argument ?? connector?.id ?? connectors[0];
      if (name !== undefined && connectors.includes(name)) controls.show('connector', name);
      else controls.tell(`There is no EMS connector "${name}"`);
    },
  },
  {
    id: 'screen.endpoints',
    keys: ['e'],
    command: 'endpoints',
    argument: 'filter',
    help: 'Show the endpoints that EMS told of: those of the selected connector, else all',
    group: 'Screens',
    hint: 'Endpoints',
    hintOn: ['connectors', 'connector'],
    run: (controls, { argument }) => {
      const { connector } = controls.situation;
      const own = connector === null ? '' : ofConnector(connector.name);
      controls.show('endpoints', undefined, argument ?? own);
    },
  },
  {
    id: 'screen.certificate',
    keys: [],
    command: 'certificate',
    aliases: ['cert'],
    argument: 'connector',
    help: 'Show the certificate of an EMS connector by its name',
    group: 'Screens',
    disabled: (situation) => (situation.connectors.length > 0 ? undefined : 'No EMS connector is configured'),
    run: (controls, { argument }) => {
      const { connectors, connector } = controls.situation;
      const name = argument ?? connector?.id ?? connectors[0];
      if (name !== undefined && connectors.includes(name)) controls.show('certificate', name);
      else controls.tell(`There is no EMS connector "${name}"`);
    },
  },
  {
    id: 'screen.back',
    keys: ['esc'],
    fixed: true,
    command: 'back',
    help: 'Go back to the screen before; on the first one, clear the filter',
    group: 'Screens',
    hint: 'Back',
    disabled: (situation) =>
      situation.filter === '' && situation.depth === 0
        ? `This is the first screen; ${situation.keyOf('quit')} quits`
        : undefined,
    run: (controls) => {
      if (controls.situation.depth > 0) controls.back();
      else controls.clearFilter();
    },
  },
  {
    id: 'screen.last',
    keys: ['-'],
    command: 'last',
    help: 'Go to the screen shown last, and back again',
    group: 'Screens',
    disabled: (situation) => (situation.hasLast ? undefined : 'No other screen was shown yet'),
    run: (controls) => controls.lastScreen(),
  },
];

/** What Enter opens depends on what the row is. */
function openSelected(controls: Controls): void {
  const {
    screen,
    connector: ems,
    collector,
    logon,
    fortigate,
    component,
    controller,
    entry,
    message,
  } = controls.situation;
  if ((screen === 'connectors' || screen === 'connector') && ems) controls.show('certificate', ems.id);
  else if (fortigate) controls.show('fortigate', fortigate.fortigate);
  else if (screen === 'controllers' && controller) controls.show('controller', controller.id);
  else if (screen === 'controller' && controller)
    controls.show('entries', undefined, ofController(controller));
  else if (screen === 'attached' && component) controls.show('component', component.id);
  else if (screen === 'component' && component?.kind === 'collector')
    controls.show('entries', undefined, ofComponent(component));
  else if (screen === 'entries' && entry) controls.show('entry', entry.id);
  else if (screen === 'users' && logon) controls.show('logon', logon.id);
  else if (screen === 'inspector' && message) controls.show('message', message.id);
  // What a FortiGate told of a link stands below the list; its users are what more there is.
  else if (screen === 'collectors' && collector && !collector.reported) controls.show('link', collector.id);
  else if ((screen === 'collectors' || screen === 'link') && collector) {
    const { connector, server, reported } = collector;
    // Whom our own collectors tell of too stands in their rows.
    const filter = reported
      ? `via:=${quoted(`${connector}/${server}`)}`
      : `connector:=${quoted(connector)} source:=${quoted(server)}`;
    controls.show('users', undefined, filter);
  }
}
