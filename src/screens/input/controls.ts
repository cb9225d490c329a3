import type { HistoryRow } from '../../logon-history.ts';
import type { MessageRow } from '../../message-trace.ts';
import type { Replay } from '../../replay.ts';
import type { ActionResult, Actions } from '../../state/actions.ts';
import type { AlertRow } from '../../state/alert-rows.ts';
import type {
  CaRow,
  CertificateView,
  CollectorRow,
  ComponentRow,
  ConnectorRow,
  ControllerRow,
  DeviceRow,
  EntryRow,
  EventRow,
  FortigateRow,
  GateRow,
  LogonRow,
} from '../../state/changes.ts';
import type { KeyOf } from './keymap.ts';

/** Every screen that there is, in the order of the tabs; `connector`, `endpoints`, `certificate`, `logon` and `link` open from a row. */
export type ScreenId =
  | 'connectors'
  | 'users'
  | 'collectors'
  | 'events'
  | 'alerts'
  | 'certificate'
  | 'cas'
  | 'logon'
  | 'link'
  | 'connector'
  | 'endpoints'
  | 'devices'
  | 'fortigates'
  | 'fortigate'
  | 'attached'
  | 'component'
  | 'controllers'
  | 'controller'
  | 'entries'
  | 'entry'
  | 'history'
  | 'filter-help'
  | 'why'
  | 'inspector'
  | 'message';

/** What is on the screen when a key is pressed: all that a binding may look at to say why it does nothing. */
export interface Situation {
  readonly screen: ScreenId;
  /** The EMS connector that is selected, or whose certificate is shown. */
  readonly connector: ConnectorRow | null;
  /** The certificate of the chain that is shown; the accepted one is always the leaf. */
  readonly certificate: CertificateView | null;
  /** The selected CA, and the names of the connectors whose chains lead to it. */
  readonly ca: CaRow | null;
  readonly caChains: readonly string[];
  /** Names of all EMS connectors. */
  readonly connectors: readonly string[];
  readonly collector: CollectorRow | null;
  /** Names of all FSSO connectors. */
  readonly fssoConnectors: readonly string[];
  /** The selected message of a link. */
  readonly message: MessageRow | null;
  readonly logon: LogonRow | null;
  readonly event: EventRow | null;
  readonly alert: AlertRow | null;
  /** The selected Fabric device, and the connector of a FortiGate. */
  readonly device: DeviceRow | null;
  /** Names of the connectors whose EMS an administrator signs in to. */
  readonly admins: readonly string[];
  readonly fortigate: FortigateRow | null;
  /** The FortiGate of the page, or the one that told of the selected connector. */
  readonly gate: GateRow | null;
  /** The selected component of an attached collector, and the selected entry of one. */
  readonly component: ComponentRow | null;
  readonly controller: ControllerRow | null;
  readonly entry: EntryRow | null;
  /** The selected interval of the history, and what the screen is about. */
  readonly history: HistoryRow | null;
  readonly subject: string | null;
  /** Whether peers may be changed: started with `--write`. */
  readonly write: boolean;
  /** A recording is played. */
  readonly replay: boolean;
  /** Rows that pass the filter. */
  readonly matched: number;
  readonly filter: string;
  readonly frozen: boolean;
  /** The connectors are shown as cards. */
  readonly cards: boolean;
  /** Screens below this one, so that Esc has somewhere to go. */
  readonly depth: number;
  readonly hasLast: boolean;
  /** Why our own configuration cannot be changed; null when it can. */
  readonly whyFixed: string | null;
  /** What people press for a command, for reasons and questions that name a key. */
  readonly keyOf: KeyOf;
}

/**
 * A question before something that cannot be taken back. `lines` name what will happen: sentences, and values with a
 * label before them; none is made safe yet.
 */
export interface Question {
  readonly title: string;
  readonly lines: readonly (string | readonly [label: string, value: string])[];
  /** Verb of the key that goes ahead, such as `Accept`. */
  readonly yes: string;
  readonly action: () => void;
}

/** What a binding may do. The app implements it; tests may too. */
export interface Controls {
  readonly situation: Situation;
  readonly actions: Actions;
  /** The recording that is played; null where peers are live. */
  readonly replay: Replay | null;
  /** By so many rows or lines; negative is up. */
  move(by: number): void;
  /** By so many windows full. */
  page(by: number): void;
  /** To the card on the left or on the right. */
  beside(by: number): void;
  first(): void;
  last(): void;
  /** To the left or the right neighbour: the certificate of a chain, the VDOM of a FortiGate. */
  step(by: number): void;
  show(screen: ScreenId, target?: string, filter?: string): void;
  nextTab(by: number): void;
  back(): void;
  lastScreen(): void;
  /** All keys; with the name of a command at its entry, and with `filter` how filters are written. */
  openHelp(topic?: string): void;
  /** With this line in it. */
  openCommandBar(line?: string): void;
  openFilter(): void;
  setFilter(text: string): void;
  clearFilter(): void;
  /** Shows the connectors as cards, or as a table again. */
  toggleCards(): void;
  moveSort(by: number): void;
  flipSort(): void;
  /** 1 is the first column that is shown; 0 is the order that the screen starts with. */
  sortBy(place: number): void;
  /** By the id or title of a column, whether it is shown or not. */
  sortByName(column: string): void;
  toggleFreeze(): void;
  copyCell(): void;
  copyRow(): void;
  /** Writes the rows of the table to a file; asks before one is replaced. */
  exportView(file: string): void;
  ask(question: Question): void;
  /** A toast that warns: why nothing was done. */
  tell(text: string): void;
  /** Fetches the certificate of an EMS connector anew, shows it, and asks where a person has to accept it. */
  verify(connector: string): void;
  /** Reads what is to be imported, and asks before anything is installed. */
  askImport(file: string): void;
  /** Runs an action; `doing` is the toast at its start, and its result the toast at its end, null for none. */
  act(doing: string, action: () => Promise<ActionResult | null>): void;
  /** Opens the form of an EMS connector, of a new one where the name is null. */
  editConnector(connector: string | null): void;
  /** Asks anew why the user of the screen is allowed or denied. */
  askWhy(): void;
  /** Reads the policies of the page's FortiGate anew. */
  askPolicies(): void;
  /** Asks the history anew. */
  askHistory(): void;
  /** Asks for the name of an EMS connector before it is deleted. */
  askRemoval(connector: ConnectorRow): void;
  /** Another skin, by its name or its file. */
  chooseSkin(name: string): void;
  /** Begins a recording into this file, on request with pseudonyms for names; null ends the one that is made. */
  record(file: string | null, redactNames: boolean): void;
  repaint(): void;
  suspend(): void;
  quit(): void;
}
