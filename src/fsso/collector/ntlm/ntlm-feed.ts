import { collectorEvent, type Report } from '../events.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from '../feeds/feed.ts';
import { SourceList } from '../feeds/source-list.ts';
import { Repeats } from '../repeats.ts';
import { Admitted } from './admitted.ts';
import { type NtlmDomainOptions, NtlmDomains } from './domains.ts';
import { Gate, type GateOptions } from './gate.ts';
import { NtlmService, type NtlmVerdict } from './service.ts';

export interface NtlmFeedOptions {
  readonly domains: readonly NtlmDomainOptions[];
  readonly gates: readonly GateOptions[];
  /** How long somebody who was verified is let through without being asked again: FortiOS' `authtimeout`. */
  readonly admittedMs: number;
  /** For one verdict. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Questions at once to one domain controller. */
  readonly parallel: number;
  /** Answers that wait for a verdict at once. */
  readonly mostWaiting: number;
}

const mostAdmitted = 100_000;

/** Verifies who comes to the gates, and reports each as a logon (docs/protocol/windows.md, NTLM service). */
class NtlmFeed implements Feed {
  readonly kind = 'ntlm';
  readonly #context: FeedContext;
  readonly #domains: NtlmDomains;
  readonly #service: NtlmService;
  readonly #admitted: Admitted;
  readonly #gates: readonly Gate[];
  readonly #sources: SourceList;
  readonly #repeats: Repeats;
  #isStopped = false;

  constructor(options: NtlmFeedOptions, context: FeedContext) {
    const { clock, report } = context;
    this.#context = context;
    this.#domains = new NtlmDomains({ ...options, clock, report });
    // Not empty: NtlmDomains has seen to that.
    const [{ account }] = options.domains as readonly [NtlmDomainOptions];
    this.#service = new NtlmService({
      clock,
      domains: this.#domains,
      names: { domain: account.domain, computer: account.account.replace(/\$$/, '') },
      mostWaiting: options.mostWaiting,
    });
    this.#admitted = new Admitted(clock, options.admittedMs, mostAdmitted);
    this.#sources = new SourceList(clock, report);
    this.#repeats = new Repeats(clock);
    this.#gates = options.gates.map(
      (gate) =>
        new Gate(gate, {
          clock,
          report,
          verifier: this.#service,
          admitted: this.#admitted,
          judged: (address, verdict) => this.#judged(address, verdict),
        }),
    );
  }

  async start(): Promise<readonly FeedListening[]> {
    const open: FeedListening[] = [];
    try {
      for (const gate of this.#gates) open.push(await gate.open());
      return open;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#gates.map((gate) => gate.close()));
    this.#domains.close();
  }

  get health(): FeedHealth {
    const { verdicts, waiting } = this.#service.health;
    const gates = this.#gates.map((gate) => gate.health);
    const total = (of: (gate: (typeof gates)[number]) => number): number =>
      gates.reduce((sum, gate) => sum + of(gate), 0);
    return {
      kind: this.kind,
      listening: gates.map(({ address }) => address).filter(Boolean),
      sources: this.#sources.health,
      counts: {
        received: total(({ requests }) => requests),
        connections: total(({ connections }) => connections),
        negotiating: total(({ negotiating }) => negotiating),
        unanswered: total(({ unanswered }) => unanswered),
        waiting,
        admitted: this.#admitted.size,
        ...verdicts,
      },
      dropped: {},
    };
  }

  #judged(address: string, verdict: NtlmVerdict): void {
    if (this.#isStopped) return;
    this.#tell(this.#context.report, address, verdict);
    if (verdict.kind !== 'ok') return;
    const { clock, sink } = this.#context;
    const isIp6 = address.includes(':');
    const source = this.#sources.heard(address, 0);
    this.#sources.logon(source);
    sink.logon({
      ip: isIp6 ? null : address,
      otherIp: null,
      ip6: isIp6 ? address : null,
      user: verdict.user,
      domain: verdict.domain,
      workstation: verdict.workstation,
      logonTime: Math.floor(clock.now() / 1000),
      terminal: null,
      // SIDs are no names: what a FortiGate is told of comes from the directories or the configuration.
      groups: null,
      feed: 'ntlm',
      agent: address,
    });
  }

  /** One line for each that is right; of the others, one in a while for each client, user and reason. */
  #tell(report: Report, ip: string, verdict: NtlmVerdict): void {
    const { kind, status, user, domain, workstation, cause, ms } = verdict;
    const held = kind === 'ok' ? 0 : this.#repeats.pass(`${kind} ${ip} ${domain} ${user}`);
    if (held === null) return;
    report(
      collectorEvent({
        msg: 'ntlm answer checked',
        ...{ ip, user, domain, workstation, verdict: kind, status, cause, ms },
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}

/** @throws RangeError, when it is made, for no domain or a domain without a controller */
export function ntlmFeed(options: NtlmFeedOptions): MakeFeed {
  return (context) => new NtlmFeed(options, context);
}
