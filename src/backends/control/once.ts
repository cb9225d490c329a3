import type { Clock } from '../../clock.ts';
import type { Problem } from '../../problem.ts';
import { safeJson } from '../../safe-json.ts';
import { safeText } from '../../safe-text.ts';
import type { LogonChoice } from '../../state/actions.ts';
import type { OnceResult } from '../fsso-once.ts';
import { choiceTest } from '../logon-choice.ts';
import { chooseDashboard, nameOf, type Wanted } from './choose.ts';
import { findDashboards, type RunningDashboard } from './client.ts';

export interface ControlOnce {
  readonly clock: Clock;
  /** Where the sockets of running dashboards are. */
  readonly directory: string;
  readonly wanted: Wanted;
  /** For each connector, in milliseconds. */
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Who confirms that logons are cleared: nobody, `--yes`, or a person who is asked. */
export type Confirmation =
  | { kind: 'none' }
  | { kind: 'yes' }
  | { kind: 'ask'; ask: (text: string, prompt: string) => Promise<string | null> };

/** A choice of logons as it can be sent: the row of a screen has no place on a command line. */
export type SentChoice = Omit<LogonChoice, 'logon'>;

// So that the dashboard's own limit is told, and not ours.
const answerMargin = 2_000;

/** Lets a running dashboard ask for all logons, and waits until they came (docs/cli.md, fsso refresh-logons). */
export function refreshLogonsOnce(once: ControlOnce): Promise<OnceResult> {
  return withDashboard(once, async (dashboard, connectors) => {
    const { timeoutMs } = once;
    const refreshed = await each(connectors, async (connector) => {
      const answer = await dashboard.ask(
        { ask: 'refresh-logons', connector, timeoutMs },
        timeoutMs + answerMargin,
      );
      return { connector, answer };
    });
    const output = once.json
      ? safeJson({
          refreshed: refreshed.map(({ connector, answer }) =>
            answer.ok
              ? { connector, ...without(answer), error: null }
              : {
                  connector,
                  server: null,
                  records: null,
                  added: null,
                  removed: null,
                  error: answer.problem.message,
                },
          ),
        })
      : refreshed
          .flatMap(({ connector, answer }) => (answer.ok ? `${listLine(connector, answer)}\n` : []))
          .join('');
    const diagnostics = refreshed.flatMap(({ connector, answer }) =>
      answer.ok ? [] : failureLine(connector, answer.problem),
    );
    return { output: output === '' ? null : output, diagnostics, isHealthy: diagnostics.length === 0 };
  });
}

/** Clears logons of a running dashboard's own tables, once that is confirmed (docs/cli.md, fsso clear-logons). */
export async function clearLogonsOnce(
  once: ControlOnce,
  choice: SentChoice,
  confirmation: Confirmation,
): Promise<OnceResult> {
  const understood = choiceTest(choice, once.clock.now());
  if (!understood.ok) return down(understood.problem.message);
  return withDashboard(once, async (dashboard, connectors) => {
    const { timeoutMs, json } = once;
    const counted = await each(connectors, async (connector) => {
      return {
        connector,
        answer: await dashboard.ask({ ask: 'count-logons', connector, choice }, timeoutMs),
      };
    });
    const uncounted = counted.find(({ answer }) => !answer.ok);
    if (uncounted && !uncounted.answer.ok)
      return down(failureLine(uncounted.connector, uncounted.answer.problem));
    const hit = counted.flatMap(({ connector, answer }) =>
      answer.ok && answer.count > 0 ? [{ connector, count: answer.count }] : [],
    );
    if (hit.length > 0 && !(await isConfirmed(confirmation, question(dashboard, hit))))
      return down(
        confirmation.kind === 'none'
          ? 'nothing was cleared: confirm with --yes, or at a terminal without --json'
          : 'nothing was cleared',
      );
    const cleared = await each(
      hit.map(({ connector }) => connector),
      async (connector) => {
        return {
          connector,
          answer: await dashboard.ask({ ask: 'clear-logons', connector, choice }, timeoutMs),
        };
      },
    );
    const done = cleared.flatMap(({ connector, answer }) =>
      answer.ok ? { connector, count: answer.count } : [],
    );
    const total = done.reduce((sum, { count }) => sum + count, 0);
    const lines = done.map(({ connector, count }) => `${logons(count)} of ${safeText(connector)} cleared\n`);
    const diagnostics = cleared.flatMap(({ connector, answer }) =>
      answer.ok ? [] : failureLine(connector, answer.problem),
    );
    const text = hit.length === 0 ? 'no logon is chosen: nothing was cleared\n' : lines.join('');
    const output = json ? safeJson({ cleared: done, total }) : text;
    return { output: output === '' ? null : output, diagnostics, isHealthy: diagnostics.length === 0 };
  });
}

async function withDashboard(
  { clock, directory, wanted }: ControlOnce,
  act: (dashboard: RunningDashboard, connectors: readonly string[]) => Promise<OnceResult>,
): Promise<OnceResult> {
  const { dashboards, silent } = await findDashboards(directory, clock);
  try {
    const chosen = chooseDashboard(dashboards, silent, wanted);
    if (typeof chosen === 'string') return down(chosen);
    const connectors = wanted.connector === undefined ? chosen.connectors : [wanted.connector];
    if (connectors.length === 0) return down(`the dashboard has no FSSO connector (${nameOf(chosen)})`);
    return await act(chosen, connectors);
  } finally {
    for (const dashboard of dashboards) dashboard.close();
  }
}

/** One after the other: a dashboard answers in order. */
async function each<T>(connectors: readonly string[], act: (connector: string) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (const connector of connectors) done.push(await act(connector));
  return done;
}

function question(dashboard: RunningDashboard, hit: readonly { connector: string; count: number }[]): string {
  const lines = hit.map(({ connector, count }) => `  ${logons(count)} of ${safeText(connector)}\n`);
  return `Cleared from the dashboard's own table (${nameOf(dashboard)}):\n${lines.join('')}`;
}

async function isConfirmed(confirmation: Confirmation, text: string): Promise<boolean> {
  if (confirmation.kind !== 'ask') return confirmation.kind === 'yes';
  const answer = await confirmation.ask(text, 'Clear? (y/n) ');
  return /^y(?:es)?$/i.test(answer?.trim() ?? '');
}

function listLine(
  connector: string,
  { server, records, added, removed }: { server: string; records: number; added: number; removed: number },
): string {
  return safeText(`${connector}: ${server} sent its list: ${logons(records)}, ${added} new, ${removed} gone`);
}

function without<T extends { ok: true }>({ ok: _, ...rest }: T): Omit<T, 'ok'> {
  return rest;
}

function logons(count: number): string {
  return count === 1 ? '1 logon' : `${count} logons`;
}

function failureLine(connector: string, { message, cause, fix }: Problem): string {
  const why = cause === '' ? '' : `. ${cause}`;
  return safeText(`${connector}: ${message}${why}${fix[0] === undefined ? '' : ` Fix: ${fix[0]}`}`);
}

function down(line: string): OnceResult {
  return { output: null, diagnostics: [line], isHealthy: false };
}
