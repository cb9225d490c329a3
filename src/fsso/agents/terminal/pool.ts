import { readFile } from 'node:fs/promises';
import type { PortRange } from '../../wire/messages.ts';

/** Where a terminal server's blocks of ports come from, where nothing else is configured. */
export const portDefaults = {
  /** Seen in a note on the agent of Windows; others say 20000-39999, and lists of users count from 1024. */
  pool: [[20_000, 49_000]] as readonly PortRange[],
  block: 200, // seen
  /** Assumed: a collector forgets who had the ports after its dead entry timeout, 480 minutes by default. */
  holdMs: 480 * 60_000,
  /** Assumed: how often a session is reported again, for a datagram may be lost. */
  repeatMs: 60_000,
  /** Assumed: until a session whose report could not be sent is reported again. */
  retryMs: 10_000,
  /** Assumed: how often the sessions of this machine are looked at. */
  lookMs: 5_000,
  /** Assumed: share of a session's ports in use from which on it gets a further block. */
  fullFrom: 0.8,
  /** Assumed: a session gets no more than these by itself, so that one program cannot take all ports from all others. */
  mostBlocks: 16,
  /** Seen: system accounts keep out of the pool. Users begin here on Linux. */
  firstUserId: 1000,
} as const;

const lowest = 1024;
const highest = 65_535;

/** Ranges in ascending order, those that touch or overlap as one. */
export function mergedRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** `20000-20199,20400-20599`. */
export function rangesText(ranges: readonly PortRange[]): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** Ranges as Linux and our options write them: `8080,9148-9200`. Null for a text that is none. */
export function readRanges(text: string, least = 0): PortRange[] | null {
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const [, first, last] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first === undefined) return null;
    const range: PortRange = [Number(first), Number(last ?? first)];
    if (range[0] < least || range[0] > range[1] || range[1] > highest) return null;
    ranges.push(range);
  }
  return ranges;
}

/** The ranges of `--pool`, which hold no port below 1024. Null for a text that is none. */
export const readPool = (text: string) => readRanges(text, lowest);

/** The blocks of `size` ports that a pool gives, without a port of `excluded`, in ascending order. */
export function blocksOf(
  pool: readonly PortRange[],
  size: number,
  excluded: readonly PortRange[],
): PortRange[] {
  const blocks: PortRange[] = [];
  const barred = mergedRanges(excluded);
  for (const [first, last] of mergedRanges(pool)) {
    let at = first;
    for (const [from, to] of [...barred, [last + 1, last + 1] as const]) {
      if (to < at) continue;
      for (; at + size <= Math.min(from, last + 1); at += size) blocks.push([at, at + size - 1]);
      at = Math.max(at, to + 1);
    }
  }
  return blocks;
}

/** Ports of the system that no session may have. */
export interface SystemPorts {
  /** `ip_local_reserved_ports`: kept for programs that ask for one of them. */
  readonly reserved: readonly PortRange[];
  /** `ip_local_port_range`: the system gives these to every program, whosever it is. */
  readonly ephemeral: readonly PortRange[];
}

/** Reads what Linux says of its ports; elsewhere, and where it cannot be read, there are none. */
export async function systemPorts(directory = '/proc/sys/net/ipv4'): Promise<SystemPorts> {
  const text = async (name: string) => {
    try {
      return (await readFile(`${directory}/${name}`, 'utf8')).trim();
    } catch {
      return '';
    }
  };
  const reserved = await text('ip_local_reserved_ports');
  const ephemeral = (await text('ip_local_port_range')).replace(/\s+/, '-');
  return { reserved: readRanges(reserved) ?? [], ephemeral: readRanges(ephemeral) ?? [] };
}
