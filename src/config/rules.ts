import { directoryRules } from './directory-rules.ts';
import { type EmsOption, emsOptions } from './ems-options.ts';
import type { Finding } from './finding.ts';
import type { Step } from './keys.ts';
import { emsEntryLimit, emsEntryLimitOfAll, isRelease, releaseText, whyAbsent } from './releases.ts';

type Entry = Record<string, unknown>;

function entries(value: unknown): (Entry | null)[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => (typeof entry === 'object' && entry !== null ? (entry as Entry) : null));
}

function* repeated(list: readonly (Entry | null)[], identify: (entry: Entry) => unknown) {
  const first = new Map<unknown, number>();
  for (const [index, entry] of list.entries()) {
    const identity = entry && identify(entry);
    if (typeof identity !== 'string') continue;
    const before = first.get(identity);
    if (before === undefined) first.set(identity, index);
    else yield { index, before, identity };
  }
}

function* repeatedNames(section: string, list: readonly (Entry | null)[]): Generator<Finding> {
  for (const { index, before, identity } of repeated(list, (entry) => entry['name']))
    yield {
      path: [section, index, 'name'],
      text: `${JSON.stringify(identity)} is already the name of ${section}[${before}]: names must differ`,
    };
}

function* emsRules(root: Entry): Generator<Finding> {
  const list = entries(root['ems']);
  yield* repeatedNames('ems', list);
  const release = typeof root['release'] === 'number' ? releaseText(root['release']) : root['release'];
  const known = isRelease(release);
  const limit = known ? emsEntryLimit(release) : emsEntryLimitOfAll;
  if (list.length > limit)
    yield {
      path: ['ems', limit],
      text: known
        ? `found ${list.length} EMS entries, expected at most ${limit} with release "${release}"`
        : `found ${list.length} EMS entries, expected at most ${limit} (set release: "7.0" or later for more)`,
    };
  for (const { index, before, identity } of repeated(list, (entry) => numberText(entry['ems-id'])))
    yield {
      path: ['ems', index, 'ems-id'],
      text: `${identity} is already the number of ems[${before}]: numbers must differ`,
    };
  for (const [index, entry] of list.entries()) {
    if (!entry) continue;
    if (known) yield* releaseRules(entry, index, release);
    yield* connectionRules(entry, index);
    yield* adminRules(entry, index);
  }
}

const numberText = (value: unknown) => (typeof value === 'number' ? String(value) : undefined);

function* releaseRules(entry: Entry, index: number, release: string): Generator<Finding> {
  for (const [name, option] of Object.entries<EmsOption>(emsOptions)) {
    const reason = entry[name] === undefined ? null : whyAbsent(option, release);
    if (reason !== null) yield { path: ['ems', index, name], text: reason };
  }
}

/** What an entry needs in order to reach its EMS, on premises or in the cloud. */
function* connectionRules(entry: Entry, index: number): Generator<Finding> {
  const cloud = entry['fortinetone-cloud-authentication'] === 'enable';
  const place = (key: string) => ['ems', index, key];
  if (!cloud && entry['server'] === undefined)
    yield { path: place('server'), text: 'missing, expected the host name or address of the EMS' };
  if (!cloud && entry['cloud-authentication-access-key'] !== undefined)
    yield {
      path: place('cloud-authentication-access-key'),
      text: 'is for EMS Cloud only: it needs fortinetone-cloud-authentication: enable',
    };
  yield* interfaceRules(entry, place);
}

/** `interface` and `interface-select-method: specify` need each other. */
function* interfaceRules(entry: Entry, place: (key: string) => Step[]): Generator<Finding> {
  const specify = entry['interface-select-method'] === 'specify';
  if (specify && entry['interface'] === undefined)
    yield {
      path: place('interface'),
      text: 'missing, expected the name of a network interface because interface-select-method is specify',
    };
  if (!specify && entry['interface'] !== undefined)
    yield { path: place('interface'), text: 'needs interface-select-method: specify' };
}

/** Name and password belong to an EMS of one's own, account and key to EMS Cloud. */
function* adminRules(entry: Entry, index: number): Generator<Finding> {
  const admin = entry['admin'] as Entry | null | undefined;
  if (typeof admin !== 'object' || admin === null || Array.isArray(admin)) return;
  const cloud = entry['fortinetone-cloud-authentication'] === 'enable';
  const own = ['name', 'password'];
  const account = ['account-email', 'access-key'];
  for (const key of cloud ? account : own)
    if (admin[key] === undefined)
      yield {
        path: ['ems', index, 'admin', key],
        text: `missing, expected ${(cloud ? account : own).join(' and ')}`,
      };
  for (const key of cloud ? [...own, 'site'] : account)
    if (admin[key] !== undefined)
      yield {
        path: ['ems', index, 'admin', key],
        text: cloud
          ? 'is not for EMS Cloud, which takes account-email and access-key'
          : 'is for EMS Cloud only',
      };
}

