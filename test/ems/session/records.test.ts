import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainDevice } from '../../../src/ems/device.ts';
import { emsProfile } from '../../../src/ems/profile.ts';
import { Freshness } from '../../../src/ems/session/freshness.ts';
import { Inventory } from '../../../src/ems/session/inventory.ts';
import {
  readEndpoint,
  readNotification,
  readPage,
  readPublicAddress,
  readRegistered,
  readTag,
  readUidTags,
  readZtnaCa,
} from '../../../src/ems/session/records.ts';
import { notifiedTables, tablesOf } from '../../../src/ems/session/tables.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const { fields } = emsProfile;
const uid = '9A016B5A6E914B42AD4168C066EB04CA';

describe('what comes from EMS', () => {
  test('an endpoint with every field', () => {
    expect(
      readEndpoint(
        {
          uid: uid.toLowerCase(),
          host: 'WIN10-01',
          ip: '10.0.1.2',
          online: true,
          on_net: false,
          gateways: [{ ip: '10.0.1.2', mac: 'm', vpn: true, fgt_sn: 'FGT1', interface: 'port1' }, 'x'],
        },
        fields,
      ),
    ).toMatchObject({
      uid,
      host: 'WIN10-01',
      online: true,
      onNet: false,
      quarantined: null,
      user: '',
      routes: [{ ip: '10.0.1.2', mac: 'm', vpn: true, serial: 'FGT1', interface: 'port1' }],
    });
  });

  test('what EMS takes back is told as such, and what names nothing is left out', () => {
    expect(readEndpoint({ uid, deleted: true }, fields)).toEqual({ deleted: uid });
    expect(readTag({ name: 'High', deleted: true }, fields)).toEqual({ deleted: 'High' });
    expect(readEndpoint({ host: 'x' }, fields)).toBeNull();
    expect(readTag({}, fields)).toBeNull();
    expect(readUidTags({ tags: ['High'] }, fields)).toBeNull();
  });

  test('an unknown type of a tag is unknown, and texts are made safe and cut', () => {
    expect(readTag({ name: 'a\u001b[2J', type: 99 }, fields)).toMatchObject({
      name: 'a\\x1b[2J',
      type: 'unknown',
    });
    expect((readTag({ name: 'x'.repeat(5_000) }, fields) as { name: string }).name).toHaveLength(300);
  });

  test('a registration without a word is authorised, names no capabilities and gives no link', () => {
    expect(readRegistered(null, fields)).toEqual({
      authorized: true,
      authUrl: null,
      tenantId: null,
      capabilities: null,
    });
    expect(readRegistered({ auth_url: 'javascript:alert(1)', authorized: false }, fields)).toMatchObject({
      authUrl: null,
      authorized: false,
    });
  });

  test('whatever JSON it is, it is read or refused and nothing else happens', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readPage(value, 'tags', fields);
        readRegistered(value, fields);
        readPublicAddress(value, fields);
        readZtnaCa(value, fields);
        readNotification(value, emsProfile);
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
          const row = value as Record<string, unknown>;
          readEndpoint({ ...row, uid }, fields);
          readTag({ ...row, name: 'x' }, fields);
          readUidTags({ ...row, uid }, fields);
        }
      }),
    );
  });
});

describe('the inventory', () => {
  const endpoint = (name: string, host = '') => {
    const read = readEndpoint({ uid: name, host }, fields);
    if (read === null || 'deleted' in read) throw new Error('no endpoint');
    return read;
  };

  test('tells each change once, the last one', () => {
    const inventory = new Inventory(10, 20);
    inventory.putEndpoint(endpoint('A', 'one'));
    inventory.putEndpoint(endpoint('A', 'two'));
    inventory.putUidTags({ uid: 'A', tags: ['High'] });
    inventory.putEndpoint(endpoint('B'));
    inventory.removeEndpoint('B');
    const { endpoints } = inventory.take();
    expect(endpoints.put).toMatchObject([{ uid: 'A', host: 'two', tags: ['High'] }]);
    expect(endpoints.removed).toEqual(['B']);
    expect(inventory.take().endpoints).toEqual({ put: [], removed: [] });
  });

  test('keeps no more than it may', () => {
    const inventory = new Inventory(2, 4);
    expect(inventory.putEndpoint(endpoint('A'))).toBe(true);
    expect(inventory.putEndpoint(endpoint('B'))).toBe(true);
    expect(inventory.putEndpoint(endpoint('C'))).toBe(false);
    expect(inventory.putEndpoint(endpoint('A', 'again'))).toBe(true);
    expect(inventory.endpointCount).toBe(2);
  });

  test('makes tags of what endpoints carry, and forgets those that nobody carries any more', () => {
    const inventory = new Inventory(10, 20);
    inventory.putEndpoint({ ...endpoint('A'), ip: '10.0.0.1' });
    inventory.putUidTags({ uid: 'A', tags: ['High', 'Low'] });
    inventory.deriveTags();
    expect(inventory.take().tags.put.map(({ name, ips }) => [name, ips])).toEqual([
      ['High', ['10.0.0.1']],
      ['Low', ['10.0.0.1']],
    ]);
    inventory.putUidTags({ uid: 'A', tags: ['High'] });
    inventory.deriveTags();
    expect(inventory.take().tags.removed).toEqual(['Low']);
  });
});

describe('tables', () => {
  test('which ones are fetched is a matter of options and capabilities', () => {
    expect(tablesOf(plainDevice, null)).toEqual(['sysinfo', 'tags', 'uidTags']);
    expect(tablesOf(plainDevice, [])).toEqual(['sysinfo', 'hostTags']);
    expect(tablesOf({ ...plainDevice, pullSysinfo: false }, ['common-tags-api'])).toEqual([
      'tags',
      'uidTags',
    ]);
    expect(tablesOf({ ...plainDevice, pullTags: false }, [])).toEqual(['sysinfo']);
  });

  test('host tags of a notification are whatever the tags come as', () => {
    const all = tablesOf(plainDevice, null);
    expect(notifiedTables(['host_tags'], all, emsProfile)).toEqual(['tags', 'uidTags']);
    expect(notifiedTables(['uid_tags', 'avatars'], all, emsProfile)).toEqual(['uidTags']);
  });
});

describe('freshness', () => {
  test('data are out of sync when the oldest table is older than the threshold, and no longer once it came', () => {
    const clock = new ManualClock();
    let changes = 0;
    const freshness = new Freshness(clock, 180_000, () => {
      changes += 1;
    });
    const begun = clock.now();
    freshness.watch(['sysinfo', 'tags']);
    clock.advance(100_000);
    freshness.renew('tags');
    clock.advance(79_999);
    expect(freshness.since).toBeNull();
    clock.advance(1);
    expect(freshness.since).toBe(begun + 180_000);
    expect(changes).toBe(1);
    freshness.renew('sysinfo');
    expect(freshness.since).toBeNull();
    expect(changes).toBe(2);
    // A table that is no longer fetched cannot grow old.
    freshness.watch([]);
    clock.advance(3_600_000);
    expect(freshness.since).toBeNull();
    freshness.stop();
    expect(clock.waiting).toBe(0);
  });
});
