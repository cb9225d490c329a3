import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Clock } from '../clock.ts';
import type { HistoryRow } from '../logon-history.ts';
import type { MessageRow } from '../message-trace.ts';
import type { AlertRow } from './alert-rows.ts';
import type {
  CaRow,
  CollectorRow,
  ComponentRow,
  ConnectorRow,
  ControllerRow,
  DeviceRow,
  EmsAdminRow,
  EndpointRow,
  EntryRow,
  FortigateRow,
  GateRow,
  LogonRow,
  StoreChange,
  TagRow,
} from './changes.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { Pairs } from './pairs.ts';
import { createRows, type FlushOptions, type Rows } from './rows.ts';
import { createToasts, type Toasts } from './toasts.ts';
import { createUi, type Ui } from './ui.ts';

/** Everything that the screens read. Made once by the composing command; a test makes its own. */
export interface Stores {
  readonly logons: Rows<LogonRow>;
  readonly collectors: Rows<CollectorRow>;
  readonly connectors: Rows<ConnectorRow>;
  readonly endpoints: Rows<EndpointRow>;
  readonly tags: Rows<TagRow>;
  readonly cas: Rows<CaRow>;
  readonly admins: Rows<EmsAdminRow>;
  readonly devices: Rows<DeviceRow>;
  readonly fortigates: Rows<FortigateRow>;
  /** The FortiGates themselves. */
  readonly gates: Rows<GateRow>;
  /** Attached collectors and what they are made of, and the entries that they hold. */
  readonly components: Rows<ComponentRow>;
  /** Their domain controllers. */
  readonly controllers: Rows<ControllerRow>;
  readonly entries: Rows<EntryRow>;
  /** The answer to the last question of the history screen. */
  readonly history: Rows<HistoryRow>;
  /** Of the link that is inspected. */
  readonly messages: Rows<MessageRow>;
  readonly alerts: Rows<AlertRow>;
  readonly events: EventLog;
  readonly ui: Ui;
  readonly toasts: Toasts;
  /** The time that ages on the screen count from, in milliseconds; moves with the flush, at most once a second. */
  readonly time: StoreApi<{ now: number }>;
  /** Notes a change; it is seen from the next flush on. Never throws. */
  apply(change: StoreChange): void;
  /** Applies what was noted to every table, as far as the deadline allows. True when anything changed. */
  flush(options?: FlushOptions): boolean;
  /** The last flush had to leave something undone. */
  readonly unfinished: boolean;
}

/** The screen that a dashboard opens with. */
export const firstScreen = 'connectors';

export function createStores(clock: Clock): Stores {
  const logons = createRows<LogonRow>(clock);
  const collectors = createRows<CollectorRow>(clock);
  const connectors = createRows<ConnectorRow>(clock);
  const endpoints = createRows<EndpointRow>(clock);
  const tags = createRows<TagRow>(clock);
  const cas = createRows<CaRow>(clock);
  const admins = createRows<EmsAdminRow>(clock);
  const devices = createRows<DeviceRow>(clock);
  const fortigates = createRows<FortigateRow>(clock);
  const gates = createRows<GateRow>(clock);
  const components = createRows<ComponentRow>(clock);
  const controllers = createRows<ControllerRow>(clock);
  const entries = createRows<EntryRow>(clock);
  const history = createRows<HistoryRow>(clock);
  const messages = createRows<MessageRow>(clock);
  const alerts = createRows<AlertRow>(clock);
  const events = createEventLog(clock);
  const toasts = createToasts(clock, events.append);
  const time = createStore(() => ({ now: clock.now() }));

  const tables = {
    logons,
    collectors,
    connectors,
    endpoints,
    tags,
    cas,
    admins,
    devices,
    fortigates,
    gates,
    components,
    controllers,
    entries,
    history,
    messages,
    alerts,
    events,
  };
  const all = Object.values(tables);

  const people = new Pairs(logons, personOf);
  const computers = new Pairs(endpoints, computerOf);

  function edit<T extends { readonly id: string }>(
    rows: Pick<Rows<T>, 'put' | 'remove'>,
    change: { op: 'put'; row: T } | { op: 'remove'; id: string },
  ): void {
    if (change.op === 'put') rows.put(change.row);
    else rows.remove(change.id);
  }

  return {
    ...tables,
    ui: createUi(firstScreen),
    toasts,
    time,
    apply(change) {
      if (change.table === 'all') for (const rows of [...all, people, computers]) rows.clear();
      else if (change.table === 'events') events.append(change.row);
      else if (change.table === 'toasts') toasts.push(change.level, change.text, change);
      else if (change.table === 'alerts') edit(alerts, change);
      else if (change.table === 'logons') edit(people, change);
      else if (change.table === 'collectors') edit(collectors, change);
      else if (change.table === 'endpoints') edit(computers, change);
      else if (change.table === 'tags') edit(tags, change);
      else if (change.table === 'messages') edit(messages, change);
      else if (change.table === 'cas') edit(cas, change);
      else if (change.table === 'admins') edit(admins, change);
      else if (change.table === 'devices') edit(devices, change);
      else if (change.table === 'fortigates') edit(fortigates, change);
      else if (change.table === 'gates') edit(gates, change);
      else if (change.table === 'components') edit(components, change);
      else if (change.table === 'controllers') edit(controllers, change);
      else if (change.table === 'entries') edit(entries, change);
      else edit(connectors, change);
    },
    flush(options) {
      const now = clock.now();
      if (Math.floor(now / 1_000) !== Math.floor(time.getState().now / 1_000)) time.setState({ now });
      let changed = false;
      for (const rows of all) changed = rows.flush(options) || changed;
      return changed;
    },
    get unfinished() {
      return all.some((rows) => rows.unfinished);
    },
  };
}

/** A user at an address, by the name alone: our connectors tell the domain apart, a FortiGate may tell it with the name. */
function personOf({ user, ip }: LogonRow): string {
  return `${ip} ${user.slice(user.lastIndexOf('\\') + 1).toLowerCase()}`;
}

/** What EMS and FortiGates call an endpoint alike. */
function computerOf({ uid }: EndpointRow): string | null {
  return uid === '' ? null : uid.toUpperCase();
}
