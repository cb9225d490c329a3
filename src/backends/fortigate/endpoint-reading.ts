import { type Envelope, flagOf, namesOf, numberOf, type Row, textOf, wordOf } from './envelope.ts';

/** One endpoint with FortiClient as a FortiGate knows it. Texts are safe to show; null is not said. */
export interface FortigateEndpoint {
  readonly vdom: string | null;
  /** `forticlient_id`, the UID that EMS uses too. */
  readonly uid: string | null;
  readonly host: string | null;
  readonly user: string | null;
  readonly ip: string | null;
  readonly mac: string | null;
  readonly os: string | null;
  readonly version: string | null;
  /** Serial number of the EMS that it is registered to, and the tenant there. */
  readonly emsSerial: string | null;
  readonly tenantId: string | null;
  readonly tags: readonly string[];
  readonly online: boolean | null;
  readonly onNet: boolean | null;
  readonly registered: boolean | null;
  readonly quarantined: boolean | null;
  readonly outOfSync: boolean | null;
  readonly interface: string | null;
  /** Milliseconds since the epoch. */
  readonly seenAt: number | null;
}

/** Of `user/device/query`: devices without FortiClient are none of ours. */
export function endpointsOfDevices(envelopes: readonly Envelope[]): FortigateEndpoint[] {
  return all(envelopes, (vdom, row) => {
    const uid = textOf(row['forticlient_id'], 64);
    if (uid === null && row['is_forticlient_endpoint'] !== true && textOf(row['ems_sn'], 64) === null)
      return null;
    const seen = numberOf(row['last_seen']);
    const system = [row['os_name'], row['os_version']]
      .map((each) => textOf(each, 128))
      .filter((each) => each !== null);
    return {
      vdom: textOf(row['vdom'], 31) ?? vdom,
      uid,
      host: textOf(row['hostname']),
      user: textOf(row['forticlient_username'], 256),
      ip: textOf(row['ipv4_address'], 45),
      mac: textOf(row['mac'], 32),
      os: system.length > 0 ? system.join(' ') : null,
      version: textOf(row['forticlient_version'], 64),
      emsSerial: textOf(row['ems_sn'], 64),
      tenantId: textOf(row['ems_tenant_id'], 64),
      tags: tagsOf(row['tags']),
      online: flagOf(row['is_online']),
      onNet: flagOf(row['on_net']),
      registered: flagOf(row['is_ems_registered']),
      quarantined: flagOf(row['quarantined_on_forticlient']),
      outOfSync: flagOf(row['out_of_sync']),
      interface:
        textOf(row['forticlient_gateway_interface'], 64) ?? textOf(row['gateway_interface_name'], 64),
      seenAt: seen === null ? null : seen * 1000,
    };
  });
}

/** Of `endpoint-control/record-list`, which older releases have. */
export function endpointsOfRecords(envelopes: readonly Envelope[]): FortigateEndpoint[] {
  return all(envelopes, (vdom, row) => ({
    vdom,
    uid: textOf(row['uid'], 64),
    host: textOf(row['host']),
    user: textOf(row['user'], 256),
    ip: textOf(row['addr'], 45),
    mac: textOf(row['mac'], 32),
    os: textOf(row['os'], 128),
    version: textOf(row['forticlient_version'], 64),
    emsSerial: null,
    tenantId: null,
    tags: [],
    online: bitOf(row['online']),
    onNet: bitOf(row['on_net']),
    registered: null,
    quarantined: flagOf(row['quarantined']),
    outOfSync: null,
    interface: textOf(row['interface'], 64),
    seenAt: null,
  }));
}

function all(
  envelopes: readonly Envelope[],
  read: (vdom: string | null, row: Row) => FortigateEndpoint | null,
): FortigateEndpoint[] {
  return envelopes.flatMap(({ vdom, rows }) =>
    rows.flatMap((row) => {
      const endpoint = read(vdom, row);
      // Without any of these nobody could find it again.
      return endpoint === null || (endpoint.uid ?? endpoint.mac ?? endpoint.ip) === null ? [] : [endpoint];
    }),
  );
}

/** Names, or objects with a name. */
function tagsOf(value: unknown): string[] {
  return namesOf(value, 255);
}

/** 0 and 1 where other calls say no and yes. */
function bitOf(value: unknown): boolean | null {
  return wordOf(value) === '1' ? true : wordOf(value) === '0' ? false : flagOf(value);
}
