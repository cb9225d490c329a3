import { isIP } from 'node:net';
import type { Clock } from '../../clock.ts';
import { splitGroups } from '../../fsso/wire/groups.ts';
import { type LabAnswer, type LabCall, type LabPanel, pageOf } from './call.ts';
import { LabFssoEntry, type LabFssoOptions, type LabUser } from './fsso-entry.ts';

/** What is configured in one VDOM, as FortiOS writes it, in the order of FortiOS. */
export interface LabObjects {
  readonly policies?: readonly object[];
  readonly addresses?: readonly object[];
  readonly addressGroups?: readonly object[];
  /** Of type `fsso-service`: names and their groups of the directory. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

export interface LabUsersOptions {
  readonly serial: string;
  readonly fsso: readonly LabFssoOptions[];
  /** By VDOM. */
  readonly objects: Readonly<Record<string, LabObjects>>;
  readonly release: string;
  readonly clock: Clock;
}

const ok = (results?: unknown): LabAnswer => ({ status: 200, results: results ?? {} });
const methods = ['fsso', 'rsso', 'ntlm', 'firewall', 'wsso', 'fsso_citrix', 'sso_guest'];
const named = (name: string) => ({ name, q_origin_key: name });

/** The part of the API about users, groups and policies: what it tells of users is what its collectors told it. */
export class LabUsers {
  readonly entries: readonly LabFssoEntry[];
  /** Calls of `refresh-server`. */
  refreshed = 0;
  readonly #options: LabUsersOptions;
  #lastId = 0;

  constructor(options: LabUsersOptions) {
    this.#options = options;
    this.entries = options.fsso.map((entry) => new LabFssoEntry(entry, options.serial, () => ++this.#lastId));
  }

  start(): void {
    for (const entry of this.entries) entry.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.entries.map((entry) => entry.stop()));
  }

  readonly answer: LabPanel = (call) => {
    const found = this.#answer(call);
    return found === null ? null : Promise.resolve(found);
  };

  #answer(call: LabCall): LabAnswer | null {
    const {
      policies = [],
      addresses = [],
      addressGroups = [],
      groups = {},
    } = this.#options.objects[call.vdom] ?? {};
    const here = this.entries.filter(({ vdom }) => vdom === call.vdom);
    const page = (rows: readonly object[]) => ok(this.#options.release === '7.0' ? rows : pageOf(rows, call));
    switch (`${call.method} ${call.path}`) {
      case 'GET /api/v2/monitor/user/fsso':
        return ok(here.map(statusRow));
      case 'GET /api/v2/monitor/user/firewall':
        return page(this.#users(call, here).map((user) => this.#userRow(user, groups)));
      case 'POST /api/v2/monitor/user/firewall/deauth':
        return this.#deauthenticate(call.body, here);
      case 'POST /api/v2/monitor/user/fsso/refresh-server':
        this.refreshed += 1;
        for (const entry of here) entry.refresh();
        return ok();
      case 'GET /api/v2/cmdb/firewall/policy':
        return page(policies);
      case 'GET /api/v2/cmdb/firewall/address':
        return page(addresses);
      case 'GET /api/v2/cmdb/firewall/addrgrp':
        return page(addressGroups);
      case 'GET /api/v2/cmdb/user/group':
        return page(
          Object.entries(groups).map(([name, members]) => ({
            ...named(name),
            'group-type': 'fsso-service',
            member: members.map(named),
          })),
        );
      case 'GET /api/v2/cmdb/user/adgrp':
        return page(
          here.flatMap((entry) =>
            entry.groups.map((name) => ({ ...named(name), 'server-name': entry.name })),
          ),
        );
      default:
        return null;
    }
  }

  #users({ query }: LabCall, here: readonly LabFssoEntry[]): LabUser[] {
    // As FortiOS: users by FSSO are told only to those who ask for them, and here are no others.
    if (query.get('include_fsso') !== 'true') return [];
    const ip = query.get('ipv4') ?? query.get('ipv6');
    return here
      .flatMap((entry) => entry.users)
      .filter(({ logon }) => ip === null || logon.record.ip === ip)
      .sort((one, other) => one.id - other.id);
  }

  #userRow({ id, entry, logon }: LabUser, groups: Readonly<Record<string, readonly string[]>>) {
    const { record, receivedAt } = logon;
    const own = splitGroups(record.groups);
    const fitting = Object.entries(groups).filter(([, members]) =>
      members.some((member) => own.includes(member)),
    );
    return {
      id,
      index: id,
      type: 'auth_logon',
      username: record.user,
      server: entry,
      usergroup: fitting.map(([name]) => ({ name })),
      policyid: 0,
      duration_secs: Math.max(0, Math.floor((this.#options.clock.now() - receivedAt) / 1000)),
      ...(this.#options.release === '7.0' ? {} : { expiry_secs: 0 }),
      auth_type: 0,
      ipaddr: record.ip,
      src_type: isIP(record.ip) === 6 ? 'ipv6' : 'ipv4',
      traffic_vol_bytes: 0,
      method: record.session === 0 ? 'FSSO' : 'FSSO_CITRIX',
    };
  }

  #deauthenticate(body: Record<string, unknown>, here: readonly LabFssoEntry[]): LabAnswer {
    if (body['all'] === true) {
      for (const entry of here) for (const { id } of entry.users) entry.remove(id);
      return ok();
    }
    const { user_type: type, id, ip, ip_version: version, method } = body;
    if (type !== 'firewall' || typeof id !== 'number' || typeof ip !== 'string')
      return { status: 424, error: -1 };
    if (!methods.includes(String(method)) || version !== (isIP(ip) === 6 ? 'ip6' : 'ip4'))
      return { status: 424, error: -1 };
    const entry = here.find(({ users }) =>
      users.some((user) => user.id === id && user.logon.record.ip === ip && methodOf(user) === method),
    );
    return entry?.remove(id) ? ok() : { status: 424, error: -3 };
  }
}

function methodOf({ logon }: LabUser): string {
  return logon.record.session === 0 ? 'fsso' : 'fsso_citrix';
}

function statusRow(entry: LabFssoEntry) {
  const { name, activeServer } = entry;
  return {
    name,
    type: 'fsso',
    ldap_server: '',
    status: activeServer === null ? 'disconnected' : 'connected',
    ...(activeServer === null ? {} : { active_server: activeServer }),
  };
}
