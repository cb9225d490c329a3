import * as z from 'zod';
import { groupList, listeningPort, onOff, path, secretSchema, text, wholeNumber } from '../values.ts';
import { collectorOption } from './option.ts';
import { addressOrNetwork, uniqueNames } from './sources.ts';

const netbiosExpected = 'expected a NetBIOS name such as CORP';
const netbios = z.string(netbiosExpected).regex(/^[A-Za-z0-9_.-]{1,15}$/, netbiosExpected);
const machineExpected = 'expected the name of a machine account such as COLLECTOR$';
const hostExpected = 'expected a host, or HOST:PORT where the port of Netlogon is fixed';
const controller = z
  .string(hostExpected)
  .regex(/^(?:[A-Za-z0-9_.-]{1,253}|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/, hostExpected);

const domainSchema = z.strictObject({
  name: netbios,
  'dns-name': text(253).optional(),
  controllers: z.array(controller).min(1, 'expected at least one domain controller'),
  machine: z.string(machineExpected).regex(/^[A-Za-z0-9_-]{1,15}\$$/, machineExpected),
  password: secretSchema,
});

const gateSchema = z
  .strictObject({
    listen: z.union([z.ipv4(), z.ipv6()], 'expected an address of this machine'),
    port: listeningPort,
    mode: z
      .enum(['transparent', 'explicit-proxy'], 'expected transparent or explicit-proxy')
      .default('transparent'),
    groups: groupList.default([]),
    certificate: path.optional(),
    key: path.optional(),
  })
  .superRefine((gate, context) => {
    if ((gate.certificate === undefined) === (gate.key === undefined)) return;
    const missing = gate.key === undefined ? 'key' : 'certificate';
    const message = 'expected a PEM file: a gate over HTTPS has certificate and key';
    context.addIssue({ code: 'custom', path: [missing], message });
  });

const gateLinkSchema = z.strictObject({
  listen: z.union([z.ipv4(), z.ipv6()], 'expected an address of this machine'),
  port: listeningPort,
  ca: path,
  allowed: z.array(addressOrNetwork).optional(),
});

const ntlmSchema = z
  .strictObject({
    domains: z.array(domainSchema).min(1, 'expected at least one domain'),
    gates: z.array(gateSchema).default([]),
    'gate-link': gateLinkSchema.optional(),
    'ntlm-enabled-browsers': z.array(text(63)).default([]),
    'ntlm-guest': onOff.default('disable'),
    authtimeout: wholeNumber(1, 1440).default(5),
    timeout: wholeNumber(1, 20).default(10),
    'answer-within': wholeNumber(1, 300).default(30),
    connections: wholeNumber(1, 32).default(4),
    'waiting-limit': wholeNumber(1, 10_000).default(256),
  })
  .superRefine((ntlm, context) => uniqueNames(ntlm.domains, context, 'domains'))
  .refine(({ gates }) => new Set(gates.map(({ mode }) => mode)).size === gates.length, {
    path: ['gates'],
    message: 'expected at most one gate of each mode',
  })
  .refine((ntlm) => ntlm.gates.length > 0 || ntlm['gate-link'] !== undefined, {
    path: ['gates'],
    message: 'expected at least one gate, or gate-link for gates elsewhere',
  });

/** Clients who were never seen to log on, verified by NTLM. */
export const ntlmOptions = {
  ntlm: collectorOption({
    schema: ntlmSchema.optional(),
    fallback: 'none',
    values: 'logons of clients that verify themselves by NTLM; absent: off',
    parts: {
      domains: {
        fallback: 'required',
        values:
          'list of domains; the first one is asked about users of all domains that are not in the list, which it has to trust',
      },
      'domains.name': { fallback: 'required', values: 'NetBIOS name' },
      'domains.dns-name': { fallback: 'none', values: 'DNS name, for users who write `user@domain.example`' },
      'domains.controllers': {
        fallback: 'required',
        values:
          'list of its domain controllers, in the order in which they are asked; `HOST:PORT` where the port of Netlogon is fixed, else the endpoint mapper on TCP 135 is asked for it',
      },
      'domains.machine': {
        fallback: 'required',
        values: 'account of a machine of the domain, `NAME$`, as which verdicts are asked for',
      },
      'domains.password': { fallback: 'required', values: 'a secret, its password' },
      gates: {
        fallback: 'none',
        values:
          'list of HTTP listeners that ask browsers who they are, one of each mode at most; at least one, or `gate-link`',
      },
      'gates.listen': { fallback: 'required', values: 'address' },
      'gates.port': { fallback: 'required', values: 'TCP; 0 lets the system choose' },
      'gates.mode': {
        fallback: 'transparent',
        values: '`transparent` answers 401, `explicit-proxy` 407',
      },
      'gates.groups': {
        fallback: 'none',
        values:
          'list of groups, `DOMAIN/GROUP`: who is in none of them is refused with 403; none: everybody who is right is let through',
      },
      'gates.certificate': {
        fallback: 'none',
        values:
          'PEM file that browsers are shown, with the chain behind it; with `key` it makes the gate HTTPS, without both it is HTTP',
      },
      'gates.key': {
        fallback: 'none',
        values: 'PEM file of its private key, without a passphrase',
      },
      'gate-link.listen': {
        fallback: 'required',
        values: 'address where `fabrictop agent ntlm-gate` connects; absent: no gates elsewhere',
      },
      'gate-link.port': { fallback: 'required', values: 'TCP; 0 lets the system choose' },
      'gate-link.ca': {
        fallback: 'required',
        values:
          'PEM file with the authorities whose gates may ask, with `certificate` and `key` of the collector',
      },
      'gate-link.allowed': {
        fallback: 'any',
        values: 'list of addresses and networks that gates connect from',
      },
      'ntlm-enabled-browsers': {
        fallback: 'none',
        values: 'list of texts in `User-Agent` of browsers that are offered NTLM; none: all are',
      },
      'ntlm-guest': {
        fallback: 'disable',
        values:
          '`enable` lets through, as a guest, whom no domain knows and who is offered no NTLM; guests are no logons',
      },
      authtimeout: {
        fallback: 5,
        values: 'minutes until somebody who was verified is asked again, 1 to 1440',
      },
      timeout: { fallback: 10, values: 'seconds for one verdict, 1 to 20' },
      'answer-within': {
        fallback: 30,
        values:
          'seconds from the challenge to the answer of a client, 1 to 300; then the connection is closed',
      },
      connections: {
        fallback: 4,
        values:
          'verdicts asked for at once of one domain controller, each on a connection of its own, 1 to 32',
      },
      'waiting-limit': {
        fallback: 256,
        values: 'answers that wait for a verdict at once, 1 to 10000; one more is told to come again',
      },
    },
  }),
} as const;
