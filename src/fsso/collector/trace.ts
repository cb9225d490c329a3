import type { EntryChange } from './entry.ts';
import type { DatagramTrace } from './feeds/trace.ts';

/** Follows each logon on its way through a collector, from the datagram to the FortiGates. Must not throw. */
export interface LogonTrace extends DatagramTrace {
  /** An entry was added, changed or removed. */
  changed(change: EntryChange): void;
  /** A FortiGate is sent an event of so many bytes. */
  sent(identity: string, bytes: number): void;
}
