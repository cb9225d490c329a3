import { ChannelFailure } from '../../windows/netlogon/channel-failure.ts';
import { collectorEvent } from '../events.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from '../feeds/feed.ts';
import { SourceList } from '../feeds/source-list.ts';
import { Repeats } from '../repeats.ts';
import { Admitted, mostAdmitted } from './admitted.ts';
import { type NtlmDomainOptions, NtlmDomains } from './domains.ts';
import { Gate, type GateOptions } from './gate.ts';
import { GateLinkServer, type GateLinkServerOptions } from './gate-link/server.ts';
import { NtlmService, type NtlmVerdict } from './service.ts';
import { VerdictLog } from './verdict-log.ts';

export interface NtlmFeedOptions {
  readonly domains: readonly NtlmDomainOptions[];
  readonly gates: readonly GateOptions[];
  /** For gates in processes of their own; null: none. */
  readonly gateLink: GateLinkServerOptions | null;
  /** How long somebody who was verified is let through without being asked again: FortiOS' `authtimeout`. */
  readonly admittedMs: number;
  /** For one verdict. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Questions at once to one domain controller. */
  readonly parallel: number;
  /** Answers that wait for a verdict at once. */
  readonly mostWaiting: number;
  /** Logons bring the groups of the verdict; else the collector looks them up. */
  readonly bringsGroups: boolean;
}

/** Verifies who comes to the gates, and reports each as a logon (docs/protocol/windows.md, NTLM service). */
class NtlmFeed implements Feed {
  readonly kind = 'ntlm';
  readonly #context: FeedContext;
  readonly #bringsGroups: boolean;
  readonly #domains: NtlmDomains;
  readonly #service: NtlmService;
  readonly #admitted: readonly Admitted[];
  readonly #gates: readonly Gate[];
  readonly #link: GateLinkServer | null;
  readonly #log: VerdictLog;
  readonly #sources: SourceList;
  readonly #repeats: Repeats;
  #isStopped = false;

  constructor(options: NtlmFeedOptions, context: FeedContext) {
    const { clock, report } = context;
    this.#context = context;
    this.#bringsGroups = options.bringsGroups;
    this.#domains = new NtlmDomains({ ...options, clock, report });
    this.#service = new NtlmService({
      clock,
      domains: this.#domains,
      mostWaiting: options.mostWaiting,
    });
    const newAdmitted = () => new Admitted(clock, options.admittedMs, mostAdmitted);
    const everybody = newAdmitted();
    // Who was let through elsewhere was not asked for these groups.
    this.#admitted = options.gates.map(({ groups }) => (groups.length > 0 ? newAdmitted() : everybody));
    this.#sources = new SourceList(clock, report);
    this.#repeats = new Repeats(clock);
    this.#log = new VerdictLog(clock, report);
    this.#link =
      options.gateLink &&
      new GateLinkServer(options.gateLink, {
        ...{ clock, report, verifier: this.#service },
        judged: (address, verdict, gate) => this.#judged(address, verdict, gate),
      });
    this.#gates = options.gates.map(
      (gate, index) =>
        new Gate(gate, {
          clock,
          report,
          verifier: this.#service,
          admitted: this.#admitted[index] ?? everybody,
          judged: (address, verdict) => this.#judged(address, verdict, null, index),
        }),
    );
  }

  async start(): Promise<readonly FeedListening[]> {
    const open: FeedListening[] = [];
    try {
      for (const gate of this.#gates) open.push(await gate.open());
      if (this.#link) open.push(await this.#link.start());
      return open;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#gates.map((gate) => gate.close()), this.#link?.stop()]);
    this.#domains.close();
  }

  get health(): FeedHealth {
    const { verdicts, waiting } = this.#service.health;
    const gates = this.#gates.map((gate) => gate.health);
    const link = this.#link?.health;
    const total = (of: (gate: (typeof gates)[number]) => number): number =>
      gates.reduce((sum, gate) => sum + of(gate), 0);
    return {
      kind: this.kind,
      listening: [...gates.map(({ address }) => address), link?.address ?? ''].filter(Boolean),
      sources: this.#sources.health,
      counts: {
        received: total(({ requests }) => requests) + (link?.received ?? 0),
        connections: total(({ connections }) => connections),
        negotiating: total(({ negotiating }) => negotiating) + (link?.negotiating ?? 0),
        unanswered: total(({ unanswered }) => unanswered) + (link?.unanswered ?? 0),
        ...(link && { gates: link.gates }),
        waiting,
        admitted: [...new Set(this.#admitted)].reduce((sum, { size }) => sum + size, 0),
        ...verdicts,
      },
      dropped: summed([...gates.map(({ dropped }) => dropped), link?.dropped ?? {}]),
      problem: this.#domains.problem,
    };
  }

  /** @param gate address of one elsewhere; null: one of ours */
  #judged(address: string, verdict: NtlmVerdict, gate: string | null, index = 0): void {
    if (this.#isStopped) return;
    this.#log.tell(address, verdict, gate);
    if (verdict.kind !== 'ok') return;
    // Who tells of it is the gate: browsers are more than are kept, and each is heard once in a while.
    const teller = gate ?? this.#gates[index]?.health.address ?? '';
    this.#sources.logon(this.#sources.heard(teller, 0));
    const logonTime = Math.floor(this.#context.clock.now() / 1000);
    // The client has its verdict already; only the logon waits for names.
    void this.#groupsOf(verdict).then((groups) =>
      this.#logon({ address, teller }, verdict, groups, logonTime),
    );
  }

  #logon(
    { address, teller }: { readonly address: string; readonly teller: string },
    { user, domain, workstation }: NtlmVerdict,
    groups: readonly string[] | null,
    logonTime: number,
  ): void {
    if (this.#isStopped) return;
    const isIp6 = address.includes(':');
    this.#context.sink.logon({
      ip: isIp6 ? null : address,
      otherIp: null,
      ip6: isIp6 ? address : null,
      // Written by the client: to look for an address of this name would put its user wherever it likes.
      workstation: isIp6 ? '' : workstation,
      ...{ user, domain, logonTime, groups },
      terminal: null,
      feed: 'ntlm',
      agent: teller,
    });
  }

  /** Names of groups; null where the collector is to look them up, or nobody tells names. */
  async #groupsOf({ user, domain, groups }: NtlmVerdict): Promise<readonly string[] | null> {
    if (!this.#bringsGroups || groups.length === 0) return null;
    try {
      return await this.#domains.groupsOf({ user, domain }, groups);
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error;
      const held = this.#repeats.pass(`groups ${domain}`);
      if (held !== null)
        this.#context.report(
          collectorEvent({
            ...{ msg: 'groups not looked up', user, domain, why: error.message, kept: false },
            ...(held > 0 && { repeated: held }),
          }),
        );
      return null;
    }
  }
}

type Dropped = FeedHealth['dropped'];

function summed(all: readonly Dropped[]): Dropped {
  const sum: { -readonly [Why in keyof Dropped]: Dropped[Why] } = {};
  for (const dropped of all)
    for (const [why, count] of Object.entries(dropped) as [keyof Dropped, number][])
      sum[why] = (sum[why] ?? 0) + count;
  return sum;
}

/** @throws RangeError, when it is made, for no domain or a domain without a controller */
export function ntlmFeed(options: NtlmFeedOptions): MakeFeed {
  return (context) => new NtlmFeed(options, context);
}
