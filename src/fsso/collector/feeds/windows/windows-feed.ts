import type { Timer } from '../../../../clock.ts';
import { runInSlices, type Steps } from '../../../../slices.ts';
import { timers } from '../../../wire/profile.ts';
import { collectorEvent } from '../../events.ts';
import { hostPort } from '../../listeners.ts';
import { Repeats } from '../../repeats.ts';
import { Drops } from '../drops.ts';
import type { Feed, FeedContext, FeedHealth, FeedListening, MakeFeed } from '../feed.ts';
import { SourceList } from '../source-list.ts';
import { evidenceOf, networkLogonId, readLogon } from './event-logon.ts';
import { type EventPostOptions, EventPosts } from './event-posts.ts';
import { cutEvents, longestEvent, readEvent } from './event-xml.ts';
import { type ExchangeServer, ExchangeServers } from './exchange.ts';
import { type FolderPiece, WatchedFolder } from './folder.ts';

export interface WindowsFeedOptions {
  /** Which events are logons. */
  readonly ids: readonly number[];
  /** Of users who come without one, at machines that are no Exchange servers. */
  readonly domain: string;
  readonly exchange: readonly ExchangeServer[];
  /** Null: no folder is read. */
  readonly folder: {
    readonly path: string;
    /** File that keeps how far each one has been read. */
    readonly state: string;
    /** Milliseconds between two looks. */
    readonly everyMs: number;
  } | null;
  /** Null: nothing is posted. */
  readonly posts: EventPostOptions | null;
}

/** The feed from Windows' own logs, as Windows Event Forwarding brings them in XML (docs/protocol/fsso.md, Feeds). */
export class WindowsFeed implements Feed {
  readonly kind = 'windows-events';
  readonly #options: WindowsFeedOptions;
  readonly #context: FeedContext;
  readonly #ids: ReadonlySet<number>;
  readonly #exchangeIds: ReadonlySet<number>;
  readonly #exchange: ExchangeServers;
  readonly #computers: SourceList;
  readonly #drops: Drops;
  readonly #repeats: Repeats;
  readonly #folder: WatchedFolder | null;
  readonly #posts: EventPosts | null;
  readonly #counts = { received: 0, logons: 0, passedOver: 0, ignored: 0, old: 0, notUnderstood: 0 };
  #timer: Timer | null = null;
  #stopped = false;
  #look: Promise<void> | null = null;

