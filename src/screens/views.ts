import type { Clock } from '../clock.ts';
import type { HistoryRow } from '../logon-history.ts';
import type { MessageRow } from '../message-trace.ts';
import type { AlertRow } from '../state/alert-rows.ts';
import type {
  CaRow,
  CollectorRow,
  ComponentRow,
  ConnectorRow,
  ControllerRow,
  DeviceRow,
  EndpointRow,
  EntryRow,
  EventRow,
  FortigateRow,
  LogonRow,
} from '../state/changes.ts';
import type { Stores } from '../state/stores.ts';
import { createView, type View } from '../state/view.ts';
import { alertView } from './alerts/columns.ts';
import { componentView } from './attached/columns.ts';
import { caView } from './cas/columns.ts';
import { collectorView } from './collectors/columns.ts';
import { connectorView } from './connectors/columns.ts';
import { controllerView } from './controllers/columns.ts';
import { deviceView } from './devices/columns.ts';
import { endpointView } from './endpoints/columns.ts';
import { entryView } from './entries/columns.ts';
import { eventView } from './events/columns.ts';
import { fortigateView } from './fortigates/columns.ts';
import { historyView } from './history/columns.ts';
import { messageView } from './inspector/columns.ts';
import { logonView } from './users/columns.ts';

/** The sorted and filtered window of each table. One per app: a table has one order and one filter at a time. */
export interface Views {
  readonly connectors: View<ConnectorRow>;
  readonly endpoints: View<EndpointRow>;
  readonly cas: View<CaRow>;
  readonly users: View<LogonRow>;
  readonly collectors: View<CollectorRow>;
  readonly events: View<EventRow>;
  readonly alerts: View<AlertRow>;
  readonly devices: View<DeviceRow>;
  readonly fortigates: View<FortigateRow>;
  readonly components: View<ComponentRow>;
  readonly controllers: View<ControllerRow>;
  readonly entries: View<EntryRow>;
  readonly history: View<HistoryRow>;
  readonly messages: View<MessageRow>;
}

export function createViews(stores: Stores, clock: Clock): Views {
  return {
    connectors: createView(stores.connectors, connectorView, clock),
    endpoints: createView(stores.endpoints, endpointView, clock),
    cas: createView(stores.cas, caView, clock),
    users: createView(stores.logons, logonView, clock),
    devices: createView(stores.devices, deviceView, clock),
    fortigates: createView(stores.fortigates, fortigateView, clock),
    components: createView(stores.components, componentView, clock),
    controllers: createView(stores.controllers, controllerView, clock),
    entries: createView(stores.entries, entryView, clock),
    history: createView(stores.history, historyView, clock),
    messages: createView(stores.messages, messageView, clock),
    collectors: createView(stores.collectors, collectorView, clock),
    events: createView(stores.events, eventView, clock),
    alerts: createView(stores.alerts, alertView, clock),
  };
}
