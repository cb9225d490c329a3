import * as z from 'zod';
import { text, wholeNumber } from './values.ts';

/** What a rule watches. */
export const alertKinds = [
  'link-down',
  'standby-unusable',
  'no-events',
  'certificate-expires',
  'logon-rate',
  'overwrite-by',
] as const;

export type AlertKind = (typeof alertKinds)[number];

/** Seconds that a condition has to last where `for` is not given. */
export const defaultFor: Readonly<Record<AlertKind, number>> = {
  'link-down': 30,
  'standby-unusable': 60,
  'no-events': 1_800,
  'certificate-expires': 0,
  'logon-rate': 120,
  // Something that happens does not last.
  'overwrite-by': 0,
};

/** Keys that only one kind of rule has. */
const onlyFor = { days: 'certificate-expires', factor: 'logon-rate', users: 'overwrite-by' } as const;

const ruleSchema = z
  .strictObject({
    name: text(35),
    when: z.enum(alertKinds),
    /** Only this FSSO or EMS connector; absent: all. */
    connector: text(35).optional(),
    /** Seconds. */
    for: wholeNumber(0, 604_800).optional(),
    /** Before the end of a certificate. */
    days: wholeNumber(1, 3650).optional(),
    /** How many times its usual deviation a rate may be off. */
    factor: wholeNumber(1, 100).optional(),
    /** Names of service accounts; `*` stands for any characters. */
    users: z.array(text(256)).min(1, 'expected at least one name, such as svc-*').optional(),
  })
  .superRefine((rule, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message: `expected ${message}` });
    for (const [key, kind] of Object.entries(onlyFor) as [keyof typeof onlyFor, AlertKind][])
      if (rule[key] !== undefined && rule.when !== kind)
        complain(key, `nothing, because it is for "when: ${kind}" only`);
    if (rule.when === 'overwrite-by' && rule.users === undefined)
      complain('users', 'a list of names of service accounts, such as [ "svc-*" ]');
    if (rule.when === 'overwrite-by' && rule.for !== undefined)
      complain('for', 'nothing, because an overwrite does not last');
  });

/** The key `alerts` (docs/cli.md, Alerts). */
export const alertsSchema = z
  .strictObject({
    /** What the terminal does when an alert begins to fire. */
    signal: z.enum(['none', 'bell', 'osc9']).default('none'),
    /** Seconds that a condition has to be over before its alert is resolved. */
    'resolve-after': wholeNumber(0, 86_400).default(60),
    rules: z.array(ruleSchema).default([]),
  })
  .superRefine(({ rules }, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of rules.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: 'custom',
          path: ['rules', index, 'name'],
          message: 'expected a name that no other rule has',
        });
      seen.add(name);
    }
  });

export type AlertsConfig = z.infer<typeof alertsSchema>;
export type AlertRule = AlertsConfig['rules'][number];
