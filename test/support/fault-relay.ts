import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Which side's bytes. */
export type Way = 'fromServer' | 'fromClient';

/** What may happen to a connection, from one byte on. */
export type FaultName = keyof typeof faults;

/** What happens at the first byte that is struck: what goes on instead, and how the connection is from then on. */
interface Strike {
  readonly bytes: Buffer;
  readonly end?: 'cut' | 'reset' | 'silent' | 'half-closed';
}

/** The bytes behind the place that is struck, all of what came at once. */
type Fault = (rest: Buffer, oversize: (bytes: Buffer) => Buffer) => Strike;

const nothing = Buffer.alloc(0);
const few = 16;

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

/** Bytes that are no protocol's, always the same. */
export const nonsense = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => (at * 151 + 89) & 0xff));

/** Each breaks what is on the way; nobody is told, unless the fault is that somebody is. */
export const faults = {
  cut: () => ({ bytes: nothing, end: 'cut' }),
  reset: () => ({ bytes: nothing, end: 'reset' }),
  /** As where a cable was pulled: no end comes, and nothing else. */
  'half-open': () => ({ bytes: nothing, end: 'silent' }),
  'half-closed': () => ({ bytes: nothing, end: 'half-closed' }),
  hole: (rest) => ({ bytes: rest.subarray(few) }),
  garbage: (rest) => ({ bytes: Buffer.concat([nonsense(Math.min(few, rest.length)), rest.subarray(few)]) }),
  'one bit': (rest) => ({ bytes: changed(rest, (copy) => copy.set([(copy[0] ?? 0) ^ 1])) }),
  inserted: (rest) => ({ bytes: Buffer.concat([nonsense(100), rest]) }),
  repeated: (rest) => ({ bytes: Buffer.concat([rest, rest]) }),
  oversize: (rest, oversize) => ({ bytes: oversize(rest) }),
} satisfies Record<string, Fault>;

/** What a network may do to the bytes without any of them being lost. */
export type Manner = 'at once' | 'byte by byte' | 'together' | 'late';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  isSilent: boolean;
}

export interface FaultRelayOptions {
  readonly host?: string;
  readonly port: number;
  /** The length in a message that begins with these bytes, as large as it can be. Absent: the first four bytes all ones. */
  readonly oversize?: (bytes: Buffer) => Buffer;
}

/** Loop turns without a byte, after which nothing is on its way any more: both ends are in this process. */
const quietTurns = 30;

/**
 * Stands between a client and a server and harms what they say, once for each time that it is told to. It never mends a connection that
 * it has harmed, and never ends one that the fault leaves open: whoever sits on it has to notice.
 */
export class FaultRelay {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #options: FaultRelayOptions;
  #armed: { fault: Fault; way: Way; left: number } | null = null;
  #passed = 0;
  #taken = 0;
  /** How bytes are handed on. */
  manner: Manner = 'at once';

  private constructor(options: FaultRelayOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near));
  }

  static async start(options: FaultRelayOptions): Promise<FaultRelay> {
    const relay = new FaultRelay(options);
    await new Promise<void>((done) => relay.#server.listen(0, '127.0.0.1', done));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that the client has not ended. */
  get open(): number {
    return [...this.#pairs].filter(({ near }) => !near.destroyed && !near.readableEnded).length;
  }

  /** Connections that were ever made. */
  get taken(): number {
    return this.#taken;
  }

  /** True while a fault waits for its byte. */
  get isArmed(): boolean {
    return this.#armed !== null;
  }

  /** Strikes once, so many bytes of that side further, over whatever connections they go. */
  arm(fault: FaultName, way: Way, after: number): void {
    this.#armed = { fault: faults[fault], way, left: after };
  }

  /** Strikes no more. */
  disarm(): void {
    this.#armed = null;
  }

  /** Resolves when nothing passes any more. */
  async quiet(): Promise<void> {
    for (let turns = 0, before = -1; turns < quietTurns; turns++) {
      if (before !== this.#passed) turns = 0;
      before = this.#passed;
      await new Promise((done) => setImmediate(done));
    }
  }

  async stop(): Promise<void> {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #join(near: Socket): void {
    const { host = '127.0.0.1', port } = this.#options;
    const far = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const pair: Pair = { near, far, isSilent: false };
    this.#pairs.add(pair);
    this.#taken += 1;
    this.#passed += 1;
    this.#carry(pair, near, far, 'fromClient');
    this.#carry(pair, far, near, 'fromServer');
  }

  #carry(pair: Pair, from: Socket, to: Socket, way: Way): void {
    // One after the other, however each is handed on.
    let last: Promise<void> = Promise.resolve();
    const inTurn = (action: () => void | Promise<void>) => {
      last = last.then(action);
    };
    from.on('data', (bytes: Buffer) => {
      this.#passed += 1;
      if (pair.isSilent) return;
      const { bytes: passed, end } = this.#struck(bytes, way);
      if (end === 'silent') pair.isSilent = true;
      inTurn(() => this.#write(to, passed));
      if (end === undefined || end === 'silent') return;
      inTurn(() => {
        if (end === 'half-closed') to.end();
        else
          for (const socket of [from, to])
            if (end === 'reset') socket.resetAndDestroy();
            else socket.destroy();
      });
    });
    from.on('end', () => {
      this.#passed += 1;
      if (!pair.isSilent) inTurn(() => void to.end());
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#passed += 1;
      if (pair.near.destroyed && pair.far.destroyed) this.#pairs.delete(pair);
      if (!pair.isSilent) inTurn(() => void to.destroy());
    });
  }

  #struck(bytes: Buffer, way: Way): Strike {
    const armed = this.#armed;
    if (armed === null || armed.way !== way) return { bytes };
    if (armed.left >= bytes.length) {
      armed.left -= bytes.length;
      return { bytes };
    }
    this.#armed = null;
    const { oversize = allOnes } = this.#options;
    // A length stands where a message begins.
    const at = armed.fault === faults.oversize ? 0 : armed.left;
    const strike = armed.fault(bytes.subarray(at), oversize);
    return { ...strike, bytes: Buffer.concat([bytes.subarray(0, at), strike.bytes]) };
  }

  async #write(to: Socket, bytes: Buffer): Promise<void> {
    const pieces = this.manner === 'byte by byte' ? bytes.length : 1;
    // So many turns that what follows has come meanwhile.
    const turns = this.manner === 'together' || this.manner === 'late' ? 3 : 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done));
    for (let at = 0; at < bytes.length; at += bytes.length / pieces) {
      if (to.destroyed || to.writableEnded) return;
      this.#passed += 1;
      to.write(bytes.subarray(at, at + bytes.length / pieces));
      if (pieces > 1) await new Promise((done) => setImmediate(done));
    }
  }
}

const allOnes = (bytes: Buffer): Buffer => changed(bytes, (copy) => copy.fill(0xff, 0, 4));
