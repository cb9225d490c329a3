import * as z from 'zod';
import { host, port, secretSchema, text, wholeNumber } from '../values.ts';
import { domainName } from './feeds.ts';
import { collectorOption } from './option.ts';
import { pollingWmiParts, pollingWmiSchema } from './polling-wmi.ts';
import { defaultDomain, defaultDomainText, domainOrNone } from './sources.ts';

const idsExpected =
  'expected 0, 1, 2, or a list of 4768, 4769, 4770, 4776, 4624, 672, 673, 680, 528 and 540, with 4769 only beside 4768';
const id = z.literal([4768, 4769, 4770, 4776, 4624, 672, 673, 680, 528, 540], idsExpected);
const eventIds = z
  .union([z.literal([0, 1, 2]), z.array(id).min(1)], idsExpected)
  .refine((given) => !Array.isArray(given) || !given.includes(4769) || given.includes(4768), idsExpected);

const mode = z.enum(['netapi', 'event-log', 'wmi'], 'expected netapi, event-log or wmi');
const period = wholeNumber(1, 60);
const log = text(255);

const timeExpected = 'expected a time of day, such as 07:30';
const time = z.string(timeExpected).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, timeExpected);

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const daysExpected = `expected a list of ${days.slice(1).join(', ')} and sun`;

const periodsSchema = z.strictObject({
  days: z.array(z.enum(days, daysExpected), daysExpected).min(1, daysExpected).optional(),
  from: time,
  to: time,
  seconds: period,
});

/** The log that is read where none is named. */
export const securityLog = 'Security';

const accountShape = { user: text(255).optional(), password: secretSchema.optional() };

/** An account has both. */
function wholeAccount(own: { user?: unknown; password?: unknown }, context: z.core.$RefinementCtx): void {
  if ((own.user === undefined) === (own.password === undefined)) return;
  const missing = own.user === undefined ? 'user' : 'password';
  const message = `expected ${missing} too: an account has both`;
  context.addIssue({ code: 'custom', path: [missing], message });
}

const controllerSchema = z
  .strictObject({
    server: host(255),
    port: port.optional(),
    mode: mode.optional(),
    domain: domainOrNone.optional(),
    log: log.optional(),
    'event-ids': eventIds.optional(),
    period: period.optional(),
    ...accountShape,
  })
  .superRefine(wholeAccount);

const exchangeSchema = z
  .strictObject({
    domain: defaultDomain,
    server: z.union(
      [host(255), z.array(host(255)).min(1)],
      'expected a host name or an address, or a list of them',
    ),
    'ignore-name': z.array(text(255)).default([]),
    'forwarded-to': host(255).optional(),
    log: log.optional(),
    ...accountShape,
  })
  .superRefine(wholeAccount);

const pollingSchema = z
  .strictObject({
    mode: mode.default('event-log'),
    user: text(255),
    password: secretSchema,
    domain: defaultDomain,
    controllers: z.array(controllerSchema).max(1000).default([]),
    domains: z.array(domainName).default([]),
    'event-ids': eventIds.default(0),
    period: period.optional(),
    periods: z.array(periodsSchema).max(50).default([]),
    history: wholeNumber(0, 480).default(0),
    'at-once': wholeNumber(1, 128).default(16),
    wmi: pollingWmiSchema.prefault({}),
    'exchange-servers': z.array(exchangeSchema).default([]),
  })
  .superRefine((polling, context) => {
    const nobody = [polling.controllers, polling.domains, polling['exchange-servers']];
    if (nobody.every((list) => list.length === 0))
      context.addIssue({
        code: 'custom',
        path: ['controllers'],
        message: 'expected domain controllers, or domains whose domain controllers are polled',
      });
    const polled = new Map<string, number>();
    for (const [index, own] of polling.controllers.entries()) {
      const what = (own.mode ?? polling.mode) === 'netapi' ? 'sessions' : (own.log ?? securityLog);
      const key = `${own.server} ${what}`.toLowerCase();
      const before = polled.get(key);
      if (before === undefined) polled.set(key, index);
      else
        context.addIssue({
          code: 'custom',
          path: ['controllers', index, 'server'],
          message: `expected each machine once: controllers[${before}] reads ${what === 'sessions' ? 'its sessions' : `its log ${what}`} already`,
        });
    }
  });

