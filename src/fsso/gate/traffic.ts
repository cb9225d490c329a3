import type { SeenCertificate } from '../network/tls.ts';
import { FrameSplitter, syncBytes, syncOf, withoutResponse } from '../wire/frames.ts';
import { serverName } from './link.ts';
import type { Connect } from './transport.ts';

/** One attempt at one collector. */
export interface Connection {
  /** Counts up from 1 in one run. */
  readonly number: number;
  readonly connector: string;
  /** `host:port`. */
  readonly server: string;
  readonly purpose: 'login' | 'probe';
}

/** What passes over a connection. */
export type Passage =
  | { what: 'begun' }
  | { what: 'opened' }
  | { what: 'certificate'; seen: SeenCertificate }
  | { what: 'secured' }
  /** `fresh`: the bytes begin with a message, and not in the middle of one. */
  | { what: 'received'; bytes: Buffer; fresh: boolean }
  /** Whole messages, without the response to a challenge. */
  | { what: 'sent'; bytes: Buffer }
  /** `code` is the system's name of the reason; `by` is who ended it. */
  | { what: 'closed'; code: string | null; by: 'peer' | 'us' };

/** A connection that is open, for whoever begins to listen to it in the middle. */
export interface OpenConnection {
  readonly connection: Connection;
  /** What has been received so far ends with a message. */
  readonly atBoundary: boolean;
  /** Sequence number of the latest message; null before one with a number. */
  readonly lastSync: number | null;
}

/** Must not throw. The bytes are the listener's only until it returns. */
export type TrafficListener = (connection: Connection, passage: Passage) => void;

/**
 * Where recordings hear what passes over the links of all connectors. While nobody listens, it only
 * counts where messages end, so that whoever begins to listen later finds the beginning of one.
 */
export class LinkTraffic {
  readonly #listeners = new Set<TrafficListener>();
  readonly #open = new Map<number, () => OpenConnection>();
  #last = 0;

  /** Returns what ends it. */
  listen(listener: TrafficListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Connections that have begun and not ended. */
  get open(): OpenConnection[] {
    return [...this.#open.values()].map((connection) => connection());
  }

  /** The same way to open connections, with this ear on each of them. */
  over(connector: string, connect: Connect): Connect {
    return (address, events) => {
      this.#last += 1;
      const { host, port, purpose = 'login' } = address;
      const connection = { number: this.#last, connector, server: serverName(host, port), purpose };
      const tell = (passage: Passage): void => {
        for (const listener of this.#listeners) listener(connection, passage);
      };
      const place = new FrameSplitter(syncBytes);
      let lastSync: number | null = null;
      let isOver = false;
      this.#open.set(connection.number, () => ({ connection, atBoundary: place.atBoundary, lastSync }));
      const over = (code: string | null, by: 'peer' | 'us'): void => {
        if (isOver) return;
        isOver = true;
        this.#open.delete(connection.number);
        tell({ what: 'closed', code, by });
      };
      tell({ what: 'begun' });
      try {
        const transport = connect(address, {
          opened() {
            tell({ what: 'opened' });
            events.opened();
          },
          certificate(seen) {
            tell({ what: 'certificate', seen });
            events.certificate?.(seen);
          },
          secured() {
            tell({ what: 'secured' });
            events.secured?.();
          },
          received(bytes) {
            const fresh = place.atBoundary;
            tell({ what: 'received', bytes, fresh });
            for (const frame of place.push(bytes)) lastSync = syncOf(frame) ?? lastSync;
            events.received(bytes);
          },
          closed(error) {
            over(error?.code ?? error?.name ?? null, 'peer');
            events.closed(error);
          },
        });
        return {
          write: (bytes) => {
            if (this.#listeners.size > 0 && !isOver) tell({ what: 'sent', bytes: withoutResponse(bytes) });
            transport.write(bytes);
          },
          close() {
            over(null, 'us');
            transport.close();
          },
          gone: transport.gone,
        };
      } catch (error) {
        over((error as NodeJS.ErrnoException).code ?? null, 'peer');
        throw error;
      }
    };
  }
}
