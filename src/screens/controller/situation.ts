import { chainsTo } from '../../state/ca-chains.ts';
import type { CollectorRow } from '../../state/changes.ts';
import type { ScreenId, Situation } from '../input/controls.ts';
import type { Services } from '../services.ts';
import type { CurrentTable } from './current-table.ts';

/** Our own FSSO connectors: those of FortiGates obey only these. */
function fssoNames(rows: readonly CollectorRow[]): string[] {
  return [...new Set(rows.filter((row) => row.reported === undefined).map((row) => row.connector))];
}

/** The screens of which Ctrl+R, F and others mean a collector; the rows of an inspector are messages of one. */
function isOfCollector(screen: ScreenId): boolean {
  return screen === 'collectors' || screen === 'link' || screen === 'inspector';
}

/** What is on the screen now: all that a binding may look at. */
export function situationOf(services: Services, table: CurrentTable): Situation {
  const { stores } = services;
  const { ui } = stores;
  const { current } = ui;
  const { stack, last, frozen } = ui.state.getState();
  const screen = current.screen as ScreenId;
  const id = table.selected?.id ?? current.subject ?? '';
  const connector =
    screen === 'connectors' || screen === 'connector' || screen === 'certificate'
      ? (stores.connectors.get(id) ?? null)
      : null;
  const fortigate = screen === 'fortigates' ? (stores.fortigates.get(id) ?? null) : null;
  const ca = screen === 'cas' ? (stores.cas.get(id) ?? null) : null;
  return {
    screen,
    connector,
    ca,
    caChains: ca ? chainsTo(ca, stores.connectors.values()) : [],
    connectors: [...stores.connectors.values()].map((row) => row.name),
    certificate: screen === 'certificate' ? (connector?.chain[current.index] ?? null) : null,
    fssoConnectors: fssoNames([...stores.collectors.values()]),
    collector: isOfCollector(screen)
      ? (stores.collectors.get(screen === 'inspector' ? (current.subject ?? '') : id) ?? null)
      : null,
    message: screen === 'inspector' ? (stores.messages.get(id) ?? null) : null,
    logon: screen === 'users' || screen === 'logon' ? (stores.logons.get(id) ?? null) : null,
    alert: screen === 'alerts' ? (stores.alerts.get(id) ?? null) : null,
    event: screen === 'events' ? (stores.events.get(id) ?? null) : null,
    admins: [...stores.admins.values()].map((row) => row.id),
    device: screen === 'devices' ? (stores.devices.get(id) ?? null) : null,
    fortigate,
    gate: stores.gates.get(screen === 'fortigate' ? id : (fortigate?.fortigate ?? '')) ?? null,
    component: screen === 'attached' || screen === 'component' ? (stores.components.get(id) ?? null) : null,
    controller:
      screen === 'controllers' || screen === 'controller' ? (stores.controllers.get(id) ?? null) : null,
    entry: screen === 'entries' || screen === 'entry' ? (stores.entries.get(id) ?? null) : null,
    history: screen === 'history' ? (stores.history.get(id) ?? null) : null,
    subject: current.subject,
    write: services.write,
    replay: Boolean(services.replay),
    matched: table.shown?.view.matched ?? 0,
    filter: current.filter,
    frozen,
    cards: current.cards,
    depth: stack.length - 1,
    hasLast: last !== null,
    whyFixed: services.configured.whyFixed ?? null,
    keyOf: services.look.getState().keys.keyOf,
  };
}

/** Certificates of the chain that is shown, or VDOMs of the FortiGate and all of them together. */
export function stepsOf({ connector, gate }: Situation): number {
  return connector !== null ? connector.chain.length : gate === null ? 0 : gate.vdoms.length + 1;
}
