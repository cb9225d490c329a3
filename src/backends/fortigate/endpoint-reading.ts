import { at, type Envelope, flagOf, namesOf, numberOf, type Row, textOf, wordOf } from './envelope.ts';
import type { FortigateFields } from './profile-fields.ts';

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
export function endpointsOfDevices(
  envelopes: readonly Envelope[],
  { device }: FortigateFields,
): FortigateEndpoint[] {
  return all(envelopes, (vdom, row) => {
    const uid = textOf(at(row, device.uid), 64);
    if (uid === null && at(row, device.isEndpoint) !== true && textOf(at(row, device.emsSerial), 64) === null)
      return null;
    const seen = numberOf(at(row, device.seen));
    const system = [at(row, device.osName), at(row, device.osVersion)]
      .map((each) => textOf(each, 128))
      .filter((each) => each !== null);
    return {
      vdom: textOf(at(row, device.vdom), 31) ?? vdom,
      uid,
      host: textOf(at(row, device.host)),
      user: textOf(at(row, device.user), 256),
      ip: textOf(at(row, device.ip), 45),
      mac: textOf(at(row, device.mac), 32),
      os: system.length > 0 ? system.join(' ') : null,
      version: textOf(at(row, device.version), 64),
      emsSerial: textOf(at(row, device.emsSerial), 64),
      tenantId: textOf(at(row, device.tenant), 64),
      tags: tagsOf(at(row, device.tags)),
      online: flagOf(at(row, device.online)),
      onNet: flagOf(at(row, device.onNet)),
      registered: flagOf(at(row, device.registered)),
      quarantined: flagOf(at(row, device.quarantined)),
      outOfSync: flagOf(at(row, device.outOfSync)),
      interface: textOf(at(row, device.interface), 64),
      seenAt: seen === null ? null : seen * 1000,
    };
  });
}

/** Of `endpoint-control/record-list`, which older releases have. */
export function endpointsOfRecords(
  envelopes: readonly Envelope[],
  { record }: FortigateFields,
): FortigateEndpoint[] {
  return all(envelopes, (vdom, row) => ({
    vdom,
    uid: textOf(at(row, record.uid), 64),
    host: textOf(at(row, record.host)),
    user: textOf(at(row, record.user), 256),
    ip: textOf(at(row, record.ip), 45),
    mac: textOf(at(row, record.mac), 32),
    os: textOf(at(row, record.os), 128),
    version: textOf(at(row, record.version), 64),
    emsSerial: null,
    tenantId: null,
    tags: [],
    online: bitOf(at(row, record.online)),
    onNet: bitOf(at(row, record.onNet)),
    registered: null,
    quarantined: flagOf(at(row, record.quarantined)),
    outOfSync: null,
    interface: textOf(at(row, record.interface), 64),
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
