import type { PortRange } from '../../wire/messages.ts';
import { mergedRanges, rangesText } from './pool.ts';

/** A session that is to have ports. */
export interface TerminalUser {
  /** Not 0. */
  readonly session: number;
  readonly domain: string;
  readonly user: string;
  /** Numeric user of this machine; null where the session's user is none. */
  readonly uid: number | null;
}

/** A session with its ports. */
export interface AssignedSession extends TerminalUser {
  /** Ascending, adjacent blocks as one. */
  readonly ports: readonly PortRange[];
}

/** Whose a block was. */
export interface FormerOwner {
  readonly session: number;
  readonly domain: string;
  readonly user: string;
  /** Milliseconds since the epoch. */
  readonly freedAt: number;
}

/** What outlives a restart. */
export interface AssignedBlocks {
  readonly sessions: readonly (TerminalUser & { readonly blocks: readonly PortRange[] })[];
  readonly freed: readonly (FormerOwner & { readonly block: PortRange })[];
}

/** A block that was given although collectors may still hold its former owner. */
export interface EarlyReuse {
  readonly block: PortRange;
  readonly former: FormerOwner;
}

/** Why no block was given; the message is for a person. */
export class AssignmentError extends Error {
  override readonly name = 'AssignmentError';
}

/** `DOMAIN\user` */
export const accountText = ({ domain, user }: { domain: string; user: string }) =>
  domain === '' ? user : `${domain}\\${user}`;

const fold = (who: { domain: string; user: string }) => accountText(who).toUpperCase();

interface Block {
  readonly ports: PortRange;
  owner: Holder | null;
  former: FormerOwner | null;
}

interface Holder {
  user: TerminalUser;
  readonly blocks: Block[];
}

/**
 * Which session of this machine has which blocks of ports (docs/protocol/fsso.md, Ports of terminal servers). A block that
 * was somebody's is given to somebody else last, the one that is free for longest first: no datagram tells a collector that
 * a session has ended, so it may still hold the former owner.
 */
export class PortAssignment {
  readonly #blocks: readonly Block[];
  readonly #holdMs: number;
  readonly #isTaken: (ports: PortRange) => boolean;
  readonly #sessions = new Map<number, Holder>();
  /** From before a restart; theirs until `settle`. */
  readonly #restored = new Map<number, Holder>();

  /**
   * @param holdMs milliseconds for which a block that was somebody's is not given to somebody else while another is left
   * @param isTaken true for ports that cannot be given, although nobody has them from here
   */
  constructor(
    blocks: readonly PortRange[],
    holdMs: number,
    isTaken: (ports: PortRange) => boolean = () => false,
  ) {
    this.#blocks = blocks.map((ports) => ({ ports, owner: null, former: null }));
    this.#holdMs = holdMs;
    this.#isTaken = isTaken;
  }

