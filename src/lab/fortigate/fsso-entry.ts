import type { Clock } from '../../clock.ts';
import { FssoConnector } from '../../fsso/gate/connector.ts';
import type { CollectorAddress } from '../../fsso/gate/link.ts';
import type { Logon } from '../../fsso/gate/logon-table.ts';
import { splitGroups } from '../../fsso/wire/groups.ts';

/** One `user fsso` entry of the lab's FortiGate. */
export interface LabFssoOptions {
  readonly name: string;
  readonly vdom?: string;
  readonly collectors: readonly CollectorAddress[];
  readonly clock: Clock;
}

/** One user of the authentication table. */
export interface LabUser {
  readonly id: number;
  readonly entry: string;
  readonly logon: Logon;
}

const keepMs = 300_000;

/**
 * A `user fsso` entry that works: a real client of the lab's collectors, and the users that it authenticated. Who is removed
 * stays away until a collector tells of him anew, or everything is read again.
 */
export class LabFssoEntry {
  readonly name: string;
  readonly vdom: string;
  readonly #connector: FssoConnector;
  readonly #users = new Map<string, LabUser>();
  readonly #nextId: () => number;

  /** `serial` is the FortiGate's; `nextId` numbers users over all its entries. */
  constructor(
    { name, vdom = 'root', collectors, clock }: LabFssoOptions,
    serial: string,
    nextId: () => number,
  ) {
    this.name = name;
    this.vdom = vdom;
    this.#nextId = nextId;
    this.#connector = new FssoConnector(
      {
        name,
        identity: `${serial}-${vdom}`,
        collectors,
        strategy: 'hmac-md5-serial-challenge',
        logonTimeoutMs: keepMs,
        clock,
      },
      (change) => {
        if (change.kind !== 'logon') return;
        if (change.op === 'remove') this.#users.delete(change.logon.key);
        else if (change.why !== 'stale') this.#put(change.logon, change.why === 'updated');
      },
    );
  }

  start(): void {
    this.#connector.start();
  }

  stop(): Promise<void> {
    return this.#connector.stop();
  }

  get users(): readonly LabUser[] {
    return [...this.#users.values()];
  }

  /** `host:port` of the collector in use; null while there is none. */
  get activeServer(): string | null {
    return this.#connector.links.find(({ active, state }) => active && state === 'online')?.server ?? null;
  }

  /** Groups of the directory that its users are in. */
  get groups(): readonly string[] {
    return [...new Set(this.users.flatMap(({ logon }) => splitGroups(logon.record.groups)))].sort();
  }

  /** Removes one user; false where nobody has that number. */
  remove(id: number): boolean {
    const found = this.users.find((each) => each.id === id);
    return found !== undefined && this.#users.delete(found.logon.key);
  }

  /** Reads everything again from the collector in use. */
  refresh(): void {
    void this.#connector.clearLogons();
    this.#connector.refreshLogons();
  }

  #put(logon: Logon, isSame: boolean): void {
    const known = this.#users.get(logon.key);
    // A change of groups is no new logon: who was removed is not back by it.
    if (isSame && known === undefined) return;
    this.#users.set(logon.key, { id: isSame && known ? known.id : this.#nextId(), entry: this.name, logon });
  }
}
