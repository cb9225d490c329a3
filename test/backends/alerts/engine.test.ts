import { expect, test } from 'vitest';
import { AlertEngine, alertLimits, type Condition } from '../../../src/backends/alerts/engine.ts';

const second = 1_000;

function condition(more: Partial<Condition> = {}): Condition {
  return {
    ...{ rule: 'links', kind: 'link-down', subject: 'corp', level: 'error', text: 'corp has no link' },
    ...{ forMs: 30 * second, ...more },
  };
}

/** What changed at each look, `turn text`; the conditions hold for as many looks, one a second, as given. */
function looks(engine: AlertEngine, from: number, count: number, ...conditions: Condition[]): string[] {
  return Array.from({ length: count }, (_, index) =>
    engine.look(conditions, (from + index) * second),
  ).flatMap((turns) => turns.map(({ turn, row }) => `${turn} ${row.text}`));
}

test('a condition is pending until it has lasted long enough, then it fires once', () => {
  const engine = new AlertEngine(60 * second);
  expect(looks(engine, 0, 30, condition())).toEqual(['pending corp has no link']);
  expect(looks(engine, 30, 100, condition())).toEqual(['firing corp has no link']);
  expect(engine.rows).toEqual([expect.objectContaining({ state: 'firing', since: 0, firedAt: 30 * second })]);
});

test('what was over before it fired leaves no trace', () => {
  const engine = new AlertEngine(60 * second);
  looks(engine, 0, 29, condition());
  expect(looks(engine, 29, 1)).toEqual(['gone corp has no link']);
  expect(looks(engine, 30, 30, condition())).toEqual(['pending corp has no link']);
});

test('a flapping condition is one alert, resolved when it has been over for long enough', () => {
  const engine = new AlertEngine(60 * second);
  looks(engine, 0, 31, condition());
  const turns: string[] = [];
  for (let flap = 0; flap < 5; flap += 1) {
    turns.push(...looks(engine, 31 + flap * 60, 59), ...looks(engine, 90 + flap * 60, 1, condition()));
  }
  expect(turns).toEqual([]);
  expect(looks(engine, 331, 60)).toEqual([]);
  expect(looks(engine, 391, 1)).toEqual(['resolved corp has no link']);
});

test('one that comes back after it was resolved is a new alert', () => {
  const engine = new AlertEngine(0);
  looks(engine, 0, 31, condition());
  expect(looks(engine, 31, 1)).toEqual(['resolved corp has no link']);
  expect(looks(engine, 40, 31, condition())).toEqual(['pending corp has no link', 'firing corp has no link']);
  expect(engine.rows[0]).toMatchObject({ since: 40 * second, resolvedAt: null, acknowledgedAt: null });
});

test('a resolved alert leaves the list after a while', () => {
  const engine = new AlertEngine(0);
  looks(engine, 0, 31, condition());
  looks(engine, 31, 1);
  expect(engine.look([], 31 * second + alertLimits.keptResolved).map(({ turn }) => turn)).toEqual(['gone']);
  expect(engine.rows).toEqual([]);
});

test('a rule that knows when its condition began is believed, but not about the future', () => {
  const engine = new AlertEngine(0);
  expect(engine.look([condition({ since: -30 * second })], 0).map(({ turn }) => turn)).toEqual(['firing']);
  const other = condition({ subject: 'branch', since: 5 * second });
  expect(engine.look([other], 0).find(({ row }) => row.subject === 'branch')?.row.since).toBe(0);
});

test('news of what is wrong are shown without firing again', () => {
  const engine = new AlertEngine(0);
  looks(engine, 0, 31, condition());
  expect(looks(engine, 31, 2, condition({ text: 'refused' }))).toEqual(['changed refused']);
});

test('only what fires is acknowledged, and only once', () => {
  const engine = new AlertEngine(60 * second);
  looks(engine, 0, 1, condition());
  expect(engine.acknowledge('links|corp', 1)).toBeNull();
  looks(engine, 1, 30, condition());
  expect(engine.acknowledge('links|corp', 31 * second)?.row.acknowledgedAt).toBe(31 * second);
  expect(engine.acknowledge('links|corp', 32 * second)).toBeNull();
  expect(engine.acknowledge('links|other', 32 * second)).toBeNull();
});

test('the number of alerts is bounded', () => {
  const engine = new AlertEngine(0);
  const many = Array.from({ length: alertLimits.alerts + 10 }, (_, index) =>
    condition({ subject: `${index}` }),
  );
  engine.look(many, 0);
  expect(engine.rows).toHaveLength(alertLimits.alerts);
});
