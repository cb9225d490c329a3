import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';

/** Who may sign in to the lab's EMS, and what only administrators see. */
export interface LabAdminOptions {
  readonly name: string;
  readonly password: string;
  /** Sites of a multi-tenant EMS; a sign-in may name one of them. */
  readonly sites?: readonly string[];
  /** The account of the public API of EMS Cloud; absent: this EMS is not in the cloud. */
  readonly cloud?: { readonly accountEmail: string; readonly accessKey: string };
  /** Days that the licence still lasts, negative when it is over. */
  readonly licenseDays?: number;
  readonly endpoints?: { readonly total: number; readonly online: number };
  /** The older EMS authorises a device by its number, the newer in bulk by its serial number only. */
  readonly authorizes?: 'by-id' | 'in-bulk';
}

interface Session {
  readonly csrfToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** How long a session lasts after its last call, in milliseconds. */
const sessionLasts = 30 * 60_000;

/** The administrators' side of the lab's EMS: sessions in memory, ended by time or by `endSessions`. */
export class LabAdmin {
  readonly options: LabAdminOptions;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();

  constructor(options: LabAdminOptions, clock: Clock) {
    this.options = options;
    this.#clock = clock;
  }

  /** A new session, or null when name, password or site are wrong. */
  signIn(name: unknown, password: unknown, site: unknown): { id: string; csrfToken: string } | null {
    const { options } = this;
    const known = site === undefined || site === 'Default' || options.sites?.includes(String(site));
    if (!known || !same(name, options.name) || !same(password, options.password)) return null;
    return this.#open();
  }

  /** The same for EMS Cloud. */
  signInToCloud(accountEmail: unknown, accessKey: unknown): string | null {
    const { cloud } = this.options;
    if (!cloud || !same(accountEmail, cloud.accountEmail) || !same(accessKey, cloud.accessKey)) return null;
    return this.#open().id;
  }

  /** Null when there is no such session, or no longer. A session that is used lives on. */
  session(id: string | undefined): Session | null {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (!session || session.expiresAt <= this.#clock.now()) return null;
    session.expiresAt = this.#clock.now() + sessionLasts;
    return session;
  }

  signOut(id: string | undefined): void {
    if (id !== undefined) this.#sessions.delete(id);
  }

  /** As when EMS was started anew. */
  endSessions(): void {
    this.#sessions.clear();
  }

  get openSessions(): number {
    return this.#sessions.size;
  }

  #open(): { id: string; csrfToken: string } {
    const id = randomBytes(16).toString('hex');
    const csrfToken = randomBytes(16).toString('hex');
    this.#sessions.set(id, { csrfToken, expiresAt: this.#clock.now() + sessionLasts });
    return { id, csrfToken };
  }
}

function same(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
