import { isIP } from 'node:net';
import { type Envelope, namesOf, numberOf, type Row, recordOf, textOf, wordOf } from './envelope.ts';

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

export function usersOf(envelopes: readonly Envelope[]): FortigateUser[] {
  return envelopes.flatMap(({ vdom, rows }) => rows.flatMap((row) => userOf(vdom, row) ?? []));
}

function userOf(vdom: string | null, row: Row): FortigateUser | null {
  const ip = textOf(row['ipaddr'], 45);
  const user = textOf(row['username'], 256);
  if (ip === null || isIP(ip) === 0 || user === null) return null;
  return {
    vdom,
    id: numberOf(row['id']),
    user,
    ip,
    method: textOf(row['method'], 64)?.toLowerCase() ?? null,
    server: textOf(row['server'], 64),
    groups: groupsOf(row['usergroup']),
    durationSeconds: counted(row['duration_secs']),
    expirySeconds: counted(row['expiry_secs']),
    trafficBytes: counted(row['traffic_vol_bytes']),
    policyId: numberOf(row['policyid']),
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

export function fssoEntriesOf(envelopes: readonly Envelope[]): FortigateFssoEntry[] {
  return envelopes.flatMap(({ vdom, rows }) =>
    rows.flatMap((row) => {
      const name = textOf(row['name'], 64) ?? wordOf(row['id']);
      if (name === null) return [];
      return [
        {
          vdom,
          name,
          type: textOf(row['type'], 32) ?? 'fsso',
          status: textOf(row['status'], 64),
          activeServer:
            textOf(row['active_server']) ?? (row['type'] === 'fsso-polling' ? textOf(row['server']) : null),
          ldapServer: textOf(row['ldap_server'], 64),
        },
      ];
    }),
  );
}

export function systemOf(envelopes: readonly Envelope[]): FortigateSystem {
  const row = recordOf(envelopes.flatMap(({ rows }) => rows)[0]);
  const model = [textOf(row['model_name'], 64), textOf(row['model_number'], 64)].filter(
    (each) => each !== null,
  );
  return {
    hostName: textOf(row['hostname'], 64),
    model: model.length > 0 ? model.join(' ') : textOf(row['model'], 64),
  };
}
