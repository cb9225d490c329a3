import type { ConnectorStatus } from '../ems/connector.ts';
import type { InventoryChange, TaggedEndpoint } from '../ems/session/inventory.ts';
import type { Tag } from '../ems/session/records.ts';
import type { EndpointRow, SessionView, StoreChange, TagRow } from '../state/changes.ts';

/** What a connector knows of its EMS beside the certificate, as screens show it. */
export function sessionView({ session, stages, dirtyReason }: ConnectorStatus): SessionView {
  return { ...session, stages, dirtyReason };
}

/** Endpoints and tags of one connector as changes of the stores. `now` is milliseconds since the epoch. */
export function inventoryChanges(connector: string, change: InventoryChange, now: number): StoreChange[] {
  const id = (key: string) => `${connector}|${key}`;
  const endpointRow = (endpoint: TaggedEndpoint): EndpointRow => {
    const { macList: _, ...shown } = endpoint;
    return { id: id(endpoint.uid), connector, ...shown, updatedAt: now };
  };
  const tagRow = ({ uids, ips, macs, ...tag }: Tag): TagRow => ({
    id: id(tag.name),
    connector,
    ...tag,
    // EMS may name a member by its addresses alone.
    members: Math.max(uids.length, ips.length, macs.length),
    ips,
    macs,
    updatedAt: now,
  });
  return [
    ...change.endpoints.removed.map((uid) => ({ table: 'endpoints', op: 'remove', id: id(uid) }) as const),
    ...change.endpoints.put.map(
      (each) => ({ table: 'endpoints', op: 'put', row: endpointRow(each) }) as const,
    ),
    ...change.tags.removed.map((name) => ({ table: 'tags', op: 'remove', id: id(name) }) as const),
    ...change.tags.put.map((each) => ({ table: 'tags', op: 'put', row: tagRow(each) }) as const),
  ];
}
