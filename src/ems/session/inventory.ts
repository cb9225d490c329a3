import type { Endpoint, Tag, UidTags } from './records.ts';

/** An endpoint with what it is tagged with. */
export interface TaggedEndpoint extends Endpoint {
  tags: readonly string[];
}

/** What changed since the last time it was asked for. */
export interface InventoryChange {
  endpoints: { put: readonly TaggedEndpoint[]; removed: readonly string[] };
  tags: { put: readonly Tag[]; removed: readonly string[] };
}

/** Endpoints and tags as one EMS told them, kept up from its increments. */
export class Inventory {
  readonly #most: number;
  readonly #mostTags: number;
  #tagsFull = false;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #tags = new Map<string, Tag>();
  readonly #tagsOf = new Map<string, readonly string[]>();
  readonly #changedEndpoints = new Set<string>();
  readonly #changedTags = new Set<string>();

  /** Keeps at most `most` endpoints, and as many tags as `mostAddresses` are enough for: each takes one of IP and one of MAC. */
  constructor(most: number, mostAddresses: number) {
    this.#most = most;
    this.#mostTags = Math.floor(mostAddresses / 2);
  }

  /** There are tags that found no room. */
  get tagsFull(): boolean {
    return this.#tagsFull;
  }

  /** All tags are about to be listed again: there may be room for each of them now. */
  retryTags(): void {
    this.#tagsFull = false;
  }

  get endpointCount(): number {
    return this.#endpoints.size;
  }

  get tagCount(): number {
    return this.#tags.size;
  }

  /** False when there is no room for another one. */
  putEndpoint(endpoint: Endpoint): boolean {
    if (!this.#endpoints.has(endpoint.uid) && this.#endpoints.size >= this.#most) return false;
    this.#endpoints.set(endpoint.uid, endpoint);
    this.#changedEndpoints.add(endpoint.uid);
    return true;
  }

  removeEndpoint(uid: string): void {
    if (this.#endpoints.delete(uid)) this.#changedEndpoints.add(uid);
  }

  /** Takes away what a whole listing did not name. */
  keepEndpoints(listed: ReadonlySet<string>): void {
    for (const uid of [...this.#endpoints.keys()]) if (!listed.has(uid)) this.removeEndpoint(uid);
  }

  /** False when there is no room for another one. */
  putTag(tag: Tag): boolean {
    if (!this.#tags.has(tag.name) && this.#tags.size >= this.#mostTags) {
      this.#tagsFull = true;
      return false;
    }
    this.#tags.set(tag.name, tag);
    this.#changedTags.add(tag.name);
    return true;
  }

  removeTag(name: string): void {
    if (this.#tags.delete(name)) this.#changedTags.add(name);
  }

  keepTags(listed: ReadonlySet<string>): void {
    for (const name of [...this.#tags.keys()]) if (!listed.has(name)) this.removeTag(name);
  }

  /** False when there is no room for another one. */
  putUidTags({ uid, tags }: UidTags): boolean {
    if (!this.#tagsOf.has(uid) && this.#tagsOf.size >= this.#most) return false;
    if (tags.length === 0) this.#tagsOf.delete(uid);
    else this.#tagsOf.set(uid, tags);
    this.#changedEndpoints.add(uid);
    return true;
  }

  keepUidTags(listed: ReadonlySet<string>): void {
    for (const uid of [...this.#tagsOf.keys()])
      if (!listed.has(uid)) {
        this.#tagsOf.delete(uid);
        this.#changedEndpoints.add(uid);
      }
  }

  /** Makes the tags out of what each endpoint carries, for an EMS that lists only that (`host_tags`). */
  deriveTags(): void {
    const members = new Map<string, { ips: string[]; macs: string[]; uids: string[] }>();
    for (const [uid, names] of this.#tagsOf) {
      const endpoint = this.#endpoints.get(uid);
      for (const name of names) {
        const found = members.get(name) ?? { ips: [], macs: [], uids: [] };
        members.set(name, found);
        found.uids.push(uid);
        if (endpoint?.ip) found.ips.push(endpoint.ip);
        if (endpoint?.mac) found.macs.push(endpoint.mac);
      }
    }
    this.keepTags(new Set(members.keys()));
    this.retryTags();
    for (const [name, found] of members) this.putTag({ name, type: 'unknown', ...found });
  }

  /** Forgets everything, as another EMS answers. */
  clear(): void {
    this.keepEndpoints(new Set());
    this.keepTags(new Set());
    this.keepUidTags(new Set());
  }

  /** What changed since it was last taken. */
  take(): InventoryChange {
    const change: { endpoints: Taken<TaggedEndpoint>; tags: Taken<Tag> } = {
      endpoints: { put: [], removed: [] },
      tags: { put: [], removed: [] },
    };
    for (const uid of this.#changedEndpoints) {
      const endpoint = this.#endpoints.get(uid);
      if (endpoint) change.endpoints.put.push({ ...endpoint, tags: this.#tagsOf.get(uid) ?? [] });
      else change.endpoints.removed.push(uid);
    }
    for (const name of this.#changedTags) {
      const tag = this.#tags.get(name);
      if (tag) change.tags.put.push(tag);
      else change.tags.removed.push(name);
    }
    this.#changedEndpoints.clear();
    this.#changedTags.clear();
    return change;
  }
}

interface Taken<T> {
  put: T[];
  removed: string[];
}
