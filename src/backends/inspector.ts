import type { Clock } from '../clock.ts';
import type { LinkTraffic } from '../fsso/gate/traffic.ts';
import { messageDetail } from '../fsso/inspect/message-detail.ts';
import { messageRow } from '../fsso/inspect/message-row.ts';
import { MessageTrace, type Traced } from '../fsso/inspect/trace.ts';
import { linkOf, type MessageDetail, type MessageInspection } from '../message-trace.ts';
import type { Sink, Source } from './source.ts';

/**
 * Shows what passes over the links, and has been kept of it. Messages are kept as bytes, and decoded for the link that is
 * looked at only.
 */
export class Inspector implements Source, MessageInspection {
  readonly name = 'inspector';
  readonly #trace: MessageTrace;
  readonly #shown = new Set<string>();
  #watched: string | null = null;
  #sink: Sink = () => {};

  /** Hears from now on, so that it has to be made before the links are opened. */
  constructor(traffic: LinkTraffic, clock: Clock) {
    this.#trace = new MessageTrace(traffic, clock);
    this.#trace.listen((link, added, dropped) => {
      if (link === this.#watched) this.#show(link, added, dropped);
    });
  }

  start(sink: Sink): void {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    this.#sink = () => {};
    this.#trace.close();
  }

  watch(link: string | null): void {
    if (link === this.#watched) return;
    this.#watched = link;
    for (const id of this.#shown) this.#sink({ table: 'messages', op: 'remove', id });
    this.#shown.clear();
    if (link === null) return;
    for (const traced of this.#trace.of(link)) this.#show(link, traced, []);
  }

  read(id: string): MessageDetail | null {
    const link = linkOf(id);
    const traced = this.#trace.find(link, Number(id.slice(link.length + 1)));
    return traced ? messageDetail(link, traced) : null;
  }

  /** Forgets what came: a replay begins anew, and its tables are empty. */
  clear(): void {
    this.#trace.clear();
    this.#shown.clear();
  }

  #show(link: string, added: Traced, dropped: readonly Traced[]): void {
    for (const { number } of dropped) {
      const id = `${link}#${number}`;
      if (this.#shown.delete(id)) this.#sink({ table: 'messages', op: 'remove', id });
    }
    const row = messageRow(link, added);
    this.#shown.add(row.id);
    this.#sink({ table: 'messages', op: 'put', row });
  }
}
