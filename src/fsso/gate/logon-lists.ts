import type { Clock } from '../../clock.ts';
import type { Message } from '../wire/messages.ts';
import { timers } from '../wire/profile.ts';
import type { Slot } from './board.ts';
import type { FssoChange } from './changes.ts';
import { ListWatch } from './list-watch.ts';
import type { LogonIntake } from './logon-intake.ts';
import type { LogonTable } from './logon-table.ts';
import { problemOf } from './problems.ts';
import type { Sweeps } from './sweeps.ts';

export interface LogonListsOptions {
  readonly logons: LogonTable;
  readonly clock: Clock;
  readonly sweeps: Sweeps;
  readonly intake: LogonIntake;
  /** `SERIAL-VDOM`. */
  readonly identity: string;
  readonly report: (change: FssoChange) => void;
  /** A list is in the table, and what it did not name is gone. */
  readonly complete: () => void;
}

/** The messages of a link that is online: the lists that were asked for, and what happens meanwhile (docs/protocol/fsso.md, Resync). */
export class LogonLists {
  readonly #options: LogonListsOptions;
  #watch: ListWatch | null = null;

  constructor(options: LogonListsOptions) {
    this.#options = options;
  }

  /** The link of `slot` is online: the first list is asked for, unless its link has done so. */
  start(slot: Slot): void {
    const { clock, intake } = this.#options;
    this.#watch = new ListWatch(clock, {
      begun: () => intake.beginList(),
      complete: () => this.#complete(slot),
      askAgain: () => slot.link?.requestLogons(),
      missing: () => this.#missing(slot),
      lastHeard: () => slot.link?.lastHeard ?? 0,
    });
    if (slot.link?.hasAsked) this.#watch.asked();
    else this.ask(slot);
  }

  /** Asks for all logons. */
  ask(slot: Slot): void {
    slot.link?.requestLogons();
    this.#watch?.asked();
  }

  received(slot: Slot, message: Message): void {
    const { intake } = this.#options;
    switch (message.kind) {
      case 'bulk-start':
        this.#watch?.frameStarted();
        return;
      case 'bulk-record':
        intake.listed(slot, message.record);
        return;
      case 'bulk-end':
        this.#watch?.frameEnded();
        return;
      default:
        this.#watch?.otherMessage();
    }
    if (message.kind === 'event') intake.happened(slot, message.record);
  }

  stop(): void {
    this.#watch?.stop();
    this.#watch = null;
  }

  #complete(slot: Slot): void {
    const { logons, sweeps, intake, report, complete } = this.#options;
    const { records, added } = intake.counts;
    const { server } = slot;
    let removed = 0;
    slot.keptUntil = null;
    slot.link?.firstBulk(true);
    sweeps.add(
      logons.endList(server),
      (removal) => {
        removed += 1;
        intake.removed(removal, 'not-listed');
      },
      () => {
        report({ kind: 'bulk-complete', server, records, added, removed });
        complete();
      },
    );
  }

  #missing(slot: Slot): void {
    const { host, port, password } = slot.collector;
    const { identity, report } = this.#options;
    const context = { host, port, identity, passwordLength: password?.length ?? null };
    const problem = problemOf('list-missing', context, null, String((2 * timers.bulkWait) / 1000));
    slot.link?.firstBulk(false);
    report({ kind: 'event', event: { name: 'list-missing', server: slot.server, problem } });
  }
}
