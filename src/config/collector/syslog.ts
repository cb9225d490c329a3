import * as z from 'zod';
import { listeningPort, text } from '../values.ts';
import { collectorOption } from './option.ts';
import {
  addresses,
  defaultDomain,
  defaultDomainText,
  sourceRate,
  uniqueNames,
  userType,
  userTypeText,
} from './sources.ts';

const pattern = text(255);

const ruleSchema = z.strictObject({
  name: text(63),
  trigger: z.string().max(255).default(''),
  logon: text(255),
  update: text(255).optional(),
  logoff: text(255).optional(),
  'username-field': pattern,
  'client-ip-field': pattern,
  'client-ipv6-field': pattern.optional(),
  'group-field': pattern.optional(),
  'groups-list-separator': text(8).optional(),
  'domain-field': pattern.optional(),
  'workstation-field': pattern.optional(),
});

const sourceSchema = z.strictObject({
  name: text(63),
  ip: addresses,
  rules: z.array(text(63)).min(1, 'expected at least one name of a rule'),
  'user-type': userType,
  domain: defaultDomain,
});

const syslogSchema = z
  .strictObject({
    port: listeningPort.default(514),
    mode: z.enum(['udp', 'tcp', 'both'], 'expected udp, tcp or both').default('both'),
    'rate-limit': sourceRate,
    rules: z.array(ruleSchema).default([]),
    sources: z.array(sourceSchema).min(1, 'expected at least one source: lines of others are dropped'),
  })
  .superRefine((syslog, context) => {
    uniqueNames(syslog.rules, context, 'rules');
    uniqueNames(syslog.sources, context, 'sources');
  });

const fieldText = 'pattern such as';

/** Logons that devices write into syslog. */
export const syslogOptions = {
  syslog: collectorOption({
    schema: syslogSchema.optional(),
    fallback: 'none',
    values: 'logons from syslog; absent: off',
    parts: {
      port: { fallback: 514, values: 'UDP and TCP; 0 lets the system choose. Below 1024 takes more rights' },
      mode: { fallback: 'both', values: '`udp`, `tcp` or `both`' },
      'rate-limit': {
        fallback: 5000,
        values:
          'lines a second of one sender, twice as many at once; 0 sets no limit. Over TCP the sender waits',
      },
      rules: { fallback: 'none', values: 'list of matching rules, beside the known one `fortigate-ssl-vpn`' },
      'rules.name': { fallback: 'required', values: 'by which sources name it' },
      'rules.trigger': { fallback: 'none', values: 'text without which a line is passed over' },
      'rules.logon': { fallback: 'required', values: 'text of a logon' },
      'rules.update': { fallback: 'none', values: 'text of a line that confirms a logon' },
      'rules.logoff': { fallback: 'none', values: 'text of a logoff; it goes before the other two' },
      'rules.username-field': {
        fallback: 'required',
        values: `${fieldText} \`user="{{:username}}"\`; also \`{{:domain}}\\{{:username}}\``,
      },
      'rules.client-ip-field': { fallback: 'required', values: `${fieldText} \`tunnelip={{:client_ip}}\`` },
      'rules.client-ipv6-field': {
        fallback: 'none',
        values: `${fieldText} \`ip6={{:client_ipv6}}\`; kept, not sent to FortiGates`,
      },
      'rules.group-field': { fallback: 'none', values: `${fieldText} \`group="{{:group}}"\`` },
      'rules.groups-list-separator': { fallback: 'none', values: 'text between two groups' },
      'rules.domain-field': { fallback: 'none', values: `ours: ${fieldText} \`domain={{:domain}} \`` },
      'rules.workstation-field': {
        fallback: 'none',
        values: `ours: ${fieldText} \`host={{:workstation}} \``,
      },
      sources: { fallback: 'required', values: 'list of senders; lines of all others are dropped' },
      'sources.name': { fallback: 'required', values: 'shown with what it sends' },
      'sources.ip': { fallback: 'required', values: 'an address or a network, or a list of them' },
      'sources.rules': {
        fallback: 'required',
        values: 'list of names of rules; the first that fits a line reads it',
      },
      'sources.user-type': { fallback: 'remote-user', values: userTypeText },
      'sources.domain': { fallback: 'none', values: defaultDomainText },
    },
  }),
} as const;
