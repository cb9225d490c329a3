/** Entries of one part: a Map that grows past 131,072 or 262,144 moves all it has at once, 20 ms and more without a frame. */
const partSize = 100_000;

interface Part<Key, Value> {
  readonly entries: Map<Key, Value>;
  older: Part<Key, Value> | null;
  /** Kept when the part is taken out, so that who walks through it finds the way on. */
  newer: Part<Key, Value> | null;
}

/**
 * A Map for hundreds of thousands of entries that never stops to grow, because it is made of parts. Entries come in the
 * order in which their keys were first set, and a walk sees what is set meanwhile, as in a Map. A look-up asks one part
 * for each 100,000 entries.
 */
export class LongMap<Key, Value> {
  #oldest: Part<Key, Value> = { entries: new Map(), older: null, newer: null };
  #newest = this.#oldest;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Key): Value | undefined {
    return this.#partOf(key)?.entries.get(key);
  }

  set(key: Key, value: Value): this {
    const part = this.#partOf(key);
    if (part) part.entries.set(key, value);
    else this.add(key, value);
    return this;
  }

  /** As `set`, of a key that is known not to be there: no part is asked. */
  add(key: Key, value: Value): void {
    this.#roomy().entries.set(key, value);
    this.#size += 1;
  }

  delete(key: Key): boolean {
    const part = this.#partOf(key);
    if (part === null) return false;
    part.entries.delete(key);
    this.#size -= 1;
    if (part.entries.size === 0 && part.newer) this.#takeOut(part, part.newer);
    return true;
  }

  *values(): Generator<Value, void, void> {
    for (const [, value] of this) yield value;
  }

  *[Symbol.iterator](): Generator<[Key, Value], void, void> {
    for (let part: Part<Key, Value> | null = this.#oldest; part; part = part.newer) yield* part.entries;
  }

  /** What was set last is asked for most. */
  #partOf(key: Key): Part<Key, Value> | null {
    let part: Part<Key, Value> | null = this.#newest;
    while (part && !part.entries.has(key)) part = part.older;
    return part;
  }

  #roomy(): Part<Key, Value> {
    if (this.#newest.entries.size < partSize) return this.#newest;
    const next: Part<Key, Value> = { entries: new Map(), older: this.#newest, newer: null };
    this.#newest.newer = next;
    this.#newest = next;
    return next;
  }

  #takeOut(part: Part<Key, Value>, newer: Part<Key, Value>): void {
    newer.older = part.older;
    if (part.older) part.older.newer = newer;
    else this.#oldest = newer;
  }
}
