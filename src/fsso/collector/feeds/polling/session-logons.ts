import { isIPv4, isIPv6 } from 'node:net';
import type { FileSession } from '../../../windows/reading.ts';
import { plainAddress } from '../../allow-list.ts';
import { readAccount } from '../account.ts';
import { isNobody } from '../nobody.ts';
import type { EventLogon } from '../windows/event-logon.ts';

/** A logon that sessions show. */
export interface SessionLogon extends EventLogon {
  /** Milliseconds since the epoch by our clock: sessions come with their age, whatever the machine's clock. */
  readonly time: number;
}

/** What one poll of the sessions found. */
export interface SessionPoll {
  readonly logons: readonly SessionLogon[];
  /** Sessions of people that are there, and those of the last poll that are not there any more. */
  readonly open: number;
  readonly ended: number;
  /** Sessions that are nobody's, and those of machines of which only an IPv6 address is known. */
  readonly passedOver: number;
}

export interface SessionLogonsOptions {
  /** Of users who come without one; empty: that of the machine. */
  readonly domain: string;
  /** The account that polls: its session is our own. */
  readonly account: string;
}

/** Ages are whole seconds, and a call takes a while: starts that differ by less are the same start. Milliseconds. */
const sameStart = 3000;
/** A session that is used shows that its user is still there: said again so often, in milliseconds. */
const renewedEvery = 5 * 60_000;
/** A session that began less than a second ago has this age where a subtraction wrapped (Samba). */
const wrapped = 0xffff_fff0;

interface Known {
  start: number;
  told: number;
  round: number;
}

/**
 * Turns the sessions at a domain controller into logons: a user who connects from a machine has logged on there. A session that
 * ends is no logoff: machines end idle ones, with the user still in front (docs/protocol/windows.md, Polling).
 */
export class SessionLogons {
  readonly #options: SessionLogonsOptions;
  /** By machine and user. */
  readonly #known = new Map<string, Known>();
  readonly #own: string;
  #round = 0;
  #last: number | null = null;

  constructor(options: SessionLogonsOptions) {
    this.#options = options;
    this.#own = readAccount(options.account, '').user.toLowerCase();
  }

  /**
   * Takes all sessions of one answer. Logons come the oldest first, because the newest user of a machine wins.
   * @param now milliseconds since the epoch
   * @param machineDomain the domain of the machine; empty where it is not known
   */
  take(sessions: readonly FileSession[], now: number, machineDomain = ''): SessionPoll {
    const domain = this.#options.domain || machineDomain;
    this.#round += 1;
    const sinceLast = this.#last === null ? 0 : now - this.#last;
    this.#last = now;
    const logons: SessionLogon[] = [];
    let open = 0;
    let passedOver = 0;
    for (const session of sessions) {
      const client = session.client.replace(/^\\+/, '').replace(/^\[(.*)\]$/, '$1');
      const account = readAccount(session.user, domain);
      const place = placeOf(client);
      if (isNobody(account) || this.#isOwn(account.user) || place === null) {
        passedOver += 1;
        continue;
      }
      open += 1;
      const age = session.activeSeconds >= wrapped ? 0 : session.activeSeconds;
      const start = now - age * 1000;
      const key = `${client.toLowerCase()}\n${account.domain.toLowerCase()}\n${account.user.toLowerCase()}`;
      const known = this.#known.get(key);
      const isNew = known === undefined || start > known.start + sameStart;
      const wasUsed = sinceLast > 0 && session.idleSeconds * 1000 < sinceLast;
      if (known) known.round = this.#round;
      if (!isNew && !(wasUsed && now - known.told >= renewedEvery)) continue;
      if (known) Object.assign(known, { start: Math.max(start, known.start), told: now });
      else this.#known.set(key, { start, told: now, round: this.#round });
      logons.push({ ...account, ...place, time: isNew ? start : now });
    }
    let ended = 0;
    for (const [key, { round }] of this.#known)
      if (round !== this.#round) {
        this.#known.delete(key);
        ended += 1;
      }
    logons.sort((one, other) => one.time - other.time);
    return { logons, open, ended, passedOver };
  }

  #isOwn(user: string): boolean {
    return this.#own !== '' && user.toLowerCase() === this.#own;
  }
}

/** Null for the domain controller's own sessions with itself, and where there is no IPv4 address to be had. */
function placeOf(client: string): Pick<EventLogon, 'ip' | 'ip6' | 'workstation'> | null {
  const address = plainAddress(client);
  if (client === '' || address === '127.0.0.1' || isIPv6(address)) return null;
  if (isIPv4(address)) return { ip: address, ip6: null, workstation: address };
  return { ip: null, ip6: null, workstation: client };
}
