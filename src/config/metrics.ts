import { BlockList, isIPv6 } from 'node:net';
import * as z from 'zod';
import { onOff } from './values.ts';

const listenExpected =
  'expected ADDRESS:PORT of this machine, such as 127.0.0.1:9843 or [::1]:9843; port 0 lets the system choose';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for an address that nobody reaches from another machine. */
export function isLoopback(address: string): boolean {
  return loopback.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Address and port of `127.0.0.1:9843` or `[::1]:9843`; null when it is neither. */
export function listenAddress(text: string): { address: string; port: number } | null {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d{1,5})$/.exec(text);
  const address = found?.[1] ?? found?.[2] ?? '';
  const port = Number(found?.[3]);
  const family = found?.[1] === undefined ? 'ipv4' : 'ipv6';
  const isAddress = family === 'ipv6' ? isIPv6(address) : z.ipv4().safeParse(address).success;
  return found && isAddress && port <= 65_535 ? { address, port } : null;
}

/** The key `metrics` (docs/cli.md, Metrics). */
export const metricsSchema = z
  .strictObject({
    listen: z.string(listenExpected).refine((text) => listenAddress(text) !== null, listenExpected),
    /** Anyone who reaches the port reads them: there is no password. */
    'allow-remote': onOff.default('disable'),
  })
  .superRefine((metrics, context) => {
    const place = listenAddress(metrics.listen);
    if (place === null || metrics['allow-remote'] === 'enable') return;
    if (!isLoopback(place.address))
      context.addIssue({
        code: 'custom',
        path: ['listen'],
        message:
          'expected a loopback address, or "allow-remote: enable", because anyone who reaches it reads the metrics',
      });
  });

export type MetricsConfig = z.infer<typeof metricsSchema>;