function* fssoRules(root: Entry): Generator<Finding> {
  const list = entries(root['fsso']);
  yield* repeatedNames('fsso', list);
  for (const [index, entry] of list.entries()) {
    const place = (server: Entry) => `${String(server['server'])}:${String(server['port'] ?? 8000)}`;
    for (const twice of repeated(entries(entry?.['servers']), place))
      yield {
        path: ['fsso', index, 'servers', twice.index, 'server'],
        text: `${twice.identity} is already servers[${twice.before}] of this connector: list each collector once`,
      };
    if (entry === null || entry === undefined) continue;
    yield* interfaceRules(entry, (key) => ['fsso', index, key]);
    yield* tlsRules(entry, index, root);
  }
}

/** What is said about TLS without TLS would be a false comfort, and TLS without a CA trusts nobody. */
function* tlsRules(entry: Entry, index: number, root: Entry): Generator<Finding> {
  const trust = root['trust'] as Entry | null | undefined;
  const installed = Array.isArray(trust?.['ca']) && trust['ca'].length > 0;
  if (entry['ssl'] === 'enable') {
    if (entry['ssl-trusted-cert'] === undefined && !installed)
      yield {
        path: ['fsso', index, 'ssl-trusted-cert'],
        text: 'missing, expected a file with the CA of the collectors because ssl is enable (or list it under trust.ca)',
      };
    return;
  }
  for (const key of ['ssl-trusted-cert', 'sni', 'ssl-server-host-ip-check'])
    if (entry[key] !== undefined && entry[key] !== 'disable')
      yield { path: ['fsso', index, key], text: 'needs ssl: enable' };
}

/** What a role that serves FortiGates needs for TLS. */
function* servingRules(root: Entry, section: 'collector' | 'edirectory'): Generator<Finding> {
  const own = root[section] as Entry | null | undefined;
  if (typeof own !== 'object' || own === null) return;
  const has = (key: string) => own[key] !== undefined;
  const missing = (key: string, because: string): Finding => ({
    path: [section, key],
    text: `missing, expected ${portsOverTls[key] ?? 'a PEM file'} because ${because}`,
  });
  const ports = Object.keys(portsOverTls).filter(has);
  const files = ['certificate', 'key'].filter(has);
  const given = [...ports, ...files];
  if (given.length === 0) return;
  const because = `${given.join(' and ')} ${given.length === 1 ? 'is' : 'are'} given`;
  for (const key of ['certificate', 'key']) if (!has(key)) yield missing(key, because);
  const http = (own['windows-events'] as Entry | null | undefined)?.['http'] as Entry | null | undefined;
  const ntlm = own['ntlm'] as Entry | null | undefined;
  const hasOthers = http?.['ca'] !== undefined || ntlm?.['gate-link'] !== undefined;
  if (ports.length === 0 && !hasOthers) yield missing('ssl-port', because);
  if (has('agent-ssl-port') !== has('agent-ca'))
    yield has('agent-ca')
      ? missing('agent-ssl-port', 'agent-ca is given')
      : missing('agent-ca', 'agent-ssl-port is given');
}

/** Ports of a collector that need a certificate, and what is expected of them. */
const portsOverTls: Readonly<Record<string, string>> = {
  'ssl-port': 'a port, usually 8001,',
  'agent-ssl-port': 'a port, usually 8003,',
};

function* workstationCheckRules(root: Entry): Generator<Finding> {
  const own = root['collector'] as Entry | null | undefined;
  const interval = own?.['workstation-verify-interval'];
  if (typeof interval !== 'number' || interval === 0) return;
  const method = own?.['workstation-check-method'] ?? 'command';
  const asked = `workstation-verify-interval is ${interval}`;
  const needed: [key: string, expected: string, because: string][] = [
    ['workstation-check-networks', 'the networks whose workstations may be asked', asked],
  ];
  if (method === 'command')
    needed.push(['workstation-check-command', 'the program that asks a workstation', asked]);
  else
    needed.push(
      ['workstation-check-user', 'the account that asks', `workstation-check-method is ${method}`],
      ['workstation-check-password', 'the secret of the account', `workstation-check-method is ${method}`],
    );
  for (const [key, expected, because] of needed)
    if (own?.[key] === undefined)
      yield { path: ['collector', key], text: `missing, expected ${expected} because ${because}` };
}

function* identityRules(root: Entry): Generator<Finding> {
  const identity = root['identity'] as Entry | null | undefined;
  if (typeof identity !== 'object' || identity === null) return;
  const [certificate, key] = [identity['certificate'], identity['key']];
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = certificate === undefined ? 'certificate' : 'key';
    const other = missing === 'key' ? 'certificate' : 'key';
    yield { path: ['identity', missing], text: `missing, expected a PEM file because ${other} is given` };
  }
}

/** What no single key shows: names given twice, too many entries, keys that need each other. Takes unchecked data. */
export function rulesBroken(data: unknown): Finding[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return [];
  const root = data as Entry;
  return [
    ...identityRules(root),
    ...emsRules(root),
    ...fssoRules(root),
    ...servingRules(root, 'collector'),
    ...workstationCheckRules(root),
    ...servingRules(root, 'edirectory'),
    ...repeatedNames('ldap', entries(root['ldap'])),
    ...directoryRules(root),
    ...repeatedNames('fortigate', entries(root['fortigate'])),
    ...repeatedNames('collector-control', entries(root['collector-control'])),
  ];
}
