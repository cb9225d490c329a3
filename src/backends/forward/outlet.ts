import type { Clock, Timer } from '../../clock.ts';
import type { NewEvent } from '../../state/changes.ts';
import type { Channel, ForwardItem } from './item.ts';
import { forwardLimits } from './limits.ts';

/** How a receiver is served, for metrics. */
export interface OutletStatus {
  readonly name: string;
  readonly kind: 'syslog' | 'webhook';
  readonly sent: number;
  readonly dropped: number;
  readonly waiting: number;
  /** The last delivery worked, or none was tried yet. */
  readonly isUp: boolean;
}

export interface OutletOptions {
  readonly name: string;
  readonly kind: OutletStatus['kind'];
  readonly channel: Channel;
  readonly clock: Clock;
  /** Takes what a person should know: said once when deliveries begin to fail, and once when they work again. */
  readonly report: (event: NewEvent) => void;
}

/** Keeps what waits for one receiver, and tries again until it is taken: nothing is lost but what `dropped` counts. */
export class Outlet {
  readonly #options: OutletOptions;
  #waiting: ForwardItem[] = [];
  #number = 0;
  #sent = 0;
  #dropped = 0;
  #failures = 0;
  /** Before the next try, in milliseconds. */
  #pause = 0;
  /** Dropped items at the time of the last report. */
  #told = 0;
  #timer: Timer | null = null;
  #delivering: Promise<void> | null = null;
  #inFlight = 0;
  #closed = false;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  get status(): OutletStatus {
    const { name, kind } = this.#options;
    return {
      name,
      kind,
      sent: this.#sent,
      dropped: this.#dropped,
      waiting: this.#waiting.length + this.#inFlight,
      isUp: this.#failures === 0,
    };
  }

  push(event: NewEvent): void {
    if (this.#closed) return;
    this.#number += 1;
    this.#waiting.push({ number: this.#number, event });
    this.#bound();
    // Does nothing while a pause runs.
    this.#soon(this.#options.channel.gatherMs);
  }

  /** Tries once more to hand over what waits, within `forwardLimits.goodbye`, and closes the way. */
  async close(): Promise<void> {
    const { channel, clock } = this.#options;
    this.#cancel();
    const late = Promise.withResolvers<void>();
    const limit = clock.after(forwardLimits.goodbye, late.resolve);
    const last = async () => {
      await this.#delivering;
      while (this.#waiting.length > 0 && this.#failures === 0 && !this.#closed) await this.#deliver();
    };
    await Promise.race([last(), late.promise]);
    limit.cancel();
    this.#closed = true;
    this.#cancel();
    await channel.close();
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #soon(ms: number): void {
    if (this.#closed || this.#timer !== null || this.#delivering !== null) return;
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = null;
      this.#delivering = this.#deliver().finally(() => {
        this.#delivering = null;
        this.#goOn();
      });
    });
  }

  #goOn(): void {
    if (this.#waiting.length === 0) return;
    this.#soon(this.#failures === 0 ? 0 : this.#pause);
  }

  async #deliver(): Promise<void> {
    const { channel } = this.#options;
    const items = this.#waiting.splice(0, channel.batch);
    this.#inFlight = items.length;
    const delivery = await channel.deliver(items);
    this.#inFlight = 0;
    if (delivery.ok) {
      this.#sent += items.length;
      this.#works();
    } else if (delivery.drop) {
      this.#dropped += items.length;
      this.#fails(delivery.reason, 0);
    } else {
      this.#waiting.unshift(...items);
      this.#bound();
      const { backoff, longestRetryAfter } = forwardLimits;
      const own = backoff[Math.min(this.#failures, backoff.length - 1)] ?? 0;
      this.#fails(delivery.reason, Math.max(own, Math.min(delivery.retryAfterMs ?? 0, longestRetryAfter)));
    }
  }

  #works(): void {
    if (this.#failures > 0) {
      const lost = this.#dropped - this.#told;
      this.#report('notice', `takes what is forwarded again${lost > 0 ? `; lost: ${lost}` : ''}`);
    }
    this.#failures = 0;
    this.#told = this.#dropped;
  }

  #fails(reason: string, pause: number): void {
    this.#failures += 1;
    this.#pause = pause;
    if (this.#failures === 1) this.#report('warning', `takes nothing that is forwarded: ${reason}`);
  }

  #bound(): void {
    const over = this.#waiting.length - forwardLimits.waiting;
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#dropped += over;
  }

  #report(level: NewEvent['level'], what: string): void {
    const { name, kind, clock, report } = this.#options;
    report({ time: clock.now(), level, source: 'forward', logId: null, text: `${kind} ${name} ${what}` });
  }
}
