import type { Clock } from '../../clock.ts';
import type { TlsSettings } from '../network/tls.ts';
import type { StrategyName } from '../wire/auth.ts';
import type { Message } from '../wire/messages.ts';
import { timers } from '../wire/profile.ts';
import type { OwnAddress } from './own-address.ts';
import type { Connect } from './transport.ts';

/** How long each step of a link may take, in milliseconds. */
export interface LinkLimits {
  readonly connect: number;
  readonly hello: number;
  readonly verdict: number;
}

/** One configured collector. */
export interface CollectorAddress {
  readonly host: string;
  readonly port: number;
  /** Null: the collector requires none. */
  readonly password: string | null;
}

export interface LinkOptions extends CollectorAddress {
  /** `SERIAL-VDOM`, presented to the collector and part of the response. */
  readonly identity: string;
  readonly strategy: StrategyName;
  /** Own address to connect from; absent lets the system choose. */
  readonly source?: OwnAddress | undefined;
  /** Absent or null: no TLS. */
  readonly tls?: TlsSettings | null | undefined;
  /** Groups that the collector is asked to confine itself to; absent or null asks for nothing. */
  readonly groupFilter?: readonly string[] | null | undefined;
  /** Asks for all logons right behind our hello, without waiting for the verdict. */
  readonly pipelined?: boolean | undefined;
  /** `probe` leaves when the hello came and never logs in; `login` where it is not given. */
  readonly purpose?: 'login' | 'probe' | undefined;
  readonly clock: Clock;
  readonly connect?: Connect | undefined;
  readonly limits?: LinkLimits | undefined;
}

/** What a link tells its connector. Nothing is told after `ended` or after `close` was called. */
export interface LinkEvents {
  /** State or counters changed. */
  changed(stateChanged: boolean): void;
  /** Logons may be asked for. `implicit`: the collector sent data without an authentication result. */
  online(implicit: boolean): void;
  /** A message while online. */
  received(message: Message): void;
  /** The link is over; its state and problem tell why. */
  ended(): void;
}

/** What the profile gives each step. */
export const defaultLimits: LinkLimits = {
  connect: timers.connectLimit,
  hello: timers.helloLimit,
  verdict: timers.verdictLimit,
};

/** `host:port`, an IPv6 address in brackets. */
export function serverName(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
