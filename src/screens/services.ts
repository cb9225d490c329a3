import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { Clock } from '../clock.ts';
import type { MessageInspection } from '../message-trace.ts';
import type { Fields } from '../query/fields.ts';
import type { RecordingControl } from '../recording-control.ts';
import type { Replay } from '../replay.ts';
import type { Actions } from '../state/actions.ts';
import type { Stores } from '../state/stores.ts';
import type { GateLoader } from './fortigate/loader.ts';
import type { HistoryLoader } from './history/loader.ts';
import type { Look } from './look.ts';
import type { ExportOutcome } from './terminal/write-export.ts';
import type { Views } from './views.ts';
import type { WhyLoader } from './why/loader.ts';
import type { Window } from './window.ts';

/** What the screens may ask of the terminal. */
export interface Terminal {
  /** Leaves the dashboard with this exit status. */
  quit(status: number): void;
  /** Puts a text into the clipboard of the terminal's user; false when it is too long for that. */
  copy(text: string): boolean;
  /** Paints everything again. */
  repaint(): void;
  /** Stops the process as a shell's job control expects, and paints again when it goes on. */
  suspend(): void;
}

/** How many connectors were configured, so that an empty screen can say whether something is still to come. */
export interface Configured {
  readonly ems: number;
  readonly fsso: number;
  /** EMS that an administrator signs in to. */
  readonly admins: number;
  readonly fortigates: number;
  /** Attached collectors. */
  readonly attached?: number;
  /** Rules of alerts. */
  readonly alertRules?: number;
  /** Why the configuration file cannot be changed from here; null when it can. */
  readonly whyFixed?: string | null;
}

/** Everything that a screen reads or asks. One per app, so that nothing is global. */
export interface Services {
  readonly stores: Stores;
  readonly views: Views;
  readonly actions: Actions;
  readonly clock: Clock;
  /** How it looks and which keys it takes now. */
  readonly look: StoreApi<Look>;
  readonly terminal: Terminal;
  readonly configured: Configured;
  readonly window: Window;
  readonly history: HistoryLoader;
  readonly why: WhyLoader;
  readonly gate: GateLoader;
  /** What a filter may name on the table of a screen. */
  fieldsOf(screen: string): { readonly title: string; readonly fields: Fields<never> };
  /** Whether peers may be changed: started with `--write`. */
  readonly write: boolean;
  /** Beside the product's name in the first line, such as `demo`. */
  readonly banner: string;
  /** A recording that is played in place of live peers; null where peers are live. */
  readonly replay?: Replay | null;
  /** The recording of what peers send; null where a recording is played. */
  readonly recording?: RecordingControl | null;
  /** What passes over the links. */
  readonly inspection?: MessageInspection | null;
  /** Freezes the flush clock, or lets it go on. */
  freeze(on: boolean): void;
  /** Another skin, by its name or file; a line that says why not, else null. */
  chooseSkin(name: string): Promise<string | null>;
  /** Paths of this machine that begin with what was typed; for completion after `:`. */
  completePath(begun: string): readonly string[];
  /** Writes a file of this machine; one that is there only where `replace` says so. */
  writeExport(file: string, pieces: Iterable<string>, replace: boolean): Promise<ExportOutcome>;
  /** Shows at once what a key changed, without waiting for the flush clock. */
  flushNow(): void;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('a screen was rendered outside of the app');
  return services;
}

/** Renders again when a table or view moved. */
export function useVersion(of: { readonly version: StoreApi<{ version: number }> }): number {
  return useStore(of.version, (state) => state.version);
}

/** The time that ages count from, in milliseconds; it moves with the flush clock, at most once a second. */
export function useNow(): number {
  return useStore(useServices().stores.time, (state) => state.now);
}
