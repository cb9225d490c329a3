import type { CollectorRow, ConnectorRow, EndpointRow, EventRow, LogonRow } from '../state/changes.ts';
import type { Stores } from '../state/stores.ts';
import { createView, type View } from '../state/view.ts';
import { collectorView } from './collectors/columns.ts';
import { connectorView } from './connectors/columns.ts';
import { endpointView } from './endpoints/columns.ts';
import { eventView } from './events/columns.ts';
import { logonView } from './users/columns.ts';

/** The sorted and filtered window of each table. One per app: a table has one order and one filter at a time. */
export interface Views {
  readonly connectors: View<ConnectorRow>;
  readonly endpoints: View<EndpointRow>;
  readonly users: View<LogonRow>;
  readonly collectors: View<CollectorRow>;
  readonly events: View<EventRow>;
}

export function createViews(stores: Stores): Views {
  return {
    connectors: createView(stores.connectors, connectorView),
    endpoints: createView(stores.endpoints, endpointView),
    users: createView(stores.logons, logonView),
    collectors: createView(stores.collectors, collectorView),
    events: createView(stores.events as unknown as Parameters<typeof createView<EventRow>>[0], eventView),
  };
}
