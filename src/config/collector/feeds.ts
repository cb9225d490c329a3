import * as z from 'zod';
import { onOffText } from '../option.ts';
import { listeningPort, onOff, path, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';
import { addressOrNetwork } from './sources.ts';

const domainExpected = 'expected the DNS name of a domain, such as corp.example';
export const domainName = z
  .string(domainExpected)
  .max(200, domainExpected)
  .regex(/^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+$/, domainExpected);

/** The ways in which logons come. */
export const feedOptions = {
  'monitor-user-logon-events': collectorOption({
    schema: onOff.default('enable'),
    fallback: 'enable',
    values: `${onOffText}: with \`disable\` logons that come are counted and not entered; who is entered stays until something ends it`,
  }),
  'agent-port': collectorOption({
    schema: listeningPort.default(8002),
    fallback: 8002,
    values: 'UDP, for agents; 0 lets the system choose',
  }),
  agents: collectorOption({
    schema: z.array(addressOrNetwork).optional(),
    fallback: 'any, with a warning',
    values: 'list of addresses and networks that datagrams are taken from',
  }),
  'agent-ssl-port': collectorOption({
    schema: listeningPort.optional(),
    fallback: 'none',
    values:
      'TCP, for our own agents over TLS, usually 8003; with `certificate`, `key` and `agent-ca`. 0 lets the system choose',
  }),
  'agent-ca': collectorOption({
    schema: path.optional(),
    fallback: 'none',
    values: 'PEM file with the authorities whose agents may speak on `agent-ssl-port`',
  }),
  'monitored-domains': collectorOption({
    schema: z.array(domainName).default([]),
    fallback: 'none',
    values:
      'list of DNS names of domains: their domain controllers are looked for at `dns`, and in the directories of `ldap`, every five minutes, and those that no agent, and no forwarded log, reports for are named',
  }),
  'agent-rate-limit': collectorOption({
    schema: wholeNumber(0, 1_000_000).default(20_000),
    fallback: 20_000,
    values: 'datagrams a second that are taken from one agent, twice as many at once; 0 sets no limit',
  }),
} as const;
