import type { Clock } from '../../../clock.ts';
import type { Problem } from '../../../problem.ts';
import { decodeNegotiate } from '../../ntlm/messages.ts';
import { NtlmError, type NtlmReason } from '../../ntlm/ntlm-error.ts';
import { NtlmServer, type NtlmServerNames, type ReceivedNtlm } from '../../ntlm/server.ts';
import type { SamLogonReply } from '../../rpc/interfaces/netlogon.ts';
import { ChannelFailure } from '../../windows/netlogon/channel-failure.ts';
import type { ChannelHealth } from '../../windows/netlogon/secure-channel.ts';
import { type VerdictKind, verdictOf, verdictWords } from '../../windows/netlogon/verdicts.ts';
import type { NtlmDomains } from './domains.ts';
import { NamedDomains } from './named-domains.ts';

/** What came of one negotiation. Names are not safe yet. */
export interface NtlmVerdict {
  readonly kind: VerdictKind;
  /** NTSTATUS by name; null where no domain controller was asked. */
  readonly status: string | null;
  /** As the directory writes it where the verdict is good, else as the client did. */
  readonly user: string;
  /** NetBIOS name, or as the client wrote it. */
  readonly domain: string;
  readonly workstation: string;
  /** SIDs, nested groups among them; empty unless the verdict is good. */
  readonly groups: readonly string[];
  /** The same as `DOMAIN/GROUP`; null where nobody asked for names, or nobody tells them. */
  readonly groupNames: readonly string[] | null;
  readonly cause: string;
  readonly fix: string;
  /** Why no domain controller could be asked. */
  readonly problem: Problem | null;
  /** Milliseconds from the answer to the verdict. */
  readonly ms: number;
}

/** One negotiation of one client on one connection: a challenge, an answer, a verdict. Whoever holds it lets it go with the connection. */
export interface NtlmNegotiation {
  /** The Type 2 for a Type 1, or a verdict at once where there is none. Never rejects. */
  challenge(negotiate: Buffer): Promise<Buffer | NtlmVerdict>;
  /** The verdict on a Type 3. Never rejects. */
  answer(authenticate: Buffer): Promise<NtlmVerdict>;
  /** The client is gone: what comes of it matters to nobody any more. */
  end(): void;
}

/** Who is verified, and what for. */
export interface NtlmAsker {
  /** Of the client. */
  readonly address: string;
  /** A good verdict has to bring the names of groups. */
  readonly wantsGroups: boolean;
}

/** Whoever can tell whether an NTLM answer is right: a service, or the way to one. */
export interface NtlmVerifier {
  begin(asker: NtlmAsker): NtlmNegotiation;
}

export interface NtlmServiceOptions {
  readonly clock: Clock;
  readonly domains: Pick<NtlmDomains, 'verify' | 'groupsOf' | 'namesFor' | 'health'>;
  /** Answers that wait for a verdict at once; one more is refused as `busy`. */
  readonly mostWaiting: number;
}

export interface NtlmServiceHealth {
  readonly waiting: number;
  readonly verdicts: Readonly<Partial<Record<VerdictKind, number>>>;
  /** Of the last verdict that a domain controller gave. */
  readonly lastMs: number | null;
  readonly controllers: readonly ChannelHealth[];
}

/** A challenge that was given, and in whose name. */
interface Challenged {
  readonly server: NtlmServer;
  readonly names: NtlmServerNames;
}

/** Of clients, whose domain is remembered. */
const mostNamed = 100_000;
/** What a domain controller says to an answer whose challenge was in another name (docs/protocol/windows.md, NTLM service). */
const logonFailure = 0xc000006d;

const kinds: Readonly<Partial<Record<NtlmReason, VerdictKind>>> = {
  'ntlm-v1': 'ntlm-v1',
  anonymous: 'anonymous',
  'wrong-mic': 'changed-on-the-way',
};

/** As clients of today send it (MS-NLMP 3.1.5.1.2): a domain controller of old might take the other answer of the first version. */
const noOldAnswer = Buffer.alloc(24);

/** The name in `user@domain.example`. */
function nameOf(user: string): string {
  return user.replace(/@[^@]*$/, '');
}

/** The account of a machine or a trust: a domain controller may say yes to it, and it is nobody who browses. */
function isMachine(name: string): boolean {
  return name.trimEnd().endsWith('$');
}

/** A verdict that no domain controller was asked for. */
export function ownVerdict(kind: VerdictKind, more: Partial<NtlmVerdict> = {}): NtlmVerdict {
  return {
    ...{ kind, status: null, user: '', domain: '', workstation: '', groups: [], groupNames: null },
    ...{ problem: null, ms: 0 },
    ...verdictWords[kind],
    ...more,
  };
}