  /** @throws RangeError for certificates that cannot be used */
  constructor(options: WindowsFeedOptions, context: FeedContext) {
    this.#options = options;
    this.#context = context;
    const { clock, report } = context;
    this.#ids = new Set(options.ids);
    this.#exchangeIds = new Set([...options.ids, networkLogonId]);
    this.#exchange = new ExchangeServers(
      options.exchange,
      (domain) => context.names?.known(domain) ?? domain,
    );
    this.#computers = new SourceList(clock, report);
    this.#drops = new Drops(clock, report);
    this.#repeats = new Repeats(clock);
    this.#folder = options.folder && new WatchedFolder(options.folder.path, options.folder.state);
    this.#posts =
      options.posts &&
      new EventPosts(
        options.posts,
        report,
        (body, source) => this.take(body, isUtf16(body), source),
        (source, why, detail) => this.#drops.drop(source, why, detail),
      );
  }

  get health(): FeedHealth {
    const address = this.#posts?.address;
    return {
      kind: this.kind,
      listening: address ? [hostPort(address)] : [],
      sources: this.#computers.health,
      counts: {
        ...this.#counts,
        incomplete: this.#drops.incompletes,
        dropped: this.#drops.total,
        ...(this.#folder && { files: this.#folder.files }),
      },
      dropped: this.#drops.counts,
    };
  }

  /** Opens its port and begins to look at its folder. Rejects with ListenFailure. */
  async start(): Promise<FeedListening[]> {
    const listening = this.#posts ? [await this.#posts.open()] : [];
    const { folder } = this.#options;
    if (this.#folder && folder) {
      try {
        this.#folder.load();
      } catch (error) {
        this.#unreadable(folder.state, error as NodeJS.ErrnoException);
      }
      await this.look();
      this.#timer = this.#context.clock.every(folder.everyMs, () => void this.look());
    }
    return listening;
  }

  /** Ends the look that is under way, and closes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#look;
    await this.#posts?.close();
  }

  /** Looks at the folder once; a look that is under way is waited for instead. Never rejects. */
  look(): Promise<void> {
    this.#look ??= this.#lookOnce().finally(() => {
      this.#look = null;
    });
    return this.#look;
  }

  /**
   * Takes bytes with events in them, in slices, because thousands of events take a second. `source` is who brought them.
   * Resolves with how many bytes have been used; with 0 where the feed was stopped meanwhile.
   */
  take(bytes: Buffer, isUtf16: boolean, source: string): Promise<number> {
    // The tags are ASCII, so UTF-8 can be cut as octets, and what is no UTF-8 spoils one event only.
    const text = bytes.toString(isUtf16 ? 'utf16le' : 'latin1');
    const { found, tooLong, rest } = cutEvents(text);
    for (let count = 0; count < tooLong; count++)
      this.#drops.drop(source, 'too-long', `an event of more than ${longestEvent} characters`);
    return new Promise((done) => {
      runInSlices(this.#context.clock, this.#takeEvents(found, isUtf16, source), {
        afterSlice: (isDone) => {
          if (isDone) done(this.#stopped ? 0 : isUtf16 ? 2 * rest : rest);
        },
      });
    });
  }

  *#takeEvents(found: readonly string[], isUtf16: boolean, source: string): Steps {
    for (const xml of found) {
      if (this.#stopped) return;
      this.#takeEvent(isUtf16 ? xml : Buffer.from(xml, 'latin1').toString('utf8'), source);
      yield;
    }
  }

  async #lookOnce(): Promise<void> {
    const path = this.#options.folder?.path ?? '';
    try {
      await this.#folder?.look(
        (piece) => this.#takePiece(piece),
        (file, error) => this.#unreadable(`${path}/${file}`, error),
      );
    } catch (error) {
      this.#unreadable(path, error as NodeJS.ErrnoException);
    }
  }

  async #takePiece({ file, bytes, isUtf16, isEnd }: FolderPiece): Promise<number> {
    const used = await this.take(bytes, isUtf16, file);
    // An event without an end would be read again for ever.
    return used === 0 && !isEnd && !this.#stopped ? bytes.length : used;
  }

  #takeEvent(xml: string, source: string): void {
    this.#counts.received += 1;
    const event = readEvent(xml);
    if (event === null) {
      this.#counts.notUnderstood += 1;
      this.#drops.incomplete(source, 'Windows event', 'its id and time: it is no event in XML');
      return;
    }
    const computer = this.#computers.heard(event.computer || source, xml.length);
    const exchangeDomain = this.#exchange.domainOf(event);
    const ids = exchangeDomain === null ? this.#ids : this.#exchangeIds;
    const reading = readLogon(event, ids, exchangeDomain ?? this.#options.domain);
    if (reading.kind === 'passed over') {
      this.#counts.passedOver += 1;
      return;
    }
    if (reading.kind === 'incomplete') {
      const rule = `Windows event ${event.id}`;
      this.#drops.incomplete(event.computer || source, rule, reading.missing, computer);
      return;
    }
    // What a collector that had been there all the time would have ended by now.
    if (this.#context.clock.now() - event.time > timers.deadEntryTimeout) {
      this.#counts.old += 1;
      return;
    }
    const { logon } = reading;
    if (exchangeDomain === null && this.#exchange.ignores(logon)) {
      this.#counts.ignored += 1;
      return;
    }
    this.#counts.logons += 1;
    this.#computers.logon(computer);
    const now = Math.floor(this.#context.clock.now() / 1000);
    this.#context.sink.logon({
      ...logon,
      otherIp: null,
      logonTime: Math.min(Math.floor(event.time / 1000), now),
      terminal: null,
      groups: null,
      feed: exchangeDomain === null ? 'poller' : 'exchange',
      agent: event.computer || source,
      evidence: evidenceOf(event, { record: event.record, log: event.log, by: 'forwarded' }),
    });
  }

  #unreadable(file: string, error: NodeJS.ErrnoException): void {
    const held = this.#repeats.pass(`${error.code} ${file}`);
    if (held === null) return;
    this.#context.report(
      collectorEvent({
        msg: 'file cannot be read',
        file,
        error: error.code ?? error.message,
        ...(held > 0 && { repeated: held }),
      }),
    );
  }
}

/** Windows writes text in UTF-16 with a mark before it. */
function isUtf16(body: Buffer): boolean {
  return body.length >= 2 && body.readUInt16LE(0) === 0xfeff;
}

/** @throws RangeError for what cannot be used, in one line */
export function windowsFeed(options: WindowsFeedOptions): MakeFeed {
  return (context) => new WindowsFeed(options, context);
}
