import { type EmsProfile, emsProfile } from './profile.ts';

/** One of our own interfaces, from which EMS tells which endpoints are behind us. */
export interface Gateway {
  interface: string;
  ip: string;
  /** Six octets, `:` between; blank where there is none. */
  mac: string;
}

/** What we are to EMS, and what we want of it (docs/protocol/ems.md, Configuration). */
export interface Device {
  profile: EmsProfile;
  hostname: string;
  /** Of this program. */
  version: string;
  vdom: string;
  /** `pull-sysinfo` and `pull-tags`. */
  pullSysinfo: boolean;
  pullTags: boolean;
  /** `websocket-override enable`: no notifications, only polls. */
  websocketOverride: boolean;
  /** `out-of-sync-threshold`, milliseconds. */
  outOfSyncAfter: number;
  /** `serial-number` and `tenant-id`: what EMS has to be; null takes what the accepted one was. */
  expectedSerial: string | null;
  expectedTenant: string | null;
  /** The root of the Fabric, or a device on its own. */
  isRoot: boolean;
  /** Serial numbers of the Fabric members whose entries on EMS we, the root, keep alive. */
  downstream: readonly string[];
  /** Asked before each submission. */
  gateways: () => readonly Gateway[];
}

/** A device without options of its own. */
export const plainDevice: Device = {
  profile: emsProfile,
  hostname: '',
  version: '',
  vdom: 'root',
  pullSysinfo: true,
  pullTags: true,
  websocketOverride: false,
  outOfSyncAfter: 180_000,
  expectedSerial: null,
  expectedTenant: null,
  isRoot: true,
  downstream: [],
  gateways: () => [],
};
