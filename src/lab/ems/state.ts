import type { Clock } from '../../clock.ts';
import { LabDevices } from './devices.ts';
import type { LabInventory } from './inventory.ts';

/** What the lab's EMS is and knows; the routes read and change it. */
export interface LabEmsState {
  readonly clock: Clock;
  /** `FCTEMS` and ten digits. A test changes it to play a reinstallation. */
  serialNumber: string;
  /** Of the software, as its administrators see it. */
  version: string;
  /** 32 hexadecimal digits; zeros are the default site. */
  tenantId: string;
  readonly devices: LabDevices;
  /** What it shares with its Fabric devices, as set under Administration > Fabric Devices > Edit. */
  readonly sharing: { endpoints: boolean; tagTypes: readonly number[] };
  /** Whether it has signed client certificates for its endpoints. */
  ztna: boolean;
  readonly inventory: LabInventory;
  /** FortiOS's names; without `common-tags-api` the tags are told as `host_tags`. */
  capabilities: readonly string[];
  /** PEM of the CA that signs the certificates of endpoints. */
  readonly ztnaCa: string;
  readonly hostName: string;
  /** Rows of one page. */
  pageSize: number;
}

export interface LabEmsFacts {
  clock: Clock;
  serialNumber: string;
  hostName: string;
  ztnaCa: string;
  inventory: LabInventory;
}

export function createState({ clock, ...facts }: LabEmsFacts): LabEmsState {
  return {
    clock,
    ...facts,
    version: '7.4.7',
    tenantId: '0'.repeat(32),
    devices: new LabDevices(),
    sharing: { endpoints: true, tagTypes: [1, 2, 3, 4] },
    ztna: true,
    capabilities: ['fabric-auth', 'silent-approval', 'websocket', 'common-tags-api', 'tenant-id'],
    pageSize: 100,
  };
}
