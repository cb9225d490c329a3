import type { Clock, Timer } from '../../../clock.ts';
import { EncodeError } from '../../wire/element.ts';
import type { PortRange } from '../../wire/messages.ts';
import { LineError } from '../lines.ts';
import type { TsAgent, TsLogon } from '../ts.ts';
import {
  type AssignedSession,
  AssignmentError,
  accountText,
  type EarlyReuse,
  PortAssignment,
  type TerminalUser,
} from './assignment.ts';
import { GivenPorts } from './given-ports.ts';
import type { TerminalLine } from './lines.ts';
import { portDefaults, rangesText } from './pool.ts';
import { type AssignmentRecord, type StateFile, StateFileError } from './state.ts';

export interface TerminalServerOptions {
  readonly agent: TsAgent;
  /** Blocks of ports to assign. */
  readonly blocks: readonly PortRange[];
  /** Milliseconds for which a block that was somebody's is not given to somebody else while another is left. */
  readonly holdMs: number;
  readonly state: StateFile;
  /** IPv4 address that collectors are told; null where it is not known, and then nothing can be assigned. */
  readonly ip: string | null;
  /** Milliseconds between two reports of the same session; 0 reports it once. */
  readonly repeatMs: number;
  readonly clock: Clock;
  /** Takes each session whose ports have changed; without ports when they were freed. */
  readonly assigned: (session: AssignedSession) => void;
  /** Takes one line for a person; texts in it are not safe yet. */
  readonly warn: (text: string) => void;
}

/** Assigns ports to the sessions of this machine, keeps that over a restart, and tells collectors of it. */
export class TerminalServer {
  readonly #options: TerminalServerOptions;
  readonly #given = new GivenPorts();
  readonly #assignment: PortAssignment;
  readonly #timers: Timer[] = [];
  readonly #full = new Set<number>();
  #underWay: Promise<void> = Promise.resolve();
  /** Sessions whose last report could not be sent. */
  readonly #untold = new Set<number>();
  #retry: Timer | null = null;
  #loaded = false;
  #repeatFails = false;

