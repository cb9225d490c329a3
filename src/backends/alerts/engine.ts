import type { AlertRow } from '../../state/changes.ts';

/** Something that a rule finds wrong now. */
export interface Condition {
  readonly rule: string;
  readonly kind: AlertRow['kind'];
  /** What it is about; with the rule's name it tells one alert from another. */
  readonly subject: string;
  readonly level: AlertRow['level'];
  /** One line, safe to show. */
  readonly text: string;
  /** How long it has to last before it fires, in milliseconds. */
  readonly forMs: number;
  /** When it began, where the rule knows better than we do; milliseconds since the epoch. */
  readonly since?: number;
}

/** What became of an alert at a look. */
export interface AlertTurn {
  readonly row: AlertRow;
  readonly turn: 'pending' | 'firing' | 'resolved' | 'acknowledged' | 'changed' | 'gone';
}

/** Bounds; ours. */
export const alertLimits = {
  /** Alerts at a time; further conditions wait until others are over. */
  alerts: 1_000,
  /** How long a resolved alert stays on the list, in milliseconds. */
  keptResolved: 3_600_000,
} as const;

interface Tracked {
  row: AlertRow;
  /** Since when its condition is over; null while it holds. */
  clearSince: number | null;
}

/**
 * The states of alerts: pending until the condition has lasted long enough, firing until it has been over for
 * `resolveAfterMs`, then resolved. A condition that comes back meanwhile changes nothing, so that a flapping link is one
 * alert.
 */
export class AlertEngine {
  readonly #resolveAfterMs: number;
  readonly #alerts = new Map<string, Tracked>();

  constructor(resolveAfterMs: number) {
    this.#resolveAfterMs = resolveAfterMs;
  }

  get rows(): AlertRow[] {
    return [...this.#alerts.values()].map(({ row }) => row);
  }

  /** Takes all conditions that hold now, and gives what changed. */
  look(conditions: Iterable<Condition>, now: number): AlertTurn[] {
    const turns: AlertTurn[] = [];
    const holding = new Set<string>();
    for (const condition of conditions) {
      const id = `${condition.rule}|${condition.subject}`;
      if (holding.has(id)) continue;
      holding.add(id);
      turns.push(...this.#holds(id, condition, now));
    }
    for (const [id, tracked] of this.#alerts)
      if (!holding.has(id)) turns.push(...this.#isOver(id, tracked, now));
    return turns;
  }

  /** A person has seen it; null when there is no such alert that fires. */
  acknowledge(id: string, now: number): AlertTurn | null {
    const tracked = this.#alerts.get(id);
    if (tracked?.row.state !== 'firing' || tracked.row.acknowledgedAt !== null) return null;
    tracked.row = { ...tracked.row, acknowledgedAt: now };
    return { row: tracked.row, turn: 'acknowledged' };
  }

  #holds(id: string, condition: Condition, now: number): AlertTurn[] {
    const { rule, kind, subject, level, text, forMs } = condition;
    const tracked = this.#alerts.get(id);
    if (tracked === undefined || tracked.row.state === 'resolved') {
      if (tracked === undefined && this.#alerts.size >= alertLimits.alerts) return [];
      const since = Math.min(condition.since ?? now, now);
      const row: AlertRow = {
        ...{ id, rule, kind, subject, level, text, since },
        ...{ state: 'pending', firedAt: null, resolvedAt: null, acknowledgedAt: null },
      };
      const begun: Tracked = { row, clearSince: null };
      this.#alerts.set(id, begun);
      return now - since >= forMs ? [this.#fire(begun, now)] : [{ row, turn: 'pending' }];
    }
    tracked.clearSince = null;
    const { row } = tracked;
    const isNews = row.text !== text || row.level !== level;
    if (isNews) tracked.row = { ...row, text, level };
    if (row.state === 'pending' && now - row.since >= forMs) return [this.#fire(tracked, now)];
    return isNews ? [{ row: tracked.row, turn: 'changed' }] : [];
  }

  #fire(tracked: Tracked, now: number): AlertTurn {
    tracked.row = { ...tracked.row, state: 'firing', firedAt: now };
    return { row: tracked.row, turn: 'firing' };
  }

  #isOver(id: string, tracked: Tracked, now: number): AlertTurn[] {
    const { row } = tracked;
    if (
      row.state === 'pending' ||
      (row.resolvedAt !== null && now - row.resolvedAt >= alertLimits.keptResolved)
    ) {
      this.#alerts.delete(id);
      return [{ row, turn: 'gone' }];
    }
    if (row.state === 'resolved') return [];
    tracked.clearSince ??= now;
    if (now - tracked.clearSince < this.#resolveAfterMs) return [];
    tracked.row = { ...row, state: 'resolved', resolvedAt: now };
    return [{ row: tracked.row, turn: 'resolved' }];
  }
}
