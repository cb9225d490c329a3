import type { Clock, Timer } from '../../clock.ts';
import type { AlertsConfig } from '../../config/alerts.ts';
import type { ActionResult, Actions } from '../../state/actions.ts';
import type { NewEvent, StoreChange } from '../../state/changes.ts';
import type { Observer, Sink } from '../source.ts';
import { AlertEngine, type AlertTurn } from './engine.ts';
import { Picture } from './picture.ts';
import { conditionsOf, overwritesFound, ruleDefaults } from './rules.ts';

/** The kind of this source for the reconciler. */
export const alertsKind = 'alerts';

/** How often the rules are looked at, in milliseconds. */
const lookEvery = 1_000;

/** The rules of the configuration at work. */
export interface AlertsSource extends Observer {
  acknowledge(id: string): ActionResult;
}

/** Turns what all sources report into alerts: rows, lines of the event log, toasts and signals of the terminal. */
export function createAlertsSource(config: AlertsConfig, clock: Clock): AlertsSource {
  const { rules, signal } = config;
  const widest = Math.max(ruleDefaults.factor, ...rules.map((rule) => rule.factor ?? 0));
  const picture = new Picture(widest);
  const engine = new AlertEngine(config['resolve-after'] * 1000);
  let sink: Sink = () => {};
  let timer: Timer | null = null;

  function look(): void {
    const now = clock.now();
    picture.tick(now);
    const overwrites = picture.takeOverwrites();
    const conditions = rules.flatMap((rule) => [
      ...conditionsOf(rule, picture, now),
      ...overwritesFound(rule, overwrites),
    ]);
    for (const turn of engine.look(conditions, now)) tell(turn);
  }

  function tell({ row, turn }: AlertTurn): void {
    if (turn === 'gone') {
      sink({ table: 'alerts', op: 'remove', id: row.id });
      return;
    }
    sink({ table: 'alerts', op: 'put', row });
    if (turn !== 'firing' && turn !== 'resolved' && turn !== 'acknowledged') return;
    sink({ table: 'events', op: 'append', row: eventOf(row, turn, clock.now()) });
    if (turn === 'firing')
      sink({
        table: 'toasts',
        op: 'push',
        level: row.level,
        text: `Alert ${row.rule}: ${row.text}`,
        isLogged: false,
        ...(signal === 'none' ? {} : { signal }),
      });
  }

  return {
    name: 'alerts',
    start(given) {
      sink = given;
      timer = clock.every(lookEvery, look);
    },
    observe: (change: StoreChange) => picture.take(change, clock.now()),
    acknowledge(id) {
      const turn = engine.acknowledge(id, clock.now());
      if (turn === null) return nothingFires(id);
      tell(turn);
      return { ok: true, message: `Alert ${turn.row.rule} was acknowledged` };
    },
    async stop() {
      timer?.cancel();
      sink = () => {};
    },
  };
}

/** Hands the action to the source, where alerts are configured. */
export function alertActions(source: AlertsSource | undefined): Pick<Actions, 'acknowledgeAlert'> {
  return { acknowledgeAlert: async (id) => source?.acknowledge(id) ?? nothingFires(id) };
}

const words = { firing: 'fires', resolved: 'is resolved', acknowledged: 'was acknowledged' } as const;

function eventOf(row: AlertTurn['row'], state: keyof typeof words, time: number): NewEvent {
  return {
    time,
    level: state === 'firing' ? row.level : 'notice',
    source: 'alerts',
    logId: null,
    text: `Alert ${row.rule} ${words[state]}: ${row.text}`,
    alert: { rule: row.rule, subject: row.subject, state, since: row.since },
  };
}

function nothingFires(id: string): ActionResult {
  return {
    ok: false,
    problem: {
      stage: 'alerts',
      code: null,
      message: `there is no alert to acknowledge: ${id}`,
      cause: 'It was resolved or acknowledged meanwhile, or it is still pending.',
      fix: ['choose an alert of the list that fires'],
    },
  };
}
