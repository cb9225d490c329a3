import { addressOf, Pattern, type PatternField } from './pattern.ts';

/** A matching rule under the names that the product's dialogue has. Texts are searched for as they are, case included. */
export interface SyslogRuleOptions {
  readonly name: string;
  /** Lines without it are passed over; empty: every line is looked at. */
  readonly trigger: string;
  /** A line with it is a logon. */
  readonly logon: string;
  /** A line with it confirms a logon that may be known already. */
  readonly update?: string | undefined;
  /** A line with it is a logoff; it goes before the other two. */
  readonly logoff?: string | undefined;
  readonly usernameField: string;
  readonly clientIpField: string;
  readonly clientIpv6Field?: string | undefined;
  readonly groupField?: string | undefined;
  readonly groupSeparator?: string | undefined;
  /** Ours: where a device writes domain or workstation on their own. */
  readonly domainField?: string | undefined;
  readonly workstationField?: string | undefined;
}

/** What a rule understood of a line. */
export type SyslogReading =
  | { readonly kind: 'passed over' }
  /** A logon or logoff without what one needs. */
  | { readonly kind: 'incomplete'; readonly missing: 'user' | 'address' }
  | {
      readonly kind: 'logon' | 'logoff';
      /** As written, domain included; null only for a logoff. */
      readonly username: string | null;
      readonly ip: string | null;
      readonly ip6: string | null;
      readonly groups: readonly string[];
      readonly domain: string | null;
      readonly workstation: string | null;
    };

const passedOver: SyslogReading = { kind: 'passed over' };

/** Groups of one line that are taken. */
const mostGroups = 1024;

/** A matching rule: tells logons and logoffs from other lines, and takes their fields (docs/protocol/fsso.md, Feeds). */
export class SyslogRule {
  readonly name: string;
  readonly #options: SyslogRuleOptions;
  readonly #patterns: readonly Pattern[];

  /** @throws RangeError in one line, which begins with the name of the field */
  constructor(options: SyslogRuleOptions) {
    this.name = options.name;
    this.#options = options;
    this.#patterns = [
      pattern('username-field', options.usernameField, ['username', 'domain']),
      pattern('client-ip-field', options.clientIpField, ['client_ip']),
      pattern('client-ipv6-field', options.clientIpv6Field, ['client_ipv6']),
      pattern('group-field', options.groupField, ['group']),
      pattern('domain-field', options.domainField, ['domain']),
      pattern('workstation-field', options.workstationField, ['workstation']),
    ].filter((each) => each !== null);
  }

  read(line: string): SyslogReading {
    const { trigger, groupSeparator } = this.#options;
    if (!line.includes(trigger)) return passedOver;
    const kind = this.#kindOf(line);
    if (kind === null) return passedOver;
    const values: Partial<Record<PatternField, string>> = {};
    for (const each of this.#patterns) Object.assign(values, each.read(line));
    const { username = null, domain = null, workstation = null, group } = values;
    const ip = addressOf(values.client_ip, 4);
    const ip6 = addressOf(values.client_ipv6, 6) ?? addressOf(values.client_ip, 6);
    if (ip === null && ip6 === null) return { kind: 'incomplete', missing: 'address' };
    if (username === null && kind === 'logon') return { kind: 'incomplete', missing: 'user' };
    const groups =
      group === undefined
        ? []
        : (groupSeparator ? group.split(groupSeparator) : [group])
            .map((name) => name.trim())
            .filter((name) => name !== '')
            .slice(0, mostGroups);
    return { kind, username, ip, ip6, groups, domain, workstation };
  }

  #kindOf(line: string): 'logon' | 'logoff' | null {
    const { logon, update, logoff } = this.#options;
    if (logoff !== undefined && line.includes(logoff)) return 'logoff';
    return line.includes(logon) || (update !== undefined && line.includes(update)) ? 'logon' : null;
  }
}

function pattern(name: string, text: string | undefined, allowed: readonly PatternField[]): Pattern | null {
  if (text === undefined) return null;
  try {
    const made = new Pattern(text);
    const stranger = made.fields.find((field) => !allowed.includes(field));
    if (stranger !== undefined)
      throw new RangeError(
        `{{:${stranger}}} does not belong here, expected {{:${allowed.join('}} or {{:')}}}`,
      );
    return made;
  } catch (error) {
    throw new RangeError(`${name}: ${(error as Error).message}`);
  }
}
