import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../clock.ts';
import type { Person } from '../people.ts';
import { seeded } from '../seeded.ts';

/** An endpoint as the lab's EMS keeps it. */
export interface LabEndpoint {
  readonly uid: string;
  readonly host: string;
  readonly user: string;
  readonly os: string;
  readonly mac: string;
  readonly clientCertificate: string;
  readonly version: string;
  ip: string;
  online: boolean;
  onNet: boolean;
  quarantined: boolean;
  tags: Set<string>;
  /** Moves with each change of the record, and of its tags. */
  changed: number;
  tagsChanged: number;
}

/** Tags of the lab, with EMS's numbers of their types. */
export const labTags = [
  { name: 'Domain-Users', type: 1 },
  { name: 'AV-Running', type: 1 },
  { name: 'Disk-Encrypted', type: 1 },
  { name: 'Vulnerability-High', type: 1 },
  { name: 'Vulnerability-Critical', type: 1 },
  { name: 'Outbreak-Log4j', type: 2 },
  { name: 'Executive', type: 3 },
  { name: 'Contractor', type: 3 },
  { name: 'Branch-Paris', type: 4 },
] as const;

/** What a change of the lab's endpoints touched. */
export type LabTable = 'sysinfo' | 'tags' | 'uid_tags';

export interface LabInventoryOptions {
  people: readonly Person[];
  seed: number;
  clock: Clock;
  /** Milliseconds between changes; 0 leaves everything as it is. */
  changeEvery: number;
}

const systems = ['Windows 11 23H2', 'Windows 11 24H2', 'Windows 10 22H2', 'macOS 15.1', 'Ubuntu 24.04'];
const versions = ['7.4.3.1790', '7.4.2.1737', '7.2.5.1053', '7.2.0.0690'];

/**
 * The endpoints of a company, made of its people, and what happens to them: they come and go, move to the wireless network,
 * gain and lose tags, are quarantined. The same at each start.
 */
export class LabInventory {
  readonly #options: LabInventoryOptions;
  readonly #random: () => number;
  readonly #endpoints: LabEndpoint[];
  readonly #tagChanged = new Map<string, number>();
  readonly #listeners = new Set<(tables: readonly LabTable[]) => void>();
  #last = 0;
  #timer: Timer | null = null;

  constructor(options: LabInventoryOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
    this.#endpoints = options.people.map((person, index) => this.#endpoint(person, index));
    for (const { name } of labTags) this.#tagChanged.set(name, this.#stamp());
  }

  start(): void {
    const { changeEvery, clock } = this.#options;
    if (changeEvery > 0 && this.#endpoints.length > 0)
      this.#timer = clock.every(changeEvery, () => this.happen());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Calls `listener` after each change. Returns what ends it. */
  onChange(listener: (tables: readonly LabTable[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** All endpoints, those that changed first in front, for a moment that a client knows; 0 is all of them. */
  endpointsSince(moment: number): LabEndpoint[] {
    return since(this.#endpoints, (each) => each.changed, moment);
  }

  endpointTagsSince(moment: number): LabEndpoint[] {
    return since(this.#endpoints, (each) => each.tagsChanged, moment);
  }

  tagsSince(moment: number): { name: string; type: number; changed: number; members: LabEndpoint[] }[] {
    const all = labTags.map(({ name, type }) => ({
      name,
      type,
      changed: this.#tagChanged.get(name) ?? 0,
      members: this.#endpoints.filter((each) => each.tags.has(name)),
    }));
    return since(all, (each) => each.changed, moment);
  }

  get endpoints(): readonly LabEndpoint[] {
    return this.#endpoints;
  }

  /** Gives an endpoint a tag, or takes it away. */
  tag(endpoint: LabEndpoint, name: string, has: boolean): void {
    if (endpoint.tags.has(name) === has) return;
    if (has) endpoint.tags.add(name);
    else endpoint.tags.delete(name);
    endpoint.tagsChanged = this.#stamp();
    this.#tagChanged.set(name, this.#stamp());
    this.#tell(['tags', 'uid_tags']);
  }

  /** Alters an endpoint's own record. */
  alter(
    endpoint: LabEndpoint,
    change: Partial<Pick<LabEndpoint, 'ip' | 'online' | 'onNet' | 'quarantined'>>,
  ): void {
    Object.assign(endpoint, change);
    endpoint.changed = this.#stamp();
    const tables: LabTable[] = ['sysinfo'];
    if (change.ip !== undefined) {
      // The members of a tag are told by their addresses too.
      for (const name of endpoint.tags) this.#tagChanged.set(name, this.#stamp());
      tables.push('tags');
    }
    this.#tell(tables);
  }

  /** One thing that happens in a company. */
  happen(): void {
    const endpoint = this.#endpoints[Math.floor(this.#random() * this.#endpoints.length)];
    if (!endpoint) return;
    const chance = this.#random();
    const person = this.#options.people[this.#endpoints.indexOf(endpoint)];
    if (chance < 0.4) this.alter(endpoint, { online: !endpoint.online });
    else if (chance < 0.6 && person)
      this.alter(endpoint, { ip: endpoint.ip === person.ip ? person.wirelessIp : person.ip });
    else if (chance < 0.65) this.alter(endpoint, { quarantined: !endpoint.quarantined });
    else {
      const { name } = labTags[1 + Math.floor(this.#random() * (labTags.length - 1))] ?? labTags[0];
      this.tag(endpoint, name, !endpoint.tags.has(name));
    }
  }

  #endpoint(person: Person, index: number): LabEndpoint {
    const digest = createHash('sha256').update(person.workstation).digest('hex').toUpperCase();
    const tags = labTags.filter((_, place) => place === 0 || this.#random() < 0.5 / place);
    return {
      uid: digest.slice(0, 32),
      host: person.workstation,
      user: person.user,
      os: systems[Math.floor(this.#random() * systems.length)] ?? '',
      mac: `02:09:0f:${(digest.slice(32, 38).match(/../g) ?? []).join(':').toLowerCase()}`,
      clientCertificate: digest.slice(24, 64),
      version: versions[Math.floor(this.#random() * versions.length)] ?? '',
      ip: person.ip,
      online: this.#random() < 0.8,
      onNet: index % 9 !== 0,
      quarantined: this.#random() < 0.02,
      tags: new Set(tags.map(({ name }) => name)),
      changed: this.#stamp(),
      tagsChanged: this.#stamp(),
    };
  }

  // A moment that no other change has, so that a page can end between any two.
  #stamp(): number {
    this.#last = Math.max(this.#last + 1, this.#options.clock.now());
    return this.#last;
  }

  #tell(tables: readonly LabTable[]): void {
    for (const listener of this.#listeners) listener(tables);
  }
}

function since<T>(all: readonly T[], changed: (each: T) => number, moment: number): T[] {
  return all.filter((each) => changed(each) > moment).sort((a, b) => changed(a) - changed(b));
}
