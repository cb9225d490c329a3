import type { MessageRow } from '../message-trace.ts';
import type { AlertRow } from './alert-rows.ts';
import type { CaRow } from './ca-row.ts';
import type { CollectorRow } from './collector-row.ts';
import type { ComponentRow } from './component-row.ts';
import type { ConnectorRow } from './connector-row.ts';
import type { ControllerRow } from './controller-row.ts';
import type { EndpointRow, TagRow } from './endpoint-rows.ts';
import type { EntryRow } from './entry-row.ts';
import type { NewEvent } from './event-row.ts';
import type { GateRow } from './gate-rows.ts';
import type { LogonRow } from './logon-row.ts';
import type { DeviceRow, EmsAdminRow, FortigateRow } from './peer-rows.ts';

export type { AlertRow } from './alert-rows.ts';
export type { CaRow } from './ca-row.ts';
export type { CollectorRow, LinkState } from './collector-row.ts';
export type { ComponentFact, ComponentKind, ComponentRow, ComponentState } from './component-row.ts';
export type {
  AcceptedView,
  CallView,
  CertificateView,
  ConnectorRow,
  EmsState,
  PinView,
  SessionView,
} from './connector-row.ts';
export type { ControllerMode, ControllerRow, ControllerState, Polling } from './controller-row.ts';
export type { EndpointRow, TagRow } from './endpoint-rows.ts';
export type { EntryCheck, EntryRow } from './entry-row.ts';
export {
  type AlertChange,
  type EventLevel,
  type EventRow,
  longestEventLog,
  type NewEvent,
} from './event-row.ts';
export type {
  GateCall,
  GateCluster,
  GateFsso,
  GateGroup,
  GatePolicies,
  GatePolicy,
  GateRow,
  GateUsers,
} from './gate-rows.ts';
export type { StageView } from './link-view.ts';
export type { LogonBefore, LogonRow } from './logon-row.ts';
export type {
  DeviceRow,
  EmsAdminRow,
  FortigateRow,
  ReportedEndpoint,
  ReportedLink,
  ReportedLogon,
} from './peer-rows.ts';

/** What an adapter tells the stores. Patches of one row merge until the next flush. */
export type StoreChange =
  | { table: 'logons'; op: 'put'; row: LogonRow }
  | { table: 'logons'; op: 'remove'; id: string }
  | { table: 'collectors'; op: 'put'; row: CollectorRow }
  | { table: 'collectors'; op: 'remove'; id: string }
  | { table: 'connectors'; op: 'put'; row: ConnectorRow }
  | { table: 'connectors'; op: 'remove'; id: string }
  | { table: 'endpoints'; op: 'put'; row: EndpointRow }
  | { table: 'endpoints'; op: 'remove'; id: string }
  | { table: 'tags'; op: 'put'; row: TagRow }
  | { table: 'tags'; op: 'remove'; id: string }
  | { table: 'cas'; op: 'put'; row: CaRow }
  | { table: 'cas'; op: 'remove'; id: string }
  | { table: 'admins'; op: 'put'; row: EmsAdminRow }
  | { table: 'admins'; op: 'remove'; id: string }
  | { table: 'devices'; op: 'put'; row: DeviceRow }
  | { table: 'devices'; op: 'remove'; id: string }
  | { table: 'fortigates'; op: 'put'; row: FortigateRow }
  | { table: 'fortigates'; op: 'remove'; id: string }
  | { table: 'messages'; op: 'put'; row: MessageRow }
  | { table: 'messages'; op: 'remove'; id: string }
  | { table: 'gates'; op: 'put'; row: GateRow }
  | { table: 'gates'; op: 'remove'; id: string }
  | { table: 'components'; op: 'put'; row: ComponentRow }
  | { table: 'components'; op: 'remove'; id: string }
  | { table: 'controllers'; op: 'put'; row: ControllerRow }
  | { table: 'controllers'; op: 'remove'; id: string }
  | { table: 'entries'; op: 'put'; row: EntryRow }
  | { table: 'entries'; op: 'remove'; id: string }
  | { table: 'alerts'; op: 'put'; row: AlertRow }
  | { table: 'alerts'; op: 'remove'; id: string }
  | { table: 'events'; op: 'append'; row: NewEvent }
  /** Everything goes, the event log too: what is shown begins anew. */
  | { table: 'all'; op: 'clear' }
  /** One line that is shown at once, whatever the screen, and goes to the event log too. */
  | ({ table: 'toasts'; op: 'push'; level: 'info' | 'warning' | 'error'; text: string } & ToastOptions);

/** What beside the text a toast may be. */
export interface ToastOptions {
  /** False where the event log has a line of its own about it. */
  isLogged?: boolean;
  /** What the terminal does beside showing it: the bell, or a notification of the desktop (OSC 9). */
  signal?: 'bell' | 'osc9';
}
