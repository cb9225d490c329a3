import { isIP } from 'node:net';
import { HttpFailure } from '../../ems/http-failure.ts';
import type { PolicySet } from '../../fsso/policy-model.ts';
import type { WriteGuard } from '../../verbs.ts';
import { endpointsOfDevices, endpointsOfRecords, type FortigateEndpoint } from './endpoint-reading.ts';
import type { FortigateFacts } from './envelope.ts';
import {
  type FortigateFssoEntry,
  type FortigateSystem,
  type FortigateUser,
  fssoEntriesOf,
  systemOf,
  usersOf,
} from './identity-reading.ts';
import { addressesOf, directoryGroupsOf, policiesOf, userGroupsOf } from './policy-reading.ts';
import { fortigateProfile } from './profile.ts';
import { type FortigateRest, isPartial, type Listing } from './rest.ts';

/** Rows of one kind, and whether there were more of them than are told. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly isCut: boolean;
}

/** A user's removal as it would be sent: what a person sees before it is. */
export interface DeauthRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string | number>>;
}

/** Methods that a FortiGate takes when a user is to be removed [client]. */
const methods: ReadonlySet<string> = new Set([
  'fsso',
  'rsso',
  'ntlm',
  'firewall',
  'wsso',
  'fsso_citrix',
  'sso_guest',
]);

/**
 * What a removal of exactly this user would send; null where the FortiGate does not say enough to single the user out.
 */
export function deauthRequest({ vdom, id, ip, method }: FortigateUser): DeauthRequest | null {
  if (id === null || method === null || !methods.has(method)) return null;
  return {
    path: fortigateProfile.deauthenticate,
    query: vdom === null ? {} : { vdom },
    body: { user_type: 'firewall', id, ip, ip_version: isIP(ip) === 6 ? 'ip6' : 'ip4', method },
  };
}

/** The request as a person may compare it, without the token. */
export function requestText({ path, query, body }: DeauthRequest): string {
  const parameters = new URLSearchParams(query).toString();
  return `POST ${path}${parameters === '' ? '' : `?${parameters}`} ${JSON.stringify(body)}`;
}

/** Who is logged on as one FortiGate has it, and what it does with users (docs/protocol/fsso.md, REST). */
export class FortigateIdentity {
  readonly #rest: FortigateRest;
  readonly #guard: WriteGuard;

  constructor(rest: FortigateRest, guard: WriteGuard) {
    this.#rest = rest;
    this.#guard = guard;
  }

  /** What it is, and which VDOMs the token sees. @throws HttpFailure */
  async system(
    signal?: AbortSignal,
  ): Promise<FortigateFacts & FortigateSystem & { vdoms: readonly string[] }> {
    const { facts, envelopes } = await this.#rest.everyVdom(fortigateProfile.system, signal);
    const vdoms = envelopes.flatMap(({ vdom }) => vdom ?? []);
    return { ...facts, ...systemOf(envelopes), vdoms };
  }

  /** Its `user fsso` entries in every VDOM. @throws HttpFailure */
  async fssoEntries(signal?: AbortSignal): Promise<FortigateFssoEntry[]> {
    return fssoEntriesOf((await this.#rest.everyVdom(fortigateProfile.fsso, signal)).envelopes);
  }

  /** Everybody it has authenticated, by FSSO too. @throws HttpFailure */
  async users(signal?: AbortSignal): Promise<Rows<FortigateUser>> {
    return rowsOf(await this.#rest.list(fortigateProfile.users, signal, { include_fsso: 'true' }), usersOf);
  }

  /** Endpoints with FortiClient; newer releases know which EMS they belong to. @throws HttpFailure */
  async endpoints(signal?: AbortSignal): Promise<Rows<FortigateEndpoint>> {
    try {
      return rowsOf(await this.#rest.list(fortigateProfile.devices, signal), endpointsOfDevices);
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.fault !== 'not-found') throw error;
      return rowsOf(await this.#rest.list(fortigateProfile.records, signal), endpointsOfRecords);
    }
  }

  /**
   * Its policies in their order, with the groups and addresses that they name. Of these objects may be missing what the token
   * may not see; `missing` says so.
   * @throws HttpFailure where the policies themselves cannot be had
   */
  async policies(source: string, signal?: AbortSignal): Promise<PolicySet> {
    const missing: string[] = [];
    const take = async <T>(
      what: string,
      path: string,
      read: (envelopes: Listing['envelopes']) => T[],
    ): Promise<readonly T[]> => {
      try {
        const { rows, isCut } = rowsOf(await this.#rest.list(path, signal), read);
        if (isCut) missing.push(`${what}: there are more than were told`);
        return rows;
      } catch (error) {
        if (!(error instanceof HttpFailure) || !isPartial(error)) throw error;
        missing.push(`${what}: ${error.message}`);
        return [];
      }
    };
    const policies = rowsOf(await this.#rest.list(fortigateProfile.policies, signal), policiesOf);
    if (policies.isCut) missing.push('policies: there are more than were told');
    const groups = await take('user groups', fortigateProfile.userGroups, userGroupsOf);
    const directoryGroups = await take(
      'groups of the directory',
      fortigateProfile.directoryGroups,
      directoryGroupsOf,
    );
    const addresses = await take('addresses', fortigateProfile.addresses, addressesOf);
    const addressGroups = await take('address groups', fortigateProfile.addressGroups, addressesOf);
    return {
      source,
      policies: policies.rows,
      groups,
      directoryGroups,
      addresses: [...addresses, ...addressGroups],
      missing,
    };
  }

  /**
   * Removes exactly this user, once the FortiGate still has the same one under the same number.
   * @returns false where it has not: nothing was sent
   * @throws ReadOnlyError before anything is sent; HttpFailure
   */
  async deauthenticate(user: FortigateUser): Promise<boolean> {
    this.#guard.require('deauthenticate-user');
    const request = deauthRequest(user);
    if (request === null || !(await this.isThere(user))) return false;
    await this.#rest.post(request.path, request.query, request.body);
    return true;
  }

  /** Whether the FortiGate has this user under this number now. @throws HttpFailure */
  async isThere({ vdom, id, ip, user, method }: FortigateUser): Promise<boolean> {
    const query = {
      include_fsso: 'true',
      [isIP(ip) === 6 ? 'ipv6' : 'ipv4']: ip,
      ...(vdom === null ? {} : { vdom }),
    };
    const now = usersOf((await this.#rest.get(fortigateProfile.users, query)).envelopes);
    return now.some(
      (each) => each.id === id && each.ip === ip && each.user === user && each.method === method,
    );
  }

  /** Lets it read the groups of its collectors again, in one VDOM. @throws ReadOnlyError; HttpFailure */
  async refreshServers(vdom: string | null): Promise<void> {
    this.#guard.require('refresh-fsso');
    await this.#rest.post(fortigateProfile.refreshFsso, vdom === null ? {} : { vdom }, {});
  }
}

function rowsOf<T>({ envelopes, isCut }: Listing, read: (envelopes: Listing['envelopes']) => T[]): Rows<T> {
  return { rows: read(envelopes), isCut };
}
