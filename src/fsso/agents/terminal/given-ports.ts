import { portsOverlap } from '../../gate/port-overlap.ts';
import type { TsLogon } from '../ts.ts';

/** Servers and sessions of each that are compared; further ones are sent all the same. */
const mostServers = 64;
const mostSessions = 4096;

type Given = Omit<TsLogon, 'ip'>;

/** Ports that a feed gave its sessions itself, by the address of their server. */
export class GivenPorts {
  readonly #servers = new Map<string, Map<number, Given>>();

  /** Takes the ports of a session, and from each other session that claims some of them all that it has: those are given back. */
  set(ip: string, given: Given): Given[] {
    let sessions = this.#servers.get(ip);
    if (!sessions) {
      if (this.#servers.size >= mostServers) return [];
      sessions = new Map();
      this.#servers.set(ip, sessions);
    }
    const robbed: Given[] = [];
    for (const other of sessions.values())
      if (other.session !== given.session && portsOverlap(other.ports, given.ports)) robbed.push(other);
    for (const { session } of robbed) sessions.delete(session);
    if (sessions.size < mostSessions || sessions.has(given.session)) sessions.set(given.session, given);
    return robbed;
  }

  /** Forgets a session at every server; false where there is none. */
  delete(session: number): boolean {
    let found = false;
    for (const sessions of this.#servers.values()) found = sessions.delete(session) || found;
    return found;
  }

  /** The given sessions of a server that hold some of these ports. */
  ownersOf(ip: string, ports: TsLogon['ports']): Given[] {
    return [...(this.#servers.get(ip)?.values() ?? [])].filter((given) => portsOverlap(given.ports, ports));
  }
}
