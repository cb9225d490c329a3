import type { Clock } from '../../../clock.ts';
import { collectorEvent, type Report } from '../events.ts';
import { Repeats } from '../repeats.ts';
import type { NtlmVerdict } from './service.ts';

/** One line for each answer that is right; of the others, one in a while for each client, user and reason. */
export class VerdictLog {
  readonly #report: Report;
  readonly #repeats: Repeats;

  constructor(clock: Clock, report: Report) {
    this.#report = report;
    this.#repeats = new Repeats(clock);
  }

  /** @param gate address of a gate in a process of its own */
  tell(ip: string, verdict: NtlmVerdict, gate: string | null = null): void {
    const { kind, status, user, domain, workstation, cause, ms } = verdict;
    const held = kind === 'ok' ? 0 : this.#repeats.pass(`${kind} ${ip} ${domain} ${user}`);
    if (held === null) return;
    this.#report(
      collectorEvent({
        msg: 'ntlm answer checked',
        ...{ ip, user, domain, workstation, verdict: kind, status, cause, ms },
        ...(gate !== null && { gate }),
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}
