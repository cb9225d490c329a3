import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Clock, Timer } from '../clock.ts';
import type { NewEvent, ToastOptions } from './changes.ts';

export type ToastLevel = 'info' | 'warning' | 'error';

export interface Toast {
  readonly level: ToastLevel;
  /** As it was given: not safe for a terminal yet. */
  readonly text: string;
}

/** How long a toast is shown, in milliseconds. */
export const toastMs: Readonly<Record<ToastLevel, number>> = { info: 3_000, warning: 6_000, error: 10_000 };

// Older ones are in the event log anyway.
const mostToasts = 50;

export interface ToastState {
  /** The newest toast that is still running. */
  readonly visible: Toast | null;
  /** Older ones that would be seen without it. */
  readonly more: number;
}

export interface Toasts {
  readonly state: StoreApi<ToastState>;
  /** Shows one line, and writes it to the event log. */
  push(level: ToastLevel, text: string, options?: ToastOptions): void;
  /** Calls the listener with each signal for the terminal. Returns what ends it. */
  onSignal(listener: (signal: NonNullable<ToastOptions['signal']>, text: string) => void): () => void;
  /** A key was pressed: a visible error goes. */
  keyPressed(): void;
  /** Everything goes, with its timers. */
  clear(): void;
}

/** Toasts are feedback to a key, so they do not wait for the flush clock and are shown on a frozen screen too. */
export function createToasts(clock: Clock, log: (event: NewEvent) => void): Toasts {
  const state = createStore<ToastState>(() => ({ visible: null, more: 0 }));
  const listeners = new Set<Parameters<Toasts['onSignal']>[0]>();
  let running: { toast: Toast; timer: Timer }[] = [];

  function show(): void {
    const visible = running.at(-1)?.toast ?? null;
    state.setState({ visible, more: Math.max(0, running.length - 1) });
  }

  function end(toast: Toast): void {
    for (const each of running) if (each.toast === toast) each.timer.cancel();
    running = running.filter((each) => each.toast !== toast);
    show();
  }

  return {
    state,
    push(level, text, { isLogged = true, signal } = {}) {
      const toast: Toast = { level, text };
      running.push({ toast, timer: clock.after(toastMs[level], () => end(toast)) });
      const oldest = running[0];
      if (oldest && running.length > mostToasts) end(oldest.toast);
      else show();
      if (isLogged) log({ time: clock.now(), level, source: 'fabrictop', logId: null, text });
      if (signal) for (const listener of listeners) listener(signal, text);
    },
    onSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    keyPressed() {
      const newest = running.at(-1)?.toast;
      if (newest?.level === 'error') end(newest);
    },
    clear() {
      for (const each of running) each.timer.cancel();
      running = [];
      show();
    },
  };
}
