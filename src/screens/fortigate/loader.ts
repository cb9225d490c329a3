import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Actions } from '../../state/actions.ts';

/** How far the reading of policies for the page has come. */
export interface GateScreenState {
  /** The FortiGate that they are read of; null while no page is open. */
  readonly fortigate: string | null;
  readonly reading: boolean;
}

/** Lets the FortiGate of the page read its policies, which are not looked at otherwise. */
export interface GateLoader {
  readonly state: StoreApi<GateScreenState>;
  /** Reads when it is another FortiGate than before, or `anew`. */
  load(fortigate: string, anew?: boolean): void;
  /** The page was left: whoever opens it again wants what is so then. */
  forget(): void;
}

export function createGateLoader(actions: Pick<Actions, 'readPolicies'>, flushNow: () => void): GateLoader {
  const state = createStore<GateScreenState>(() => ({ fortigate: null, reading: false }));
  let latest = 0;

  async function read(fortigate: string): Promise<void> {
    latest += 1;
    const mine = latest;
    state.setState({ fortigate, reading: true });
    // What went wrong stands on the page, call by call.
    await actions.readPolicies(fortigate).catch(() => null);
    flushNow();
    if (mine === latest) state.setState({ reading: false });
  }

  return {
    state,
    load(fortigate, anew = false) {
      if (anew || state.getState().fortigate !== fortigate) void read(fortigate);
    },
    forget() {
      if (state.getState().fortigate === null) return;
      latest += 1;
      state.setState({ fortigate: null, reading: false });
    },
  };
}
