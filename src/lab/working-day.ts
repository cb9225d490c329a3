import type { Clock, Timer } from '../clock.ts';
import type { TsAgent } from '../fsso/agents/ts.ts';
import { domain, type Person } from './people.ts';
import { seeded } from './seeded.ts';

/** Somebody logs on at a machine. */
export interface DeskLogon {
  readonly workstation: string;
  readonly domain: string;
  readonly user: string;
  readonly ip: string;
}

/** A domain controller, or the agent on one. */
export interface LogonPlace {
  logon(logon: DeskLogon): Promise<unknown>;
}

export interface WorkingDayOptions {
  people: readonly Person[];
  /** A logon is seen by one domain controller, which tells its agent or waits to be asked. */
  controllers: readonly LogonPlace[];
  terminalServer: { agent: TsAgent; ip: string };
  /** Logons a second once the morning is over. */
  perSecond: number;
  /** People who are at their desks already when the day begins. */
  early: number;
  seed: number;
  clock: Clock;
}

const beatMs = 100;
const portsPerUser = 200;
const firstPort = 1024;
const sharedStations = 6;
/** One of so many logons is that of the backup job, which hides whoever works there, as such jobs do. */
const backupEvery = 60;
const backupAccount = 'svc-backup';

/**
 * A working day at real agents or domain controllers: people log on at their desks and are seen again and again, some walk off
 * with their notebook, some share a station (the newer logon replaces the older), some work on the terminal server, and a
 * backup job logs on at desks.
 * Who is not seen again runs into the collector's dead entry timeout.
 */
export class WorkingDay {
  readonly #options: WorkingDayOptions;
  readonly #random: () => number;
  #timer: Timer | null = null;
  #owed = 0;
  #next = 0;
  #happened = 0;
  #nextSession = 1;

  constructor(options: WorkingDayOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  start(): void {
    for (let index = 0; index < this.#options.early; index += 1) this.#desk(this.#person());
    if (this.#options.perSecond > 0) this.#timer = this.#options.clock.every(beatMs, () => this.#beat());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #beat(): void {
    this.#owed += (this.#options.perSecond * beatMs) / 1000;
    while (this.#owed >= 1) {
      this.#owed -= 1;
      this.#happen();
    }
  }

  #happen(): void {
    const person = this.#person();
    this.#happened += 1;
    if (this.#happened % backupEvery === 0) {
      this.#send(backupAccount, person.workstation, person.ip);
      return;
    }
    const chance = this.#random();
    if (chance < 0.7) this.#desk(person);
    else if (chance < 0.8) this.#send(person.user, person.workstation, person.wirelessIp);
    else if (chance < 0.9) this.#sharedStation(person);
    else this.#terminalServer(person);
  }

  // Everybody gets a turn, with some disorder, so that most are seen before their entry dies.
  #person(): Person {
    const { people } = this.#options;
    this.#next += 1 + Math.floor(this.#random() * 3);
    const person = people[this.#next % people.length];
    if (!person) throw new RangeError('a working day needs people');
    return person;
  }

  #desk(person: Person): void {
    this.#send(person.user, person.workstation, person.ip);
  }

  #sharedStation(person: Person): void {
    const station = 1 + Math.floor(this.#random() * sharedStations);
    this.#send(person.user, `KIOSK-${station}`, `10.20.30.${station}`);
  }

  #terminalServer(person: Person): void {
    const { agent, ip } = this.#options.terminalServer;
    const session = this.#nextSession;
    this.#nextSession = (session % 40) + 1;
    const first = firstPort + session * portsPerUser;
    const ports: [number, number][] = [[first, first + portsPerUser - 1]];
    void agent.logon({ session, domain, user: person.user, ip, ports }).catch(() => undefined);
  }

  #send(user: string, workstation: string, ip: string): void {
    const { controllers } = this.#options;
    const place = controllers[Math.floor(this.#random() * controllers.length)];
    // A datagram that the system refuses is lost, as on any network.
    void place?.logon({ workstation, domain, user, ip }).catch(() => undefined);
  }
}
