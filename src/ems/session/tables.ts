import type { Device } from '../device.ts';
import type { CallName, EmsProfile } from '../profile.ts';
import type { Inventory } from './inventory.ts';
import { readEndpoint, readTag, readUidTags } from './records.ts';

/** A table of EMS that is fetched in increments. */
export type TableName = 'sysinfo' | 'tags' | 'uidTags' | 'hostTags';

type Row = Readonly<Record<string, unknown>>;

/** How the rows of a table get into the inventory. */
export interface Table {
  call: CallName;
  /** Takes one row in. The key of what it lists, null for one that is not understood; false when there is no room. */
  take(inventory: Inventory, row: Row, fields: EmsProfile['fields']): string | null | false;
  /** Takes away what a whole listing did not name. */
  keep(inventory: Inventory, listed: ReadonlySet<string>): void;
  /** After the last row of a fetch. */
  end?(inventory: Inventory): void;
}

function takeUidTags(inventory: Inventory, row: Row, fields: EmsProfile['fields']): string | null | false {
  const read = readUidTags(row, fields);
  if (read === null) return null;
  return inventory.putUidTags(read) && read.uid;
}

export const tables: Readonly<Record<TableName, Table>> = {
  sysinfo: {
    call: 'sysinfo',
    take(inventory, row, fields) {
      const read = readEndpoint(row, fields);
      if (read === null) return null;
      if (!('deleted' in read)) return inventory.putEndpoint(read) && read.uid;
      inventory.removeEndpoint(read.deleted);
      return null;
    },
    keep: (inventory, listed) => inventory.keepEndpoints(listed),
  },
  tags: {
    call: 'tags',
    take(inventory, row, fields) {
      const read = readTag(row, fields);
      if (read === null) return null;
      // As on a FortiGate, those that find no room are left out, and the others are there.
      if (!('deleted' in read)) return inventory.putTag(read) ? read.name : null;
      inventory.removeTag(read.deleted);
      return null;
    },
    keep: (inventory, listed) => inventory.keepTags(listed),
  },
  uidTags: {
    call: 'uidTags',
    take: takeUidTags,
    keep: (inventory, listed) => inventory.keepUidTags(listed),
  },
  hostTags: {
    call: 'hostTags',
    take: takeUidTags,
    keep: (inventory, listed) => inventory.keepUidTags(listed),
    end: (inventory) => inventory.deriveTags(),
  },
};

/**
 * The tables that a device fetches, in order. Without the capability `common-tags-api` the tags come as `host_tags`; an
 * EMS that names no capabilities at all is taken for a newer one.
 */
export function tablesOf(device: Device, capabilities: readonly string[] | null): TableName[] {
  const { commonTags } = device.profile.capabilities;
  const common = capabilities === null || capabilities.includes(commonTags);
  return [
    ...(device.pullSysinfo ? (['sysinfo'] as const) : []),
    ...(device.pullTags ? (common ? (['tags', 'uidTags'] as const) : (['hostTags'] as const)) : []),
  ];
}

/** Those of `fetched` that a notification of EMS concerns. Its "host tags" are whatever the tags come as. */
export function notifiedTables(
  names: readonly string[],
  fetched: readonly TableName[],
  profile: EmsProfile,
): TableName[] {
  const known = profile.websocket.tables;
  const everyTag = names.includes(known.hostTags);
  return fetched.filter((table) => names.includes(known[table]) || (everyTag && table !== 'sysinfo'));
}
