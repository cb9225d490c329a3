import { isIP } from 'node:net';
import { at, type Envelope, namesOf, numberOf, type Row, recordOf, textOf, wordOf } from './envelope.ts';
import type { FortigateFields } from './profile-fields.ts';

/** One user whom a FortiGate has authenticated. Texts are safe to show; null is not said. */
export interface FortigateUser {
  readonly vdom: string | null;
  /** How the FortiGate names this entry; needed to end it. */
  readonly id: number | null;
  readonly user: string;
  readonly ip: string;
  /** How it knows the user, in lower case: `fsso`, `fsso_citrix`, `ntlm`, `firewall` ... */
  readonly method: string | null;
  /** Of a user by FSSO the name of the `user fsso` entry. */
  readonly server: string | null;
  /** Names of user groups of the FortiGate. */
  readonly groups: readonly string[];
  /** Seconds that the user has been there, and until the entry ends. */
  readonly durationSeconds: number | null;
  readonly expirySeconds: number | null;
  readonly trafficBytes: number | null;
  /** The policy that the user last hit; 0 is none. */
  readonly policyId: number | null;
}

/** One `user fsso` or `user fsso-polling` entry. */
export interface FortigateFssoEntry {
  readonly vdom: string | null;
  readonly name: string;
  /** `fsso` or `fsso-polling`. */
  readonly type: string;
  /** `connected`, `disconnected`, or another word of the FortiGate. */
  readonly status: string | null;
  /** The collector in use; only while it is connected. */
  readonly activeServer: string | null;
  readonly ldapServer: string | null;
}

/** What a FortiGate is. */
export interface FortigateSystem {
  readonly hostName: string | null;
  readonly model: string | null;
}

export function usersOf(envelopes: readonly Envelope[], { user }: FortigateFields): FortigateUser[] {
  return envelopes.flatMap(({ vdom, rows }) => rows.flatMap((row) => userOf(vdom, row, user) ?? []));
}

function userOf(vdom: string | null, row: Row, fields: FortigateFields['user']): FortigateUser | null {
  const ip = textOf(at(row, fields.ip), 45);
  const user = textOf(at(row, fields.name), 256);
  if (ip === null || isIP(ip) === 0 || user === null) return null;
  return {
    vdom,
    id: numberOf(at(row, fields.id)),
    user,
    ip,
    method: textOf(at(row, fields.method), 64)?.toLowerCase() ?? null,
    server: textOf(at(row, fields.server), 64),
    groups: groupsOf(at(row, fields.groups)),
    durationSeconds: counted(at(row, fields.duration)),
    expirySeconds: counted(at(row, fields.expiry)),
    trafficBytes: counted(at(row, fields.traffic)),
    policyId: numberOf(at(row, fields.policy)),
  };
}

/** A list of names, of objects with a name, or one name. */
function groupsOf(value: unknown): string[] {
  return namesOf(typeof value === 'string' ? [value] : value);
}

function counted(value: unknown): number | null {
  const number = numberOf(value);
  return number === null || number < 0 ? null : number;
}

export function fssoEntriesOf(
  envelopes: readonly Envelope[],
  { fsso }: FortigateFields,
): FortigateFssoEntry[] {
  return envelopes.flatMap(({ vdom, rows }) =>
    rows.flatMap((row) => {
      const name = wordOf(at(row, fsso.name));
      if (name === null) return [];
      const type = textOf(at(row, fsso.type), 32) ?? 'fsso';
      return [
        {
          vdom,
          name,
          type,
          status: textOf(at(row, fsso.status), 64),
          activeServer:
            textOf(at(row, fsso.active)) ?? (type === 'fsso-polling' ? textOf(at(row, fsso.server)) : null),
          ldapServer: textOf(at(row, fsso.ldap), 64),
        },
      ];
    }),
  );
}

export function systemOf(envelopes: readonly Envelope[], { system }: FortigateFields): FortigateSystem {
  const row = recordOf(envelopes.flatMap(({ rows }) => rows)[0]);
  const model = [textOf(at(row, system.modelName), 64), textOf(at(row, system.modelNumber), 64)].filter(
    (each) => each !== null,
  );
  return {
    hostName: textOf(at(row, system.hostName), 64),
    model: model.length > 0 ? model.join(' ') : textOf(at(row, system.model), 64),
  };
}