  constructor(options: TerminalServerOptions) {
    this.#options = options;
    const { blocks, holdMs, ip } = options;
    this.#assignment = new PortAssignment(
      blocks,
      holdMs,
      (ports) => ip !== null && this.#given.ownersOf(ip, [ports]).length > 0,
    );
  }

  /** Everybody who has ports now. */
  get sessions(): AssignedSession[] {
    return this.#assignment.sessions;
  }

  /** Reads the state and begins to repeat. Rejects with StateFileError; does nothing the second time. */
  async load(): Promise<void> {
    if (this.#loaded) return;
    const { state, clock, repeatMs } = this.#options;
    this.#address();
    await state.take();
    const record = state.read();
    if (record) this.#assignment.restore(record);
    // What cannot be written is better known before ports are given.
    state.write(this.#record);
    this.#loaded = true;
    if (repeatMs > 0) this.#timers.push(clock.every(repeatMs, () => void this.#inTurn(() => this.#repeat())));
  }

  /** Carries out a line of the feed. Rejects with LineError for what cannot be done. */
  take(line: TerminalLine): Promise<void> {
    return this.#inTurn(async () => {
      if (line.kind === 'given') return await this.#give(line.logon);
      // Ports that were given are in no file.
      if (line.kind === 'gone' && !this.#loaded && this.#given.delete(line.session)) return;
      if (!this.#loaded) {
        await this.load();
        // A feed has named its sessions again by then.
        this.#timers.push(this.#options.clock.after(portDefaults.repeatMs, () => this.settle()));
      }
      if (line.kind === 'open')
        await this.#opened([line.session], (_session, error) => {
          throw error;
        });
      else if (line.kind === 'more') await this.#grown(line.session);
      else this.#closed(line.session);
    }).catch((error: unknown) => {
      if (error instanceof AssignmentError) throw new LineError(error.message);
      throw error;
    });
  }

  /** Takes everybody who is logged on now: opens what is new and frees what is gone. */
  follow(users: readonly TerminalUser[]): Promise<void> {
    return this.#inTurn(async () => {
      const here = new Set(users.map(({ session }) => session));
      const gone = this.sessions.filter(({ session }) => !here.has(session));
      for (const { session } of gone) this.#forget(session);
      const settled = this.#assignment.settle(this.#options.clock.now(), here);
      if (gone.length + settled > 0) this.#save();
      await this.#opened(users, (session, error) => this.#tellOnce(session, error)).catch(
        // They are reported again.
        (error: Error) => this.#options.warn(`not sent: ${error.message}`),
      );
    });
  }

  /** Gives a further block to sessions whose users have nearly all their ports in use. */
  watch(portsInUse: ReadonlyMap<number, number>): Promise<void> {
    return this.#inTurn(async () => {
      for (const { session, uid, ports, ...who } of this.sessions) {
        const count = countOf(ports);
        if (uid === null || (portsInUse.get(uid) ?? 0) < count * portDefaults.fullFrom) continue;
        if (this.#assignment.blockCount(session) < portDefaults.mostBlocks)
          await this.#grown(session).catch((error: unknown) => this.#tellOnce(session, error));
        else
          this.#tellOnce(
            session,
            new AssignmentError(
              `session ${session} (${accountText(who)}) uses nearly all of its ${count} ports and gets no more by itself`,
            ),
          );
      }
    });
  }

  /** Frees the ports of sessions from before a restart that nothing has named since. */
  settle(): void {
    if (this.#assignment.settle(this.#options.clock.now()) > 0) this.#save();
  }

  /** Waits for what is under way; what is assigned stays so in the state. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.#retry?.cancel();
    this.#retry = null;
    await this.#underWay;
    this.#options.state.release();
  }

  async #give({ ip, ...logon }: TsLogon): Promise<void> {
    const { agent, warn } = this.#options;
    const ours = ip === this.#options.ip ? this.#assignment.ownersOf(logon.ports) : [];
    const owner = ours[0];
    if (owner)
      throw new LineError(
        `ports ${rangesText(logon.ports)} belong to session ${owner.session} (${accountText(owner)}), which has ${rangesText(owner.ports)}`,
      );
    for (const other of this.#given.set(ip, logon))
      warn(
        `ports ${rangesText(logon.ports)} of session ${logon.session} (${accountText(logon)}) at ${ip} were those of session ${other.session} (${accountText(other)}) until now: collectors may hold both`,
      );
    await agent.logon({ ...logon, ip });
  }

  async #opened(
    users: readonly TerminalUser[],
    failed: (session: number, error: AssignmentError) => void,
  ): Promise<void> {
    const changed: AssignedSession[] = [];
    for (const user of users)
      try {
        const { session, isNew, early } = this.#assignment.open(user, this.#options.clock.now());
        if (!isNew) continue;
        this.#full.delete(user.session);
        this.#tellEarly(session, early);
        changed.push(session);
      } catch (error) {
        if (!(error instanceof AssignmentError)) throw error;
        failed(user.session, error);
      }
    await this.#changed(changed);
  }

  async #grown(number: number): Promise<void> {
    const { session, early } = this.#assignment.grow(number, this.#options.clock.now());
    this.#tellEarly(session, early);
    await this.#changed([session]);
  }

  #closed(number: number): void {
    if (!this.#forget(number)) throw new LineError(`session ${number} has no ports`);
    this.#save();
  }

  #forget(number: number): boolean {
    this.#full.delete(number);
    const given = this.#given.delete(number);
    const closed = this.#assignment.close(number, this.#options.clock.now());
    if (closed) this.#options.assigned({ ...closed, ports: [] });
    return closed !== null || given;
  }

  async #changed(sessions: readonly AssignedSession[]): Promise<void> {
    if (sessions.length === 0) return;
    // First kept, then told: after a crash nobody else gets ports that a collector knows as somebody's.
    this.#save();
    for (const session of sessions) this.#options.assigned(session);
    await this.#reportAll(sessions);
  }

  /** Reports each of them, whatever becomes of the others; without repetition those that could not be sent are tried until they are. */
  async #reportAll(sessions: readonly AssignedSession[]): Promise<void> {
    let failure: unknown = null;
    for (const { session, domain, user, ports } of sessions)
      try {
        await this.#options.agent.logon({ session, domain, user, ip: this.#address(), ports: [...ports] });
        this.#untold.delete(session);
      } catch (error) {
        failure ??= error;
        // What the protocol cannot carry it never can.
        if (!(error instanceof EncodeError)) this.#untold.add(session);
      }
    // Where sessions are repeated, the next time says it too.
    if (this.#untold.size > 0 && this.#options.repeatMs === 0)
      this.#retry ??= this.#options.clock.after(portDefaults.retryMs, () => {
        this.#retry = null;
        void this.#inTurn(() => this.#reportUntold());
      });
    if (failure !== null) throw failure;
  }

  async #reportUntold(): Promise<void> {
    const left = this.sessions.filter(({ session }) => this.#untold.has(session));
    this.#untold.clear();
    // Who heard of the first failure need not hear of each that follows.
    await this.#reportAll(left).catch(() => {});
  }

  async #repeat(): Promise<void> {
    try {
      await this.#reportAll(this.sessions);
      this.#repeatFails = false;
    } catch (error) {
      if (!this.#repeatFails)
        this.#options.warn(`sessions were not reported again: ${(error as Error).message}`);
      this.#repeatFails = true;
    }
  }

  /** @throws AssignmentError */
  #address(): string {
    const { ip } = this.#options;
    if (ip === null) throw new AssignmentError('the address of this server is not known: give it with --ip');
    return ip;
  }

  get #record(): AssignmentRecord {
    return { ip: this.#options.ip, ...this.#assignment.record };
  }

  #save(): void {
    try {
      this.#options.state.write(this.#record);
    } catch (error) {
      if (!(error instanceof StateFileError)) throw error;
      this.#options.warn(`${error.message}: after a restart sessions may get other ports`);
    }
  }

  #tellEarly(session: AssignedSession, early: readonly EarlyReuse[]): void {
    for (const { block, former } of early)
      this.#options.warn(
        `ports ${rangesText([block])} of session ${session.session} (${accountText(session)}) were those of session ${former.session} (${accountText(former)}) until ${new Date(former.freedAt).toISOString()}: no block is free for longer, and collectors may still hold the former user`,
      );
  }

  #tellOnce(session: number, error: unknown): void {
    if (!(error instanceof Error)) throw error;
    if (this.#full.has(session)) return;
    this.#full.add(session);
    this.#options.warn(error.message);
  }

  /** One thing after the other: a look at the sessions, a repetition and a line never see each other half done. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#underWay.then(action);
    this.#underWay = done.catch(() => {});
    return done;
  }
}

const countOf = (ports: readonly PortRange[]) =>
  ports.reduce((sum, [first, last]) => sum + last - first + 1, 0);
