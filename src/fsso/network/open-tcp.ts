import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { attempt } from './attempt.ts';
import { type TcpFault, tcpFault } from './tcp-rows.ts';

/** How long something may take, and who may give it up. */
export interface Patience {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** What whoever asks calls a fault. `detail` is what the row of the fault mentions: a code, or seconds. */
export type Failure<Fault> = (fault: Fault, code: string | null, detail: string) => Error;

export interface TcpOptions extends Patience {
  readonly host: string;
  /** Where the machine is, tried in order; its host name is resolved where this is left out. */
  readonly address?: string | readonly string[];
  readonly port: number;
  /** Address of this machine to connect from; the system chooses where it is left out. */
  readonly localAddress?: string;
  readonly failure: Failure<TcpFault>;
  /** Addresses of a name; tests have their own. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/** Addresses of one name that are tried. */
const mostAddresses = 8;

/** Why one address did not take us. */
class Refusal {
  readonly fault: TcpFault;
  readonly code: string | null;
  readonly detail: string;

  constructor(fault: TcpFault, code: string | null, detail: string) {
    this.fault = fault;
    this.code = code;
    this.detail = detail;
  }
}

/**
 * Opens TCP to a machine, at the first of its addresses that takes us; each may use its share of the time that is left. Rejects with
 * what `failure` makes, or with the reason of the signal, and then nothing is open.
 */
export async function openTcp(options: TcpOptions): Promise<Socket> {
  const { clock, limitMs, failure } = options;
  const ends = clock.now() + limitMs;
  const refusals: Refusal[] = [];
  try {
    const addresses = await addressesOf(options);
    for (const [index, address] of addresses.entries()) {
      const share = Math.max(0, ends - clock.now()) / (addresses.length - index);
      const outcome = await connectTo(address, options, share);
      if (!(outcome instanceof Refusal)) return outcome;
      refusals.push(outcome);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusals.push(error);
  }
  const { fault, code, detail } = mostTelling(refusals);
  throw failure(fault, code, detail);
}

const weights: Partial<Readonly<Record<TcpFault, number>>> = { refused: 3, closed: 2, 'connect-timeout': 1 };

/** Of several addresses: what one said that was there, rather than that there is no way to another family. */
function mostTelling(refusals: readonly Refusal[]): Refusal {
  return refusals.reduce((best, each) =>
    (weights[each.fault] ?? 0) > (weights[best.fault] ?? 0) ? each : best,
  );
}

/** Never empty. Rejects with Refusal, or the reason of the signal. */
async function addressesOf(options: TcpOptions): Promise<readonly string[]> {
  const { host, address, localAddress } = options;
  const given = address ?? (isIP(host) === 0 ? await resolved(options) : host);
  const all = typeof given === 'string' ? [given] : given;
  if (all.length === 0) throw new Refusal('name-unknown', 'ENODATA', 'ENODATA');
  const family = isIP(localAddress ?? '');
  const fitting = all.filter((each) => family === 0 || isIP(each) === family);
  if (fitting.length === 0) throw new Refusal('source-address', 'EINVAL', 'EINVAL');
  return fitting.slice(0, mostAddresses);
}

async function fromSystem(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}

const codeOf = (error: Error) => (error as NodeJS.ErrnoException).code ?? error.message;

function resolved({ host, resolve = fromSystem, ...patience }: TcpOptions): Promise<readonly string[]> {
  const late = () => new Refusal('name-late', null, String(patience.limitMs / 1000));
  return attempt({ ...patience, late, drop: () => {} }, (done, failed) => {
    resolve(host).then(done, (error: Error) =>
      failed(new Refusal('name-unknown', codeOf(error), codeOf(error))),
    );
  });
}

function connectTo(address: string, options: TcpOptions, shareMs: number): Promise<Socket | Refusal> {
  const { port, localAddress, clock, signal, limitMs } = options;
  let socket: Socket | null = null;
  const late = () => new Refusal('connect-timeout', null, String(limitMs / 1000));
  return attempt<Socket>(
    { clock, limitMs: shareMs, late, drop: () => void socket?.destroy(), ...(signal && { signal }) },
    (done, failed) => {
      const opening = connect({
        ...{ host: address, port, noDelay: true, keepAlive: true },
        ...(localAddress !== undefined && { localAddress }),
      });
      socket = opening;
      // Stays for good: between two listeners an error must not end the program.
      opening.on('error', (error) => {
        const code = codeOf(error);
        failed(new Refusal(tcpFault(code), code, code));
      });
      opening.once('connect', () => done(opening));
    },
  ).catch((reason: unknown) => {
    if (reason instanceof Refusal) return reason;
    throw reason;
  });
}
