import { longestEventLog, type StoreChange } from '../../state/changes.ts';

/**
 * What the adapters of a replay tell on the way to another moment: of each row only what is told last, since nobody sees what lies
 * between. A day of changes is as quick to hand on as its last state.
 */
export class SeekChanges {
  readonly #rows = new Map<string, StoreChange>();
  #events: StoreChange[] = [];

  add(change: StoreChange): void {
    switch (change.op) {
      case 'put':
        this.#rows.set(`${change.table} ${change.row.id}`, change);
        return;
      case 'remove':
        this.#rows.set(`${change.table} ${change.id}`, change);
        return;
      case 'append':
        this.#events.push(change);
        if (this.#events.length >= 2 * longestEventLog) this.#events = this.#events.slice(-longestEventLog);
        return;
      case 'clear':
        this.#rows.clear();
        this.#events = [];
        return;
      default:
        // A toast has nobody who could read it.
        return;
    }
  }

  /** Forgets each change as it gives it, so that whoever stops in between can go on. */
  *take(): Generator<StoreChange> {
    for (const [name, change] of this.#rows) {
      this.#rows.delete(name);
      yield change;
    }
    const events = this.#events.slice(-longestEventLog).reverse();
    this.#events = [];
    for (let event = events.pop(); event; event = events.pop()) {
      yield event;
    }
  }
}
