import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Sort } from './view.ts';

/** Where a screen stands. A cursor is the id of a row and no position, so that rows may move under it. */
export interface ScreenView {
  readonly screen: string;
  /** What the screen is about, for example the connector of a certificate; null for a table. */
  readonly subject: string | null;
  /** Id of the row under the cursor; null is the first row, whichever that is. */
  readonly cursor: string | null;
  /** Position of the cursor when it was last seen, from 0: where it goes on when its row is removed. */
  readonly index: number;
  /** Position of the first row on the screen. */
  readonly offset: number;
  /** Null is the screen's own order. */
  readonly sort: Sort | null;
  readonly filter: string;
  /** As cards in place of a table; only the connectors have them. */
  readonly cards: boolean;
}

export interface UiState {
  /** Bottom first; the last one is on the screen. Never empty. */
  readonly stack: readonly ScreenView[];
  /** The stack before the last change of screen, for `-`. */
  readonly last: readonly ScreenView[] | null;
  readonly frozen: boolean;
}

export interface Ui {
  readonly state: StoreApi<UiState>;
  /** What is on the screen. */
  readonly current: ScreenView;
  /** Puts a screen on top, as a row is opened. The same screen and subject on top stays as it is. */
  open(screen: string, subject?: string | null): void;
  /** Begins a new stack with this screen, as `:` does. */
  go(screen: string, subject?: string | null): void;
  /** Takes the top screen away. False when it is the only one. */
  back(): boolean;
  /** Returns to the stack before the last change, and forth again. False when there was none. */
  swap(): boolean;
  /** Changes the screen on top. */
  update(patch: Partial<Pick<ScreenView, 'cursor' | 'index' | 'offset' | 'sort' | 'filter' | 'cards'>>): void;
  setFrozen(frozen: boolean): void;
}

/** A screen that is opened again has the cursor, order and filter that it was left with. */
export function createUi(firstScreen: string): Ui {
  const left = new Map<string, ScreenView>();
  const state = createStore<UiState>(() => ({
    stack: [fresh(firstScreen, null)],
    last: null,
    frozen: false,
  }));

  function top(): ScreenView {
    return state.getState().stack.at(-1) as ScreenView;
  }

  function show(stack: readonly ScreenView[]): void {
    const before = state.getState().stack;
    for (const view of before) left.set(key(view.screen, view.subject), view);
    state.setState({ stack, last: before });
  }

  function find(screen: string, subject: string | null): ScreenView {
    return left.get(key(screen, subject)) ?? fresh(screen, subject);
  }

  function isOnTop(screen: string, subject: string | null): boolean {
    return top().screen === screen && top().subject === subject;
  }

  return {
    state,
    get current() {
      return top();
    },
    open(screen, subject = null) {
      if (isOnTop(screen, subject)) return;
      show([...state.getState().stack, find(screen, subject)]);
    },
    go(screen, subject = null) {
      const { stack } = state.getState();
      if (stack.length === 1 && isOnTop(screen, subject)) return;
      const standing = stack.find((view) => view.screen === screen && view.subject === subject);
      show([standing ?? find(screen, subject)]);
    },
    back() {
      const { stack } = state.getState();
      if (stack.length < 2) return false;
      show(stack.slice(0, -1));
      return true;
    },
    swap() {
      const { last } = state.getState();
      if (last === null) return false;
      show(last);
      return true;
    },
    update(patch) {
      const { stack } = state.getState();
      state.setState({ stack: [...stack.slice(0, -1), { ...top(), ...patch }] });
    },
    setFrozen: (frozen) => state.setState({ frozen }),
  };
}

function fresh(screen: string, subject: string | null): ScreenView {
  return { screen, subject, cursor: null, index: 0, offset: 0, sort: null, filter: '', cards: false };
}

function key(screen: string, subject: string | null): string {
  return JSON.stringify([screen, subject]);
}
