import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../problem.ts';
import type { Actions } from '../../state/actions.ts';
import type { Stores } from '../../state/stores.ts';
import { mostRows, questionOf, readSubject } from './subject.ts';

/** How far the question of the screen has come. */
export interface HistoryState {
  /** What is asked about, as the screen's state has it; null before the first question. */
  readonly subject: string | null;
  readonly asking: boolean;
  /** There are more than the rows that are shown. */
  readonly isCut: boolean;
  readonly problem: Problem | null;
}

/** Asks the history for the screen and puts the answer into its table. A later question overtakes an earlier one. */
export interface HistoryLoader {
  readonly state: StoreApi<HistoryState>;
  /** Asks when it is another subject than before, or when it is asked for `anew`. */
  load(subject: string, anew?: boolean): void;
}

export function createHistoryLoader(
  stores: Stores,
  actions: Pick<Actions, 'askHistory'>,
  flushNow: () => void,
): HistoryLoader {
  const state = createStore<HistoryState>(() => ({
    subject: null,
    asking: false,
    isCut: false,
    problem: null,
  }));
  let latest = 0;

  function clear(): void {
    for (const { id } of [...stores.history.values()]) stores.history.remove(id);
  }

  async function ask(text: string): Promise<void> {
    latest += 1;
    const mine = latest;
    const subject = readSubject(text);
    if (subject === null) return;
    if (state.getState().subject !== text) clear();
    state.setState({ subject: text, asking: true, isCut: false, problem: null });
    const answer = await actions.askHistory(questionOf(subject));
    if (mine !== latest) return;
    clear();
    if (answer.ok) for (const row of answer.rows) stores.history.put(row);
    state.setState({
      asking: false,
      isCut: answer.ok && answer.rows.length >= mostRows,
      problem: answer.ok ? null : answer.problem,
    });
    flushNow();
  }

  return {
    state,
    load(subject, anew = false) {
      if (anew || state.getState().subject !== subject) void ask(subject);
    },
  };
}
