import type { Clock, Timer } from '../../clock.ts';
import type { FssoChange } from './changes.ts';
import type { LogonIntake } from './logon-intake.ts';
import type { LogonTable } from './logon-table.ts';
import type { Sweeps } from './sweeps.ts';

export interface StaleLogonsOptions {
  readonly logons: LogonTable;
  readonly clock: Clock;
  readonly sweeps: Sweeps;
  readonly intake: LogonIntake;
  /** How long logons are kept after their link is lost, in milliseconds. */
  readonly timeoutMs: number;
  readonly report: (change: FssoChange) => void;
  /** Some have left the table. */
  readonly expired: () => void;
}

/** Logons whose link is gone: kept for a while, marked, and then removed (docs/protocol/fsso.md, Logon table). */
export class StaleLogons {
  readonly #options: StaleLogonsOptions;
  #expiry: Timer | null = null;

  constructor(options: StaleLogonsOptions) {
    this.#options = options;
  }

  /** Marks what came from this collector. */
  mark(server: string): void {
    const { logons, clock, sweeps, timeoutMs, report } = this.#options;
    sweeps.add(
      logons.markStale(server, clock.now() + timeoutMs),
      (logon) => report({ kind: 'logon', op: 'put', logon, why: 'stale', previous: logon, live: false }),
      () => this.#awaitExpiry(),
    );
  }

  stop(): void {
    this.#expiry?.cancel();
    this.#expiry = null;
  }

  #awaitExpiry(): void {
    this.stop();
    const { logons, clock } = this.#options;
    const next = logons.nextExpiry();
    if (next === null) return;
    this.#expiry = clock.after(Math.max(0, next - clock.now()), () => this.#expire());
  }

  #expire(): void {
    const { logons, clock, sweeps, intake, report, expired } = this.#options;
    const perServer = new Map<string, number>();
    sweeps.add(
      logons.expire(clock.now()),
      (removal) => {
        const { server } = removal.logon;
        perServer.set(server, (perServer.get(server) ?? 0) + 1);
        intake.removed(removal, 'expired');
      },
      () => {
        for (const [server, count] of perServer)
          report({ kind: 'event', event: { name: 'expired', server, count } });
        expired();
        this.#awaitExpiry();
      },
    );
  }
}
