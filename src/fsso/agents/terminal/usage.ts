import { readFile } from 'node:fs/promises';

const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
/** `0100007F`, the same inside IPv6, and `::1`: each word of four octets is written backwards. */
const loopback = /^(?:0{16}FFFF0000)?[0-9A-F]{6}7F:|^0{24}01000000:/;
const nobody = /^0+:0000$/;

/**
 * How many ports the connections of each user leave from, by the user's number, of one text in the form of
 * `/proc/net/tcp` or `udp`. What listens, what goes nowhere and what stays on this machine is not counted.
 */
export function portsInUse(text: string): Map<number, number> {
  const ports = new Map<number, Set<string>>();
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || uid === undefined) continue;
    // What listens goes nowhere; a connection that waits for its end belongs to nobody any more.
    if (nobody.test(remote) || loopback.test(remote)) continue;
    const user = Number(uid);
    const own = ports.get(user) ?? new Set();
    ports.set(user, own.add(local.slice(local.indexOf(':') + 1)));
  }
  return new Map([...ports].map(([user, own]) => [user, own.size]));
}

/**
 * How many ports each user's connections take, the busier of TCP and UDP counting, because the two have ports of their
 * own. Empty where the system does not tell.
 */
export async function readUsage(directory = '/proc/net'): Promise<Map<number, number>> {
  const texts = await Promise.all(
    tables.map((table) => readFile(`${directory}/${table}`, 'utf8').catch(() => '')),
  );
  const [tcp = '', tcp6 = '', udp = '', udp6 = ''] = texts;
  const usage = new Map<number, number>();
  for (const [one, other] of [
    [tcp, tcp6],
    [udp, udp6],
  ] as const) {
    const sum = portsInUse(one);
    for (const [user, ports] of portsInUse(other)) sum.set(user, (sum.get(user) ?? 0) + ports);
    for (const [user, ports] of sum) usage.set(user, Math.max(usage.get(user) ?? 0, ports));
  }
  return usage;
}
