import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Actions, WhyOffer } from '../../state/actions.ts';
import { readQuestion } from './question.ts';

/** How far the question of the screen has come. */
export interface WhyScreenState {
  /** What is asked, as the screen's state has it; null before the first question. */
  readonly question: string | null;
  readonly asking: boolean;
  /** The answer to that question; the one before stays while it is asked anew. */
  readonly answer: WhyOffer | null;
}

/** Asks for the screen. A later question overtakes an earlier one. */
export interface WhyLoader {
  readonly state: StoreApi<WhyScreenState>;
  /** Asks when it is another question than before, or when it is asked `anew`. */
  load(question: string, anew?: boolean): void;
  /** The screen was left: whoever opens it again wants what is so then. */
  forget(): void;
}

export function createWhyLoader(actions: Pick<Actions, 'askWhy'>): WhyLoader {
  const state = createStore<WhyScreenState>(() => ({ question: null, asking: false, answer: null }));
  let latest = 0;

  async function ask(text: string): Promise<void> {
    latest += 1;
    const mine = latest;
    const { question, answer } = state.getState();
    state.setState({ question: text, asking: true, answer: question === text ? answer : null });
    const found = await actions.askWhy(readQuestion(text));
    if (mine === latest) state.setState({ asking: false, answer: found });
  }

  return {
    state,
    load(question, anew = false) {
      if (anew || state.getState().question !== question) void ask(question);
    },
    forget() {
      if (state.getState().question === null) return;
      latest += 1;
      state.setState({ question: null, asking: false, answer: null });
    },
  };
}
