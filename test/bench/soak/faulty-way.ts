import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a way does to what goes over it. */
export type WayFault = 'none' | 'delay' | 'freeze' | 'reset' | 'half-close';

const longestDelay = 400;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** TCP on its way to a server: a relay that can be told to go wrong. */
export class FaultyWay {
  readonly #target: () => { host: string; port: number };
  readonly #pairs = new Set<Pair>();
  readonly #server;
  #fault: WayFault = 'none';
  /** Connections that sat in a fault in which octets were lost. */
  readonly #spoiled = new Set<Pair>();

  private constructor(target: () => { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  static async start(
    target: () => { host: string; port: number },
    place: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
  ): Promise<FaultyWay> {
    const way = new FaultyWay(target);
    await new Promise<void>((done, failed) => {
      way.#server.once('error', failed);
      way.#server.listen(place.port, place.host, done);
    });
    return way;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get fault(): WayFault {
    return this.#fault;
  }

  set fault(fault: WayFault) {
    this.#fault = fault;
    for (const pair of [...this.#pairs]) {
      if (fault === 'reset') this.#end(pair, true);
      if (fault === 'half-close') pair.near.end();
      if (fault === 'none' && this.#spoiled.has(pair)) this.#end(pair, false);
    }
  }

  stop(): void {
    for (const pair of [...this.#pairs]) this.#end(pair, false);
    this.#server.close();
  }

  #end({ near, far }: Pair, hard: boolean): void {
    for (const socket of [near, far])
      if (hard) socket.resetAndDestroy();
      else socket.destroy();
  }

  #join(near: Socket): void {
    const far = connect({ ...this.#target(), allowHalfOpen: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      // One after the other, however long each is held up.
      let last = Promise.resolve();
      from.on('data', (bytes: Buffer) => {
        if (this.#fault === 'freeze') this.#spoiled.add(pair);
        else if (this.#fault === 'reset') this.#end(pair, true);
        else if (this.#fault === 'delay')
          last = last.then(
            () =>
              new Promise((done) =>
                setTimeout(
                  () => {
                    if (!to.destroyed) to.write(bytes);
                    done();
                  },
                  (bytes[0] ?? 0) % longestDelay,
                ),
              ),
          );
        else
          last = last.then(() => {
            if (!to.destroyed) to.write(bytes);
          });
      });
      from.on('end', () => void last.then(() => to.end()));
      from.on('error', () => {});
      from.on('close', () => {
        this.#pairs.delete(pair);
        this.#spoiled.delete(pair);
        void last.then(() => to.destroy());
      });
    }
  }
}

/** Connects and says what no protocol has; resolves when the other side has had enough, or after a while. */
export function talkNonsense(
  host: string,
  port: number,
  bytes: Buffer = randomBytes(1 + (randomBytes(2).readUInt16BE(0) % 3000)),
): Promise<void> {
  return new Promise((done) => {
    const socket = connect(port, host);
    const limit = setTimeout(() => socket.destroy(), 3000);
    socket.on('connect', () => socket.write(bytes));
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      clearTimeout(limit);
      done();
    });
  });
}
