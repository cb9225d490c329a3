import { isIP } from 'node:net';
import type { Problem } from '../../problem.ts';
import { safeText } from '../../safe-text.ts';
import {
  type Check,
  good,
  type Need,
  problemOf,
  refused,
  skipped,
  type WindowsCommand,
  warned,
} from './check.ts';
import { anyController, on } from './commands.ts';
import type { Names } from './names.ts';

/** Where a machine is, and what was found on the way. */
export interface Whereabouts {
  readonly checks: readonly Check[];
  /** Empty where nobody knows. */
  readonly addresses: readonly string[];
}

/**
 * The addresses of a machine as whoever connects to it learns them.
 * @param others whom the collector asks besides, and who should know the same; null: nobody
 */
export async function whereabouts(
  host: string,
  names: Names,
  others: Names | null,
  neededBy: readonly Need[],
): Promise<Whereabouts> {
  if (isIP(host) !== 0) return { checks: [], addresses: [host] };
  const [own, theirs] = await Promise.all([told(names, host), others && told(others, host)]);
  const fallback = theirs?.addresses ?? [];
  if (own.addresses.length === 0) {
    const knows = fallback.length > 0 && others !== null;
    const problem: Problem = {
      stage: 'resolve',
      code: null,
      message: safeText(own.error ?? `${host} has no address: ${names.who} does not know the name`),
      cause: knows
        ? safeText(`${others.who} knows it, and this machine, which connects, asks others.`)
        : 'The name is misspelt, or the DNS servers are not those of the domain.',
      fix: [
        'check the name, or give the address instead',
        ...(knows ? ['use the DNS servers of the domain on this machine'] : []),
      ],
    };
    const run = on(anyController, [`Resolve-DnsName -Name ${host}`]);
    return { checks: [refused('address', problem, neededBy, run)], addresses: fallback };
  }
  const detail = safeText(`${own.addresses.join(', ')}, says ${names.who}`);
  if (theirs === null || sameSet(own.addresses, theirs.addresses))
    return { checks: [good('address', detail, neededBy)], addresses: own.addresses };
  const said = theirs.error ?? (fallback.length === 0 ? 'does not know the name' : fallback.join(', '));
  const problem: Problem = {
    stage: 'resolve',
    code: null,
    message: safeText(`${others?.who ?? ''} says otherwise: ${said}`),
    cause: 'This machine, which connects, and collector: dns: do not ask the same servers.',
    fix: ['let both name the DNS servers of the domain'],
  };
  return { checks: [warned('address', detail, neededBy, problem)], addresses: own.addresses };
}

async function told(names: Names, host: string): Promise<{ addresses: readonly string[]; error?: string }> {
  try {
    return { addresses: await names.addresses(host) };
  } catch (error) {
    return { addresses: [], error: (error as Error).message };
  }
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}

/** Whether a port is open, and at which addresses. */
export interface PortOutcome {
  readonly check: Check;
  readonly open: readonly string[];
}

/** Tries a port at every address. @param tryAt connects and lets go; rejects with an Error that carries a Problem */
export async function portCheck(
  port: string,
  addresses: readonly string[],
  tryAt: (address: string) => Promise<void>,
  neededBy: readonly Need[],
  run: readonly WindowsCommand[],
): Promise<PortOutcome> {
  const name = `port ${port}`;
  if (addresses.length === 0) return { check: skipped(name, 'no address is known', neededBy), open: [] };
  const tried = await Promise.all(
    addresses.map((address) =>
      tryAt(address).then(
        () => ({ address, problem: null }),
        (error: unknown) => ({ address, problem: problemOf(error) }),
      ),
    ),
  );
  const open = tried.filter(({ problem }) => problem === null).map(({ address }) => address);
  const closed = tried.flatMap(({ address, problem }) => (problem === null ? [] : [{ address, problem }]));
  const [first] = closed;
  const at = addresses.length > 1 ? ` at ${open.join(', ')}` : '';
  if (first === undefined) return { check: good(name, `open${at}`, neededBy), open };
  const { problem } = first;
  if (open.length === 0) return { check: refused(name, problem, neededBy, run), open };
  const detail = `open${at}, not at ${closed.map(({ address }) => address).join(', ')}`;
  return { check: warned(name, safeText(detail), neededBy, problem, run), open };
}