/** Logons that domain controllers are asked for. */
export const pollingOptions = {
  polling: collectorOption({
    schema: pollingSchema.optional(),
    fallback: 'none',
    values: 'domain controllers that are asked for logons; absent: none',
    parts: {
      mode: {
        fallback: 'event-log',
        values:
          '`event-log` reads the Security log, which misses nothing that is audited; `netapi` lists sessions, which misses those between two polls; `wmi` reads the Security log by WMI over WS-Management, without SMB',
      },
      user: {
        fallback: 'required',
        values: 'the account that polls, `DOMAIN\\USER` or `USER@domain.example`',
      },
      password: { fallback: 'required', values: 'its password, a secret' },
      domain: {
        fallback: 'none',
        values: `${defaultDomainText}; absent: the domain of the machine that is polled`,
      },
      controllers: { fallback: 'none', values: 'list of domain controllers' },
      'controllers.server': { fallback: 'required', values: 'its host name or address' },
      'controllers.port': {
        fallback: 'none',
        values: 'TCP, 1 to 65535; absent: 445, with `wmi` 5985 or 5986',
      },
      'controllers.mode': { fallback: 'none', values: 'as above, for this one' },
      'controllers.domain': { fallback: 'none', values: 'as above, for this one' },
      'controllers.log': { fallback: securityLog, values: 'name of the event log that is read' },
      'controllers.event-ids': { fallback: 'none', values: 'as below, for this one' },
      'controllers.period': {
        fallback: 'none',
        values: 'as below, for this one; it holds at every time of the day',
      },
      'controllers.user': { fallback: 'none', values: 'another account for this one, with `password`' },
      'controllers.password': { fallback: 'none', values: 'its password, a secret' },
      domains: {
        fallback: 'none',
        values:
          'list of DNS names of domains whose domain controllers are polled too; they are found as for `monitored-domains`, and reached at the first of their addresses that answers',
      },
      'event-ids': {
        fallback: 0,
        values:
          'the event-id setting of the product: 0 is 672, 680, 4768 and 4776, 1 also 673 and 4769, 2 also 4624; or a list of 4768, 4769 (only beside 4768), 4770, 4776, 4624, 672, 673, 680, 528 and 540',
      },
      period: {
        fallback: 'none',
        values:
          'seconds from one poll to the next, 1 to 60, with `netapi` 9 at most; absent: 9 with `netapi`, 10 with `event-log`, 3 with `wmi`',
      },
      periods: {
        fallback: 'none',
        values: 'list of other periods at times of the day; the first that holds counts',
      },
      'periods.days': {
        fallback: 'none',
        values: 'list of `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; absent: every day',
      },
      'periods.from': { fallback: 'required', values: '`HH:MM`, by the clock of this machine' },
      'periods.to': { fallback: 'required', values: '`HH:MM`; not later than `from` is on the next day' },
      'periods.seconds': { fallback: 'required', values: 'as `period`' },
      history: {
        fallback: 0,
        values:
          'minutes before the start that are read too of a log that was never read, 0 to 480; later polls go on where the last one ended',
      },
      'at-once': { fallback: 16, values: 'machines that are asked at the same time, 1 to 128' },
      ...pollingWmiParts,
      'exchange-servers': { fallback: 'none', values: 'list of Exchange servers whose logs are polled' },
      'exchange-servers.domain': { fallback: 'none', values: defaultDomainText },
      'exchange-servers.server': {
        fallback: 'required',
        values:
          'its host name, by which events are known as its own, and its addresses: one, or a list; the first is polled',
      },
      'exchange-servers.ignore-name': {
        fallback: 'none',
        values:
          'domains whose users are not taken from events of other machines that show the Exchange server as the client',
      },
      'exchange-servers.forwarded-to': {
        fallback: 'none',
        values: 'the member server that its events are forwarded to: then that is polled',
      },
      'exchange-servers.log': {
        fallback: 'none',
        values:
          'name of the event log that is read; absent: `Security`, and `ForwardedEvents` where they are forwarded',
      },
      'exchange-servers.user': { fallback: 'none', values: 'another account for this one, with `password`' },
      'exchange-servers.password': { fallback: 'none', values: 'its password, a secret' },
    },
  }),
} as const;
