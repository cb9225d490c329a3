import type { Address, Connect, TransportEvents } from '../../src/fsso/gate/transport.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeHello,
  encodeKeepalive,
  type LogonRecord,
  type Message,
} from '../../src/fsso/wire/messages.ts';

/** A logon record; what is not given is a plain logon of USER1. */
export function logon(given: Partial<LogonRecord> = {}): LogonRecord {
  return {
    loggedOn: true,
    ip: '10.0.0.1',
    session: 0,
    user: 'USER1',
    domain: 'CORP',
    workstation: 'PC-1',
    groups: 'CORP/SALES',
    logonTime: 1_768_467_600,
    kind: 1,
    portRanges: [],
    extra: [],
    ...given,
  };
}

/** The collector's end of one connection that a test plays by hand. */
export class FakeLine {
  readonly address: Address;
  readonly #events: TransportEvents;
  readonly #decoder = new MessageDecoder('fortigate');
  /** What the FortiGate side sent. */
  readonly sent: Message[] = [];
  /** The FortiGate side has closed it. */
  isClosed = false;
  sync = 100_000;

  constructor(address: Address, events: TransportEvents) {
    this.address = address;
    this.#events = events;
  }

  take(bytes: Buffer): void {
    if (!this.isClosed) this.sent.push(...this.#decoder.push(bytes));
  }

  /** The connection is up. */
  open(): this {
    this.#events.opened();
    return this;
  }

  send(bytes: Buffer): this {
    this.#events.received(bytes);
    return this;
  }

  hello(name = 'FSSO 5.0.0278'): this {
    const proof = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    return this.send(
      encodeHello('collector', { sync: this.#next(), name, identity: 'FSAE_SERVER_10001', proof }),
    );
  }

  verdict(status = 1): this {
    return this.send(encodeAuthResult(1, status));
  }

  bulk(...records: LogonRecord[]): this {
    return this.send(encodeBulk(this.#next(), records));
  }

  event(record: LogonRecord): this {
    return this.send(encodeEvent(this.#next(), record));
  }

  keepalive(): this {
    return this.send(encodeKeepalive(this.#next()));
  }

  /** All the steps up to an accepted login. */
  accept(): this {
    return this.open().hello().verdict();
  }

  /** The collector's end closes, or the system reports an error. */
  end(code?: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events.closed(code === undefined ? null : Object.assign(new Error(code), { code }));
  }

  close(): void {
    this.isClosed = true;
  }

  #next(): number {
    this.sync += 1;
    return this.sync;
  }
}

/** A network without sockets: every connection attempt waits for the test to decide. */
export class FakeNetwork {
  readonly lines: FakeLine[] = [];

  readonly connect: Connect = (address, events) => {
    const line = new FakeLine(address, events);
    this.lines.push(line);
    return {
      write: (bytes) => line.take(bytes),
      close: () => line.close(),
      gone: Promise.resolve(),
    };
  };

  /** The latest attempt. */
  get last(): FakeLine {
    const line = this.lines.at(-1);
    if (!line) throw new Error('nothing was connected to yet');
    return line;
  }

  /** Hosts in the order in which they were tried. */
  get tried(): string[] {
    return this.lines.map((line) => line.address.host);
  }
}
