/** A session that a server has told of and not ended. */
export interface OpenSession {
  readonly ip: string;
  readonly user: string | null;
}

const mostSessions = 200_000;
const mostOfOneServer = 100_000;

/**
 * The open sessions of each network access server: a Stop may leave out the address, and Accounting-On and -Off end all
 * of a server's sessions without naming one. Bounded; the oldest are forgotten first.
 */
export class OpenSessions {
  readonly #servers = new Map<string, Map<string, OpenSession>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Every one, the oldest of each server first. */
  *all(): Generator<[server: string, id: string, session: OpenSession]> {
    for (const [server, sessions] of this.#servers)
      for (const [id, session] of sessions) yield [server, id, session];
  }

  begin(server: string, id: string, session: OpenSession): void {
    let sessions = this.#servers.get(server);
    if (!sessions) {
      sessions = new Map();
      this.#servers.set(server, sessions);
    }
    if (sessions.delete(id)) this.#size -= 1;
    else if (sessions.size >= mostOfOneServer) this.#forgetOldest(server, sessions);
    else if (this.#size >= mostSessions) {
      const [other] = this.#servers;
      if (other) this.#forgetOldest(...other);
    }
    if (!this.#servers.has(server)) this.#servers.set(server, sessions);
    sessions.set(id, session);
    this.#size += 1;
  }

  /** Forgets the session, and says what was known of it. */
  end(server: string, id: string): OpenSession | null {
    const sessions = this.#servers.get(server);
    const session = sessions?.get(id);
    if (!sessions || !session) return null;
    sessions.delete(id);
    this.#size -= 1;
    if (sessions.size === 0) this.#servers.delete(server);
    return session;
  }

  /** Forgets all sessions of the server, and says what was known of them, by their numbers. */
  endAll(server: string): [id: string, session: OpenSession][] {
    const sessions = [...(this.#servers.get(server) ?? [])];
    this.#servers.delete(server);
    this.#size -= sessions.length;
    return sessions;
  }

  #forgetOldest(server: string, sessions: Map<string, OpenSession>): void {
    const oldest = sessions.keys().next().value;
    if (oldest === undefined) return;
    sessions.delete(oldest);
    this.#size -= 1;
    if (sessions.size === 0) this.#servers.delete(server);
  }
}
