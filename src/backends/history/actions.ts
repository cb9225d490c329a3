import { safeText } from '../../safe-text.ts';
import type { Actions } from '../../state/actions.ts';
import type { HistoryRecorder } from './recorder.ts';

/** The action that asks the history; `history` is null where none is recorded. */
export function historyActions(history: HistoryRecorder | null): Pick<Actions, 'askHistory'> {
  return {
    async askHistory(question) {
      if (history === null)
        return {
          ok: false,
          problem: {
            stage: 'history',
            code: null,
            message: 'no history is recorded',
            cause:
              'The configuration has no key "history", or it is not enabled, or there is no FSSO connector.',
            fix: [
              'add "history: { enabled: true }" to the configuration: it holds who was where, see docs/history.md',
            ],
          },
        };
      const answer = await history.ask(question);
      if (answer.ok) return { ok: true, rows: answer.rows ?? [] };
      const { code, text } = answer.reason;
      return {
        ok: false,
        problem: {
          stage: 'history',
          code,
          message: `the history cannot be read: ${safeText(text)}`,
          cause: '',
          fix: ['the event log (":events") says what went wrong with its file'],
        },
      };
    },
  };
}
