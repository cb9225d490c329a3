import type { ReactNode } from 'react';
import type { Sort, View } from '../state/view.ts';
import { AlertsScreen } from './alerts/alerts-screen.tsx';
import { alertColumns, alertView } from './alerts/columns.ts';
import { AttachedScreen } from './attached/attached-screen.tsx';
import { componentColumns, componentView } from './attached/columns.ts';
import { ComponentScreen } from './attached/component-screen.tsx';
import { CasScreen } from './cas/cas-screen.tsx';
import { caColumns, caView } from './cas/columns.ts';
import { CertificateScreen } from './certificate/certificate-screen.tsx';
import { CollectorsScreen } from './collectors/collectors-screen.tsx';
import { collectorColumns, collectorView } from './collectors/columns.ts';
import { ConnectorScreen } from './connector/connector-screen.tsx';
import { connectorColumns, connectorView } from './connectors/columns.ts';
import { ConnectorsScreen } from './connectors/connectors-screen.tsx';
import { controllerColumns, controllerView } from './controllers/columns.ts';
import { ControllerScreen } from './controllers/controller-screen.tsx';
import { ControllersScreen } from './controllers/controllers-screen.tsx';
import { deviceColumns, deviceView } from './devices/columns.ts';
import { DevicesScreen } from './devices/devices-screen.tsx';
import { endpointColumns, endpointView } from './endpoints/columns.ts';
import { EndpointsScreen } from './endpoints/endpoints-screen.tsx';
import { entryColumns, entryView } from './entries/columns.ts';
import { EntriesScreen } from './entries/entries-screen.tsx';
import { EntryScreen } from './entries/entry-screen.tsx';
import { eventColumns, eventView } from './events/columns.ts';
import { EventsScreen } from './events/events-screen.tsx';
import { FortigateScreen } from './fortigate/fortigate-screen.tsx';
import { fortigateColumns, fortigateView } from './fortigates/columns.ts';
import { FortigatesScreen } from './fortigates/fortigates-screen.tsx';
import { FilterHelpScreen } from './help/filter-help-screen.tsx';
import { historyColumns, historyView } from './history/columns.ts';
import { HistoryScreen } from './history/history-screen.tsx';
import type { ScreenId } from './input/controls.ts';
import { messageColumns, messageView } from './inspector/columns.ts';
import { InspectorScreen } from './inspector/inspector-screen.tsx';
import { MessageScreen } from './inspector/message-screen.tsx';
import { LinkScreen } from './link/link-screen.tsx';
import type { Column } from './parts/columns.ts';
import type { ScreenProps } from './screen-props.ts';
import { logonColumns, logonView } from './users/columns.ts';
import { LogonScreen } from './users/logon-screen.tsx';
import { UsersScreen } from './users/users-screen.tsx';
import type { Views } from './views.ts';
import { WhyScreen } from './why/why-screen.tsx';

/** A table without the type of its rows: what keys need of it. */
export interface AnyTable {
  readonly columns: readonly Column<never>[];
  readonly sort: Sort;
  view(views: Views): View<{ readonly id: string }>;
}

export interface ScreenDefinition {
  readonly id: ScreenId;
  readonly title: string;
  /** False for a screen that opens from a row. The command of a tab, and so its key, has the screen's id for a name. */
  readonly hasTab: boolean;
  /** What its tab says; the title where it is left out. */
  readonly tab?: string;
  readonly component: (props: ScreenProps) => ReactNode;
  readonly table: AnyTable | null;
}

