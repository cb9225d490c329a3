import type { CallName, EmsProfile } from '../profile.ts';
import type { Inventory } from './inventory.ts';
import { readPage } from './records.ts';
import { type TableName, tables } from './tables.ts';

/** What a call has beside its name. */
export interface CallMore {
  query?: Record<string, string>;
  body?: unknown;
  submission?: boolean;
  longest?: number;
}

/** How a fetch reaches EMS, and what it tells. */
export interface FetchEvents {
  /** Null when EMS refused the call in a way that leaves the others possible. */
  call: (name: CallName, more: CallMore) => Promise<{ data: unknown } | null>;
  unreadable: (name: CallName, detail: string) => void;
  /** The inventory changed, perhaps. */
  publish: () => void;
  /** The table is as EMS has it. */
  fetched: (name: TableName) => void;
}

/** Fetches tables in pages and increments, and remembers where each goes on (docs/protocol/ems.md, Session). */
export class TableFetcher {
  /** Tables that EMS may have changed since they were fetched. */
  readonly wanted = new Set<TableName>();
  readonly #profile: EmsProfile;
  readonly #inventory: Inventory;
  readonly #cursors = new Map<TableName, string>();

  constructor(profile: EmsProfile, inventory: Inventory) {
    this.#profile = profile;
    this.#inventory = inventory;
  }

  /** Another EMS answers: everything is listed from the beginning. */
  forget(): void {
    this.#cursors.clear();
  }

  /**
   * Fetches what is new of one table, or all of it the first time. What cannot be read, or does not end, is told and stays
   * wanted. @throws what `call` throws
   */
  async fetch(name: TableName, on: FetchEvents): Promise<void> {
    const { fields, limits } = this.#profile;
    const table = tables[name];
    // An increment would not name again what found no room.
    const whole = name === 'tags' && this.#inventory.tagsFull;
    const begun = whole ? null : (this.#cursors.get(name) ?? null);
    if (whole) this.#inventory.retryTags();
    const listed = new Set<string>();
    let cursor = begun;
    // A notification that comes in the middle of it asks for another fetch.
    this.wanted.delete(name);
    const giveUp = (detail?: string) => {
      this.wanted.add(name);
      if (detail !== undefined) on.unreadable(table.call, detail);
      on.publish();
    };
    for (let pages = 0; ; pages += 1) {
      const query = cursor === null ? {} : { [fields.page.since]: cursor };
      const reply = await on
        .call(table.call, { query, longest: limits.longestPage })
        .catch((error: unknown) => {
          giveUp();
          throw error;
        });
      if (reply === null) return giveUp();
      const page = readPage(reply.data, fields.rows[name], fields);
      if (page === null) return giveUp(`Its reply has no list "${fields.rows[name]}"`);
      for (const row of page.rows) {
        const key = table.take(this.#inventory, row, fields);
        if (key === false) return giveUp(`It lists more than ${limits.mostRows} rows`);
        if (key !== null && begun === null) listed.add(key);
      }
      const advanced = page.updatedAt !== null && page.updatedAt !== cursor;
      cursor = page.updatedAt ?? cursor;
      if (!page.hasMore) break;
      if (!advanced || pages + 1 >= limits.mostPages)
        return giveUp('It says that more rows follow, without end');
      on.publish();
    }
    if (begun === null) table.keep(this.#inventory, listed);
    table.end?.(this.#inventory);
    if (cursor !== null) this.#cursors.set(name, cursor);
    on.publish();
    if (!this.wanted.has(name)) on.fetched(name);
  }
}
