import type { Clock } from '../../clock.ts';
import { LabDevices } from './devices.ts';

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
}

export function createState(clock: Clock, serialNumber: string): LabEmsState {
  return {
    clock,
    serialNumber,
    version: '7.4.7',
    tenantId: '0'.repeat(32),
    devices: new LabDevices(),
  };
}