/** Every screen once. Its keys stand in `input/bindings/`. */
export const screens: readonly ScreenDefinition[] = [
  {
    id: 'connectors',
    title: 'EMS connectors',
    hasTab: true,
    tab: 'EMS',
    component: ConnectorsScreen,
    table: { columns: connectorColumns, sort: connectorView.sort, view: (views) => views.connectors },
  },
  {
    id: 'users',
    title: 'FSSO users',
    hasTab: true,
    tab: 'Users',
    component: UsersScreen,
    table: { columns: logonColumns, sort: logonView.sort, view: (views) => views.users },
  },
  {
    id: 'collectors',
    title: 'Collectors',
    hasTab: true,
    component: CollectorsScreen,
    table: { columns: collectorColumns, sort: collectorView.sort, view: (views) => views.collectors },
  },
  {
    id: 'events',
    title: 'Event log',
    hasTab: true,
    tab: 'Events',
    component: EventsScreen,
    table: { columns: eventColumns, sort: eventView.sort, view: (views) => views.events },
  },
  { id: 'connector', title: 'Connector', hasTab: false, component: ConnectorScreen, table: null },
  {
    id: 'endpoints',
    title: 'Endpoints',
    hasTab: false,
    component: EndpointsScreen,
    table: { columns: endpointColumns, sort: endpointView.sort, view: (views) => views.endpoints },
  },
  {
    id: 'devices',
    title: 'Fabric devices',
    hasTab: false,
    component: DevicesScreen,
    table: { columns: deviceColumns, sort: deviceView.sort, view: (views) => views.devices },
  },
  {
    id: 'fortigates',
    title: 'FortiGates',
    hasTab: false,
    component: FortigatesScreen,
    table: { columns: fortigateColumns, sort: fortigateView.sort, view: (views) => views.fortigates },
  },
  { id: 'fortigate', title: 'FortiGate', hasTab: false, component: FortigateScreen, table: null },
  {
    id: 'attached',
    title: 'Attached collectors',
    hasTab: false,
    component: AttachedScreen,
    table: { columns: componentColumns, sort: componentView.sort, view: (views) => views.components },
  },
  {
    id: 'controllers',
    title: 'Domain controllers',
    hasTab: false,
    component: ControllersScreen,
    table: { columns: controllerColumns, sort: controllerView.sort, view: (views) => views.controllers },
  },
  {
    id: 'controller',
    title: 'Domain controller',
    hasTab: false,
    component: ControllerScreen,
    table: null,
  },
  { id: 'component', title: 'Component', hasTab: false, component: ComponentScreen, table: null },
  {
    id: 'entries',
    title: 'Entries',
    hasTab: false,
    component: EntriesScreen,
    table: { columns: entryColumns, sort: entryView.sort, view: (views) => views.entries },
  },
  { id: 'entry', title: 'Entry', hasTab: false, component: EntryScreen, table: null },
  {
    id: 'cas',
    title: 'Installed CAs',
    hasTab: false,
    component: CasScreen,
    table: { columns: caColumns, sort: caView.sort, view: (views) => views.cas },
  },
  {
    id: 'alerts',
    title: 'Alerts',
    hasTab: false,
    component: AlertsScreen,
    table: { columns: alertColumns, sort: alertView.sort, view: (views) => views.alerts },
  },
  { id: 'certificate', title: 'Certificate', hasTab: false, component: CertificateScreen, table: null },
  { id: 'link', title: 'Link', hasTab: false, component: LinkScreen, table: null },
  {
    id: 'inspector',
    title: 'Messages',
    hasTab: false,
    component: InspectorScreen,
    table: { columns: messageColumns, sort: messageView.sort, view: (views) => views.messages },
  },
  { id: 'message', title: 'Message', hasTab: false, component: MessageScreen, table: null },
  {
    id: 'history',
    title: 'History',
    hasTab: false,
    component: HistoryScreen,
    table: { columns: historyColumns, sort: historyView.sort, view: (views) => views.history },
  },
  { id: 'filter-help', title: 'Filters', hasTab: false, component: FilterHelpScreen, table: null },
  { id: 'why', title: 'Why', hasTab: false, component: WhyScreen, table: null },
  { id: 'logon', title: 'Logon', hasTab: false, component: LogonScreen, table: null },
];

/** The screens that have a tab, in their order. */
export const tabs = screens.filter((screen) => screen.hasTab);

export function screenOf(id: string): ScreenDefinition {
  const found = screens.find((screen) => screen.id === id);
  if (!found) throw new Error(`there is no screen "${id}"`);
  return found;
}

export function tableOf(id: string): AnyTable | null {
  return screenOf(id).table;
}
