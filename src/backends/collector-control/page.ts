import type { Clock } from '../../clock.ts';
import type { Entry } from '../../fsso/collector/entry.ts';
import type { EntryFacts } from '../../query/entry-fields.ts';
import type { Query } from '../../query/query.ts';
import { runInSlices, type Steps } from '../../slices.ts';
import { entryFacts, type Judge } from './documents.ts';

/** One page of entries in the order of addresses and sessions, and how many match in all. */
export interface Page {
  readonly total: number;
  readonly entries: readonly Entry[];
  /** What `after` of the next page is; null at the last one. */
  readonly next: string | null;
}

export interface PageOptions {
  readonly query: Query<EntryFacts>;
  /** What is known of the entries beside themselves. */
  readonly judge: Judge;
  readonly limit: number;
  /** Place of the last entry of the page before, from its `next`; null for the first page. */
  readonly after: Place | null;
}

/** Where an entry stands in the order: its address as a number, and its session. */
export type Place = readonly [address: number, session: number];

/** An address with a session behind it, `10.0.0.1/0`, as a place; null where it is none. */
export function placeOf(text: string): Place | null {
  const [, ip = '', session = ''] = /^([\d.]{7,15})\/(\d{1,10})$/.exec(text) ?? [];
  return session === '' ? null : [addressNumber(ip), Number(session)];
}

/**
 * Finds a page in slices, so that a large table holds up nothing else. Entries that change meanwhile are on the page as they were
 * when it was asked for.
 */
export function findPage(
  entries: readonly Entry[],
  { query, judge, limit, after }: PageOptions,
  clock: Clock,
): Promise<Page> {
  const { promise, resolve } = Promise.withResolvers<Page>();
  const now = clock.now();
  runInSlices(clock, steps());
  return promise;

  function* steps(): Steps {
    const best: { place: Place; entry: Entry }[] = [];
    let total = 0;
    let behind = 0;
    for (const [index, entry] of entries.entries()) {
      if (index % 256 === 255) yield;
      if (!query.empty && !query.matches(entryFacts(entry, judge), now)) continue;
      total += 1;
      const place: Place = [addressNumber(entry.ip), entry.session];
      if (after !== null && compare(place, after) <= 0) continue;
      behind += 1;
      const last = best.at(-1);
      if (best.length === limit && last && compare(place, last.place) > 0) continue;
      best.splice(indexIn(best, place), 0, { place, entry });
      if (best.length > limit) best.pop();
    }
    const last = best.at(-1)?.entry;
    const next = behind > best.length && last ? `${last.ip}/${last.session}` : null;
    resolve({ total, entries: best.map(({ entry }) => entry), next });
  }
}

function indexIn(sorted: readonly { place: Place }[], place: Place): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare((sorted[middle] as { place: Place }).place, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(one: Place, other: Place): number {
  return one[0] - other[0] || one[1] - other[1];
}

function addressNumber(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
