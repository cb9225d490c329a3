import type { ConnectorRow, EmsAdminRow, FortigateRow } from './changes.ts';

/** A connector from the other sides: what its EMS tells administrators, and the FortiGates that have an entry for the same EMS. */
export interface OtherSides {
  readonly admin: EmsAdminRow | null;
  readonly fortigates: readonly FortigateRow[];
}

/**
 * Finds what others say about a connector. A FortiGate's entry is about the same EMS when both know the same serial number
 * of it; where one does not know it, when both name the same server and port.
 */
export function seenBy(
  connector: ConnectorRow,
  admins: Iterable<EmsAdminRow>,
  fortigates: Iterable<FortigateRow>,
): OtherSides {
  const { serialNumber, server } = connector;
  return {
    admin: [...admins].find((row) => row.id === connector.id) ?? null,
    fortigates: [...fortigates].filter((row) =>
      serialNumber === null || row.emsSerial === null
        ? row.server !== null && row.server === server
        : row.emsSerial === serialNumber,
    ),
  };
}