/** Verifies clients by NTLM, as a collector does for FortiGates (docs/protocol/windows.md, NTLM service). */
export class NtlmService implements NtlmVerifier {
  readonly #options: NtlmServiceOptions;
  readonly #named = new NamedDomains(mostNamed);
  readonly #counts: Partial<Record<VerdictKind, number>> = {};
  #waiting = 0;
  #lastMs: number | null = null;

  constructor(options: NtlmServiceOptions) {
    this.#options = options;
  }

  get health(): NtlmServiceHealth {
    return {
      waiting: this.#waiting,
      verdicts: { ...this.#counts },
      lastMs: this.#lastMs,
      controllers: this.#options.domains.health,
    };
  }

  begin({ address, wantsGroups }: NtlmAsker): NtlmNegotiation {
    let challenged: Challenged | null = null;
    return {
      challenge: async (negotiate) => {
        try {
          const names = this.#namesFor(address, decodeNegotiate(negotiate).domain);
          const server = new NtlmServer({ clock: this.#options.clock, names });
          const challenge = server.challenge(negotiate);
          challenged = { server, names };
          return challenge;
        } catch (error) {
          if (!(error instanceof NtlmError)) throw error;
          return ownVerdict('malformed', { cause: error.message });
        }
      },
      answer: async (authenticate) => {
        const judged = await this.#answer(address, challenged, authenticate);
        const verdict = wantsGroups && judged.kind === 'ok' ? await this.#withGroups(judged) : judged;
        this.#counts[verdict.kind] = (this.#counts[verdict.kind] ?? 0) + 1;
        return verdict;
      },
      // A question that a domain controller has is not taken back.
      end: () => {},
    };
  }

  /** Of the domain that was named there last, or of the one in Type 1, or else of the first. */
  #namesFor(address: string, offered: string): NtlmServerNames {
    return this.#options.domains.namesFor({ domain: this.#named.at(address) ?? offered, user: '' });
  }

  async #withGroups(verdict: NtlmVerdict): Promise<NtlmVerdict> {
    try {
      return { ...verdict, groupNames: await this.#options.domains.groupsOf(verdict, verdict.groups) };
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error;
      return verdict;
    }
  }

  async #answer(address: string, challenged: Challenged | null, authenticate: Buffer): Promise<NtlmVerdict> {
    const begun = this.#options.clock.now();
    const verdict = (kind: VerdictKind, more: Partial<NtlmVerdict> = {}): NtlmVerdict =>
      ownVerdict(kind, { ms: this.#options.clock.now() - begun, ...more });
    if (challenged === null) return verdict('malformed', { cause: 'an answer to no challenge of ours' });
    const { server, names } = challenged;
    let said: ReceivedNtlm;
    try {
      said = server.read(authenticate);
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      return verdict(kinds[error.reason] ?? 'malformed', { cause: error.message });
    }
    const { user, domain, workstation } = said;
    const who = { user, domain, workstation };
    if (nameOf(user).trim() === '') return verdict('anonymous', who);
    if (isMachine(nameOf(user))) return verdict('not-a-user', who);
    const due = this.#options.domains.namesFor(said);
    this.#named.keep(address, due.domain);
    if (this.#waiting >= this.#options.mostWaiting) return verdict('busy', who);
    this.#waiting += 1;
    try {
      const reply = await this.#options.domains.verify({ ...said, lm: noOldAnswer });
      this.#lastMs = this.#options.clock.now() - begun;
      const isOther = due.domain !== names.domain || due.computer !== names.computer;
      if (isOther && reply.status === logonFailure)
        return verdict('ask-again', { ...who, status: verdictOf(reply.status).name });
      return verdict(...this.#judge(server, reply, who));
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error;
      return verdict('no-logon-servers', { ...who, problem: error.problem, cause: error.problem.cause });
    } finally {
      this.#waiting -= 1;
    }
  }

  #judge(
    server: NtlmServer,
    { status, user }: SamLogonReply,
    who: Pick<NtlmVerdict, 'user' | 'domain' | 'workstation'>,
  ): [VerdictKind, Partial<NtlmVerdict>] {
    const { kind, name } = verdictOf(status);
    if (user === null) return [kind, { ...who, status: name }];
    const known = { user: user.user, domain: user.domain, workstation: who.workstation, status: name };
    // Written otherwise by the client, as by its principal.
    if (isMachine(user.user)) return ['not-a-user', known];
    // The password of a guest is not known to anybody, and so no MIC can be right.
    if (user.isGuest) return ['guest', { ...known, groups: user.groups }];
    try {
      server.finish(user.sessionKey);
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      return [kinds[error.reason] ?? 'malformed', { ...who, status: name }];
    }
    return [kind, { ...known, groups: user.groups }];
  }
}
