import type { StoreChange } from './changes.ts';
import { apart } from './pairs.ts';
import type { Stores } from './stores.ts';

/**
 * The rows that adapters of other kinds than FSSO have told of, as changes. Those of our own FSSO connectors are made again from their
 * links, and only what a FortiGate told is among the rows of logons and collectors.
 */
export function* toldRows(stores: Stores): Generator<StoreChange> {
  for (const row of stores.connectors.values()) yield { table: 'connectors', op: 'put', row };
  for (const row of apart(stores.endpoints.values())) yield { table: 'endpoints', op: 'put', row };
  for (const row of stores.tags.values()) yield { table: 'tags', op: 'put', row };
  for (const row of stores.cas.values()) yield { table: 'cas', op: 'put', row };
  for (const row of stores.admins.values()) yield { table: 'admins', op: 'put', row };
  for (const row of stores.devices.values()) yield { table: 'devices', op: 'put', row };
  for (const row of stores.fortigates.values()) yield { table: 'fortigates', op: 'put', row };
  for (const row of stores.gates.values()) yield { table: 'gates', op: 'put', row };
  for (const row of stores.alerts.values()) yield { table: 'alerts', op: 'put', row };
  for (const row of apart(stores.logons.values()))
    if (row.reported) yield { table: 'logons', op: 'put', row };
  for (const row of stores.collectors.values())
    if (row.reported) yield { table: 'collectors', op: 'put', row };
}