  get sessions(): AssignedSession[] {
    return [...this.#sessions.values()].map(assigned);
  }

  /** How many blocks a session has. */
  blockCount(session: number): number {
    return this.#sessions.get(session)?.blocks.length ?? 0;
  }

  /** The sessions that hold some of these ports. */
  ownersOf(ports: readonly PortRange[]): AssignedSession[] {
    const found = new Set<Holder>();
    for (const { owner, ports: own } of this.#blocks)
      if (owner && ports.some(([first, last]) => first <= own[1] && own[0] <= last)) found.add(owner);
    return [...found].map(assigned);
  }

  /**
   * Gives a session its first block, or those that it had before a restart; a session that is known keeps what it has.
   * Another user of the same session takes its blocks over, as a collector's entry of that session does.
   * @param now milliseconds since the epoch
   * @throws AssignmentError when no block is left
   */
  open(user: TerminalUser, now: number): { session: AssignedSession; isNew: boolean; early: EarlyReuse[] } {
    const known = this.#sessions.get(user.session);
    if (known) {
      const isNew = fold(known.user) !== fold(user);
      known.user = user;
      return { session: assigned(known), isNew, early: [] };
    }
    const restored = this.#restored.get(user.session);
    this.#restored.delete(user.session);
    if (restored && fold(restored.user) === fold(user)) {
      restored.user = user;
      this.#sessions.set(user.session, restored);
      return { session: assigned(restored), isNew: true, early: [] };
    }
    if (restored) this.#free(restored, now);
    const holder: Holder = { user, blocks: [] };
    const early = this.#give(holder, now);
    this.#sessions.set(user.session, holder);
    return { session: assigned(holder), isNew: true, early };
  }

  /** Gives a session a further block, an adjacent one where it can. @throws AssignmentError */
  grow(session: number, now: number): { session: AssignedSession; early: EarlyReuse[] } {
    const holder = this.#sessions.get(session);
    if (!holder) throw new AssignmentError(`session ${session} has no ports that could become more`);
    const early = this.#give(holder, now);
    return { session: assigned(holder), early };
  }

  /** Frees what a session has; null when it has nothing. */
  close(session: number, now: number): AssignedSession | null {
    const holder = this.#sessions.get(session);
    if (!holder) return null;
    this.#sessions.delete(session);
    this.#free(holder, now);
    return assigned(holder);
  }

  /**
   * Frees what sessions from before a restart had that have not been opened since, unless they are to be kept.
   * @returns how many these were
   */
  settle(now: number, keep: ReadonlySet<number> = new Set()): number {
    const gone = [...this.#restored].filter(([session]) => !keep.has(session));
    for (const [session, holder] of gone) {
      this.#restored.delete(session);
      this.#free(holder, now);
    }
    return gone.length;
  }

  get record(): AssignedBlocks {
    const holders = [...this.#sessions.values(), ...this.#restored.values()];
    return {
      sessions: holders.map(({ user, blocks }) => ({ ...user, blocks: blocks.map(({ ports }) => ports) })),
      freed: this.#blocks.flatMap(({ ports, owner, former }) =>
        owner === null && former !== null ? [{ block: ports, ...former }] : [],
      ),
    };
  }

  /** Takes up what was recorded; blocks that are none any more, because the pool has changed, are left out. */
  restore({ sessions, freed }: AssignedBlocks): void {
    const byText = new Map(this.#blocks.map((block) => [rangesText([block.ports]), block]));
    for (const { block, ...former } of freed) {
      const own = byText.get(rangesText([block]));
      if (own) own.former = former;
    }
    for (const { blocks, ...user } of sessions) {
      const holder: Holder = { user, blocks: [] };
      for (const ports of blocks) {
        const own = byText.get(rangesText([ports]));
        if (!own || own.owner) continue;
        own.owner = holder;
        holder.blocks.push(own);
      }
      if (holder.blocks.length > 0) this.#restored.set(user.session, holder);
    }
  }

  #free(holder: Holder, freedAt: number): void {
    const { session, domain, user } = holder.user;
    for (const block of holder.blocks) {
      block.owner = null;
      block.former = { session, domain, user, freedAt };
    }
  }

  #give(holder: Holder, now: number): EarlyReuse[] {
    const { user, blocks } = holder;
    const isTheirs = ({ former }: Block) =>
      former !== null && (former.session === user.session || fold(former) === fold(user));
    const isHeld = (block: Block) =>
      block.former !== null && !isTheirs(block) && now < block.former.freedAt + this.#holdMs;
    const isAdjacent = ({ ports }: Block) =>
      blocks.some(({ ports: own }) => ports[0] === own[1] + 1 || ports[1] === own[0] - 1);
    const free = this.#blocks.filter(({ owner, ports }) => owner === null && !this.#isTaken(ports));
    const settled = free.filter((block) => !isHeld(block));
    const block = settled.find(isAdjacent) ?? settled.find(isTheirs) ?? settled[0] ?? longestFree(free);
    if (!block) throw new AssignmentError(exhausted(user, this.#blocks.length));
    const early = isHeld(block) && block.former ? [{ block: block.ports, former: block.former }] : [];
    block.owner = holder;
    block.former = null;
    blocks.push(block);
    return early;
  }
}

function longestFree(free: readonly Block[]): Block | undefined {
  let found = free[0];
  for (const block of free) if ((block.former?.freedAt ?? 0) < (found?.former?.freedAt ?? 0)) found = block;
  return found;
}

const exhausted = (user: TerminalUser, blocks: number) =>
  `no ports are left for session ${user.session} (${accountText(user)}): all ${blocks} blocks of the pool are in use`;

function assigned({ user, blocks }: Holder): AssignedSession {
  return { ...user, ports: mergedRanges(blocks.map(({ ports }) => ports)) };
}
