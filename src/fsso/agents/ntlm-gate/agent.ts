import type { Report } from '../../collector/events.ts';
import type { FeedListening } from '../../collector/feeds/feed.ts';
import { Admitted, mostAdmitted } from '../../collector/ntlm/admitted.ts';
import { Gate, type GateOptions } from '../../collector/ntlm/gate.ts';
import { VerdictLog } from '../../collector/ntlm/verdict-log.ts';
import { GateLink, type GateLinkOptions } from './gate-link.ts';

export interface NtlmGateOptions extends GateLinkOptions {
  readonly gates: readonly GateOptions[];
  /** How long somebody who was verified is let through without being asked again: FortiOS' `authtimeout`. */
  readonly admittedMs: number;
  readonly report: Report;
}

/** Gates in a process of their own, which play a FortiGate's part towards a collector (docs/protocol/windows.md, Gate link). */
export class NtlmGateAgent {
  readonly #link: GateLink;
  readonly #gates: readonly Gate[];

  constructor(options: NtlmGateOptions) {
    const { clock, report, admittedMs } = options;
    this.#link = new GateLink(options);
    const log = new VerdictLog(clock, report);
    this.#gates = options.gates.map(
      (gate) =>
        new Gate(gate, {
          clock,
          report,
          verifier: this.#link,
          admitted: new Admitted(clock, admittedMs, mostAdmitted),
          judged: (address, verdict) => log.tell(address, verdict),
        }),
    );
  }

  /** Rejects with ListenFailure, and with another Error where the collector and we do not trust each other. */
  async start(): Promise<readonly FeedListening[]> {
    const open: FeedListening[] = [];
    try {
      await this.#link.start();
      for (const gate of this.#gates) open.push(await gate.open());
      return open;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#gates.map((gate) => gate.close()));
    await this.#link.stop();
  }
}
