import type { PortRange } from '../wire/messages.ts';
import { mostSessionsCompared } from './limits.ts';

/** A session of a terminal server. */
export interface PortOwner {
  readonly session: number;
  readonly portRanges: readonly PortRange[];
}

/** True when a port is in a range of both. */
export function portsOverlap(one: readonly PortRange[], other: readonly PortRange[]): boolean {
  return one.some(([first, last]) => other.some(([from, to]) => first <= to && from <= last));
}

/** The sessions of each terminal server, by its address, to find those whose ports overlap. */
export class PortMap {
  readonly #servers = new Map<string, Map<number, readonly PortRange[]>>();

  /** Takes the ports of a session, instead of those that it had, and gives the other sessions that claim some of them too. */
  set(ip: string, { session, portRanges }: PortOwner): readonly number[] {
    const sessions = this.#servers.get(ip) ?? new Map<number, readonly PortRange[]>();
    this.#servers.set(ip, sessions);
    sessions.set(session, portRanges);
    const found: number[] = [];
    let compared = 0;
    for (const [other, ranges] of sessions) {
      if (other === session) continue;
      compared += 1;
      if (compared > mostSessionsCompared) break;
      if (portsOverlap(portRanges, ranges)) found.push(other);
    }
    return found;
  }

  delete(ip: string, session: number): void {
    const sessions = this.#servers.get(ip);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#servers.delete(ip);
  }
}
