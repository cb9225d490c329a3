import type { CollectorRow, ConnectorRow, EventRow, LogonRow } from '../state/changes.ts';
import type { Stores } from '../state/stores.ts';
import { createView, type View } from '../state/view.ts';
import { collectorView } from './collectors/columns.ts';
import { connectorView } from './connectors/columns.ts';
import { eventView } from './events/columns.ts';
import { logonView } from './users/columns.ts';

/** The sorted and filtered window of each table. One per app: a table has one order and one filter at a time. */
export interface Views {
  readonly connectors: View<ConnectorRow>;
  readonly users: View<LogonRow>;
  readonly collectors: View<CollectorRow>;
  readonly events: View<EventRow>;
}

export function createViews(stores: Stores): Views {
  return {
    connectors: createView(stores.connectors, connectorView),
    users: createView(stores.logons, logonView),
    collectors: createView(stores.collectors, collectorView),
    events: createView(stores.events, eventView),
  };
}
