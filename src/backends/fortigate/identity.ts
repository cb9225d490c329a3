import { isIP } from 'node:net';
import { HttpFailure } from '../../ems/http-failure.ts';
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
import type { Rows } from './part.ts';
import { type PolicyReading, readPolicies, readUserGroups } from './policy-calls.ts';
import { fortigateProfile } from './profile.ts';
import type { FortigateFields } from './profile-fields.ts';
import type { FortigateRest, Listing } from './rest.ts';

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
export function deauthRequest(
  { vdom, id, ip, method }: FortigateUser,
  path: string = fortigateProfile.calls.deauthenticate,
): DeauthRequest | null {
  if (id === null || method === null || !methods.has(method)) return null;
  return {
    path,
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
    const { facts, envelopes } = await this.#rest.everyVdom(this.#calls.system, signal);
    const vdoms = envelopes.flatMap(({ vdom }) => vdom ?? []);
    return { ...facts, ...systemOf(envelopes, this.#fields), vdoms };
  }

  /** Its `user fsso` entries in every VDOM. @throws HttpFailure */
  async fssoEntries(signal?: AbortSignal): Promise<FortigateFssoEntry[]> {
    return fssoEntriesOf((await this.#rest.everyVdom(this.#calls.fsso, signal)).envelopes, this.#fields);
  }

  /** Everybody it has authenticated, by FSSO too. @throws HttpFailure */
  async users(signal?: AbortSignal): Promise<Rows<FortigateUser>> {
    return this.#rows(this.#rest.list(this.#calls.users, signal, { include_fsso: 'true' }), usersOf);
  }

  /** Who it has at one address, in every VDOM. @throws HttpFailure */
  async usersAt(ip: string, signal?: AbortSignal): Promise<FortigateUser[]> {
    const query = { include_fsso: 'true', [isIP(ip) === 6 ? 'ipv6' : 'ipv4']: ip };
    const { envelopes } = await this.#rest.everyVdom(this.#calls.users, signal, query);
    // A release that knows no such choice answers all.
    return usersOf(envelopes, this.#fields).filter((user) => user.ip === ip);
  }

  /** Endpoints with FortiClient; newer releases know which EMS they belong to. @throws HttpFailure */
  async endpoints(signal?: AbortSignal): Promise<Rows<FortigateEndpoint>> {
    try {
      return await this.#rows(this.#rest.list(this.#calls.devices, signal), endpointsOfDevices);
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.fault !== 'not-found') throw error;
      return this.#rows(this.#rest.list(this.#calls.records, signal), endpointsOfRecords);
    }
  }

  /**
   * Its policies in their order, with the groups and addresses that they name.
   * @throws HttpFailure where the policies themselves cannot be had
   */
  policies(source: string, signal?: AbortSignal): Promise<PolicyReading> {
    return readPolicies(this.#rest, source, signal);
  }

  /** Its user groups, and the groups of the directory. @throws HttpFailure where neither can be had */
  groups(signal?: AbortSignal): ReturnType<typeof readUserGroups> {
    return readUserGroups(this.#rest, signal);
  }

  /**
   * Removes exactly this user, once the FortiGate still has the same one under the same number.
   * @returns false where it has not: nothing was sent
   * @throws ReadOnlyError before anything is sent; HttpFailure
   */
  async deauthenticate(user: FortigateUser): Promise<boolean> {
    this.#guard.require('deauthenticate-user');
    const request = deauthRequest(user, this.#calls.deauthenticate);
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
    const now = usersOf((await this.#rest.get(this.#calls.users, query)).envelopes, this.#fields);
    return now.some(
      (each) => each.id === id && each.ip === ip && each.user === user && each.method === method,
    );
  }

  /** Lets it read the groups of its collectors again, in one VDOM. @throws ReadOnlyError; HttpFailure */
  async refreshServers(vdom: string | null): Promise<void> {
    this.#guard.require('refresh-fsso');
    await this.#rest.post(this.#calls.refreshFsso, vdom === null ? {} : { vdom }, {});
  }

  get #calls() {
    return this.#rest.profile.calls;
  }

  get #fields(): FortigateFields {
    return this.#rest.profile.fields;
  }

  async #rows<T>(
    listing: Promise<Listing>,
    read: (envelopes: Listing['envelopes'], fields: FortigateFields) => T[],
  ): Promise<Rows<T>> {
    const { envelopes, isCut } = await listing;
    return { rows: read(envelopes, this.#fields), isCut };
  }
}
