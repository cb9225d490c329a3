import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Clock, Timer } from '../clock.ts';

/** Feedback to one key: no event, so it is not logged as a toast is. */
export interface Notice {
  /** `idle`: why the key did nothing. `busy`: what it began. */
  readonly kind: 'idle' | 'busy';
  /** Not safe for a terminal yet. */
  readonly text: string;
}

/** The one notice that is shown; gone with the next key or after some seconds. */
export interface Notices {
  readonly state: StoreApi<{ notice: Notice | null }>;
  show(notice: Notice): void;
  /** Takes it away; one that is given only if it is still the one that is shown. */
  clear(notice?: Notice): void;
}

// As long as a warning among the toasts.
const noticeMs = 6_000;

export function createNotices(clock: Clock): Notices {
  const state = createStore<{ notice: Notice | null }>(() => ({ notice: null }));
  let timer: Timer | null = null;

  function set(notice: Notice | null): void {
    timer?.cancel();
    timer = notice === null ? null : clock.after(noticeMs, () => set(null));
    if (state.getState().notice !== notice) state.setState({ notice });
  }

  return {
    state,
    show: set,
    clear(notice) {
      if (notice === undefined || state.getState().notice === notice) set(null);
    },
  };
}
