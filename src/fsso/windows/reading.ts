import type { Problem } from '../../problem.ts';

// What a poller asks of a domain controller, however it is reached: SMB and RPC, or WS-Management
// (docs/protocol/windows.md, Polling).

import type { NtlmDomain } from '../ntlm/av-pairs.ts';

/** How a domain controller is polled, under the product's names. */
export type PollMode = 'netapi' | 'event-log' | 'wmi';

/** A record of an event log. Texts are raw. */
export interface LogEvent {
  readonly record: number;
  readonly id: number;
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly time: number;
  /** The machine whose log the event is from first. */
  readonly computer: string;
  /** The named values of its data; empty for an event whose names are not known. */
  readonly data: Readonly<Record<string, string>>;
}

/** Numbers of the records that a log holds; `newest` is `oldest - 1` where it is empty. */
export interface LogExtent {
  readonly oldest: number;
  readonly newest: number;
}

export interface LogReading {
  /** Those with an id that was asked for, rising by record. */
  readonly events: readonly LogEvent[];
  /** The last record that was looked at, at least `from` where there is one: nothing asked for up to it is missing. */
  readonly readTo: number;
  /** How many records were sent in a form that cannot be read; absent: none. */
  readonly unreadable?: number;
}

export interface LogQuestion {
  /** First and last record that is wanted. */
  readonly from: number;
  readonly to: number;
  readonly ids: ReadonlySet<number>;
}

/** One event log of a machine. Everything rejects with an Error that carries a Problem where the machine said no. */
export interface LogReader {
  extent(signal: AbortSignal): Promise<LogExtent>;
  /** A bounded part of what is wanted, the oldest first; the caller asks again from `readTo + 1` on. */
  read(question: LogQuestion, signal: AbortSignal): Promise<LogReading>;
  /** One record, whatever its id; null where it is not there. */
  at(record: number, signal: AbortSignal): Promise<LogEvent | null>;
}

/** A session at a file server, as NetrSessionEnum tells it. Texts are raw. */
export interface FileSession {
  /** `\\ADDRESS` or `\\NAME`, or the same without the backslashes. */
  readonly client: string;
  /** With or without a domain; empty for an anonymous one. */
  readonly user: string;
  readonly activeSeconds: number;
  readonly idleSeconds: number;
}

export interface SessionReader {
  sessions(signal: AbortSignal): Promise<readonly FileSession[]>;
}

/** A connection to a domain controller, kept from poll to poll. */
export interface ControllerLink {
  /** Null where the mode needs none. */
  readonly sessions: SessionReader | null;
  readonly log: LogReader | null;
  /** The domain that the machine belongs to, as the login tells; null where it does not. */
  readonly domain: NtlmDomain;
  /** In a few words for a person, such as `SMB 3.1.1, NetrSessionEnum 10`. */
  readonly means: string;
  /** A better way of reading that was tried, and why it is not used; null or absent: there is none. */
  readonly passedOver?: Problem | null;
  /** The machine's clock, milliseconds since the epoch; null where it does not say. */
  time(signal: AbortSignal): Promise<number | null>;
  /** True once it cannot be used any more. */
  readonly isClosed: boolean;
  close(): Promise<void>;
}
