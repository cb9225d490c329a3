import type { Clock } from '../../clock.ts';
import type { CallOptions } from '../call.ts';
import type { Device } from '../device.ts';
import { EmsFailure } from '../diagnosis.ts';
import { Notifications } from './notifications.ts';
import type { WebsocketStatus } from './status.ts';

export interface ListeningEvents {
  /** EMS says that these tables of its own naming have changed. */
  changed: (names: readonly string[]) => void;
  /** The status moved. */
  moved: () => void;
  /** The notifications ended after `openMs` milliseconds, or were refused in another way than before, which is 0. */
  closed: (code: number, reason: string, path: string, openMs: number) => void;
}

/** Whether EMS tells what changes, or has to be asked; and why (docs/protocol/ems.md, Notifications). */
export class Listening {
  readonly #device: Device;
  readonly #clock: Clock;
  readonly #events: ListeningEvents;
  #notifications: Notifications | null = null;
  #stopped = false;
  #status: WebsocketStatus;

  constructor(device: Device, clock: Clock, events: ListeningEvents) {
    this.#device = device;
    this.#clock = clock;
    this.#events = events;
    const state = device.websocketOverride ? 'overridden' : 'off';
    this.#status = { state, since: clock.now(), code: null, reason: '' };
  }

  get status(): WebsocketStatus {
    return this.#status;
  }
  get isOpen(): boolean {
    return this.#notifications !== null;
  }

  /**
   * Opens the notifications where EMS offers them and the configuration wants them. Resolves with true when they are open
   * and were not before. Throws only the signal's reason: a failure is a status.
   */
  async open(connection: CallOptions, offered: readonly string[] | null): Promise<boolean> {
    if (this.#notifications || this.#device.websocketOverride) return false;
    const { capabilities, websocket } = this.#device.profile;
    if (!offered?.includes(capabilities.websocket)) {
      if (this.#status.state !== 'not-offered') this.#move('not-offered');
      return false;
    }
    const { path } = websocket;
    try {
      const opened = await Notifications.open(connection, {
        changed: this.#events.changed,
        closed: (code, reason) => {
          this.#notifications = null;
          const openMs = this.#clock.now() - this.#status.since;
          this.#move('down', code, reason);
          this.#events.closed(code, reason, path, openMs);
        },
      });
      if (this.#stopped) {
        opened.close();
        return false;
      }
      this.#notifications = opened;
      this.#move('connected');
      return true;
    } catch (error) {
      if (!(error instanceof EmsFailure)) throw error;
      const code = error.httpStatus === 0 ? null : error.httpStatus;
      const { state, reason } = this.#status;
      if (state !== 'down' || reason !== error.message)
        this.#events.closed(code ?? 0, error.message, path, 0);
      this.#move('down', code, error.message);
      return false;
    }
  }

  /** Ends the notifications. A reason for which they were down already stays, unless `entirely`. */
  end(entirely: boolean): void {
    this.#drop();
    if (entirely || this.#status.state === 'connected')
      this.#move(this.#device.websocketOverride ? 'overridden' : 'off');
  }

  /** Ends the notifications for good; nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  #drop(): void {
    this.#notifications?.close();
    this.#notifications = null;
  }

  #move(state: WebsocketStatus['state'], code: number | null = null, reason = ''): void {
    const { state: before, since } = this.#status;
    this.#status = { state, since: state === before ? since : this.#clock.now(), code, reason };
    if (!this.#stopped) this.#events.moved();
  }
}
