import * as z from 'zod';
import { host, path, port, secretSchema, sourceIp, text, wholeNumber } from './values.ts';

/** Least severity that is sent; the words of FortiOS (`config log syslogd filter`). */
export const severitySchema = z
  .enum(['information', 'notification', 'warning', 'error'])
  .default('information');

/** Facilities of syslog in the order of their numbers (RFC 5424, 6.2.1); FortiOS's names. */
export const facilities = [
  'kernel',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;

/** Options of `config log syslogd setting`, as far as they concern sending; `ca` is ours. */
const syslogSchema = z
  .strictObject({
    name: text(35),
    server: host(127),
    /** 514, and 6514 with TLS, where it is not given. */
    port: port.optional(),
    mode: z.enum(['udp', 'reliable']).default('udp'),
    'enc-algorithm': z.enum(['disable', 'high']).default('disable'),
    facility: z.enum(facilities).default('local7'),
    severity: severitySchema,
    'source-ip': sourceIp,
    ca: z.array(path).default([]),
  })
  .superRefine((syslog, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message: `expected ${message}` });
    const tls = syslog['enc-algorithm'] === 'high';
    if (tls && syslog.mode === 'udp') complain('mode', 'reliable, because enc-algorithm is high');
    if (!tls && syslog.ca.length > 0) complain('enc-algorithm', 'high, because ca is given');
  });

/** Said for every wrong URL; the one found is never repeated, because such addresses are secrets of their own. */
export const webhookUrlExpected =
  'expected https://HOST/PATH without a name or a password, or a secret that holds it: { env: NAME }, { file: PATH } or { command: [...] }';

/** Whether a webhook may be called there. */
export function isWebhookUrl(url: string): boolean {
  const parsed = url.length > 2000 ? null : URL.parse(url);
  return (
    parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '' && parsed.hash === ''
  );
}

const headerExpected = 'expected the name of a header field, such as Authorization';

const webhookSchema = z.strictObject({
  name: text(35),
  url: z.union([z.string().refine(isWebhookUrl, webhookUrlExpected), secretSchema], webhookUrlExpected),
  header: z
    .strictObject({
      name: z
        .string(headerExpected)
        .max(100, headerExpected)
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, headerExpected)
        .default('Authorization'),
      value: secretSchema,
    })
    .optional(),
  /** What is sent: lines of the event log, changes of alerts, or both. */
  send: z.enum(['all', 'events', 'alerts']).default('all'),
  severity: severitySchema,
  /** Lines of one request. */
  batch: wholeNumber(1, 1000).default(100),
  /** Seconds. */
  'call-timeout': wholeNumber(1, 180).default(30),
  ca: z.array(path).default([]),
});

/** The key `forward`: receivers of what happens (docs/cli.md, Forwarding). */
export const forwardSchema = z
  .strictObject({
    syslog: z.array(syslogSchema).default([]),
    webhook: z.array(webhookSchema).default([]),
  })
  .superRefine((forward, context) => {
    const seen = new Set<string>();
    for (const kind of ['syslog', 'webhook'] as const)
      for (const [index, { name }] of forward[kind].entries()) {
        if (seen.has(name))
          context.addIssue({
            code: 'custom',
            path: [kind, index, 'name'],
            message: 'expected a name that no other receiver has',
          });
        seen.add(name);
      }
  });

export type ForwardConfig = z.infer<typeof forwardSchema>;
export type SyslogConfig = ForwardConfig['syslog'][number];
export type WebhookConfig = ForwardConfig['webhook'][number];
export type Severity = z.infer<typeof severitySchema>;
