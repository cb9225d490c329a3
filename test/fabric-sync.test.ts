import { expect, test } from 'vitest';
import { emsOptions } from '../src/config/ems-options.ts';
import { configSchema } from '../src/config/schema.ts';
import { sharedOptions } from '../src/ems/fabric/settings.ts';
import { editRefusal, emsOptionScope, isShared } from '../src/fabric-sync.ts';

const synced = { root: 'FGVM010000000001', revision: 7 };

test('each option of an EMS entry is shared or local, and there is no other', () => {
  const keys = Object.keys(configSchema.shape.ems.unwrap().element.shape);
  expect(Object.keys(emsOptionScope).sort()).toEqual(keys.sort());
});

test('no secret is shared, not even when the table said so', () => {
  for (const [name, { form }] of Object.entries(emsOptions))
    if (form.kind === 'secret') expect([name, isShared(name)]).toEqual([name, false]);
  expect(sharedOptions({ server: { env: 'SECRET' }, 'tenant-id': 'x', admin: 'y', unknown: 'z' })).toEqual({
    'tenant-id': 'x',
  });
});

test('shared options of a synchronised entry cannot be edited, with the message of FortiOS', () => {
  const message = "Modification not allowed unless 'configuration-sync' is set to 'local'";
  expect(editRefusal({ synced }, 'server')).toMatchObject({ message, stage: 'configuration' });
  expect(editRefusal({ synced })).toMatchObject({ message });
  expect(editRefusal({ synced }, 'name')).toMatchObject({ message });
  expect(editRefusal({ synced })?.cause).toContain('synced from FGVM010000000001 rev 7');
  for (const local of ['source-ip', 'interface', 'interface-select-method', 'admin'])
    expect(editRefusal({ synced }, local)).toBeNull();
  for (const own of [{}, { synced: null }]) expect(editRefusal(own, 'server')).toBeNull();
});
