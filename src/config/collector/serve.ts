import * as z from 'zod';
import { groupList, listeningPort, path, secretSchema, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';

/** Where a collector listens, and whom it serves. */
export const serveOptions = {
  listen: collectorOption({
    schema: z
      .union([z.ipv4(), z.ipv6()], 'expected an IPv4 or IPv6 address of this machine, or 0.0.0.0 for any')
      .default('0.0.0.0'),
    fallback: '0.0.0.0',
    values: 'IPv4 or IPv6 address of every listener',
  }),
  port: collectorOption({
    schema: listeningPort.default(8000),
    fallback: 8000,
    values: 'TCP, for FortiGates; 0 lets the system choose',
  }),
  'ssl-port': collectorOption({
    schema: listeningPort.optional(),
    fallback: 'none',
    values: 'TCP, for FortiGates over TLS beside `port`, usually 8001; 0 lets the system choose',
  }),
  certificate: collectorOption({
    schema: path.optional(),
    fallback: 'none',
    values:
      'PEM file that FortiGates are shown, with the chain behind it; together with `ssl-port` and `key`',
  }),
  key: collectorOption({
    schema: path.optional(),
    fallback: 'none',
    values: 'PEM file of its private key, without a passphrase',
  }),
  password: collectorOption({
    schema: secretSchema.optional(),
    fallback: 'none',
    values: 'a secret, at most 15 characters; without one FortiGates need none',
  }),
  fortigates: collectorOption({
    schema: z.array(text(63)).optional(),
    fallback: 'any',
    values: 'list of `SERIAL-VDOM`, or serial numbers for all VDOMs, that may connect',
  }),
  'max-fortigate-connections': collectorOption({
    schema: wholeNumber(1, 64).default(64),
    fallback: 64,
    values: 'FortiGates that may be connected at the same time, 1 to 64; those beyond are closed at once',
  }),
  'control-socket': collectorOption({
    schema: path.optional(),
    fallback: 'none',
    values:
      'path of a UNIX socket, at most 103 octets, by which dashboards and commands of the same user reach the collector ([control.md](control.md))',
  }),
  filters: collectorOption({
    schema: z.record(z.string(), groupList).default({}),
    fallback: 'none',
    values:
      'groups that a FortiGate is told of: by `SERIAL-VDOM`, serial number or `default`, a list of groups',
  }),
} as const;
