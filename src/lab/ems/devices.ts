/** A FortiGate as EMS lists it under Administration > Fabric Devices. */
export interface LabDevice {
  readonly serial: string;
  authorized: boolean;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  lastSeen: number;
  /** What it told of itself when it registered; blank until then. */
  hostname: string;
  version: string;
  /** The interfaces that it told, which decide which endpoints are behind it. */
  gateways: readonly unknown[];
}

/** The Fabric devices of the lab's EMS, by serial number. */
export class LabDevices {
  readonly #devices = new Map<string, LabDevice>();

  /** Everything listed, oldest first. */
  all(): LabDevice[] {
    return [...this.#devices.values()];
  }

  get(serial: string): LabDevice | null {
    return this.#devices.get(serial) ?? null;
  }

  /** A device called: it is listed from now on, and waits to be authorised. */
  seen(serial: string, now: number): LabDevice {
    const device = this.#devices.get(serial) ?? {
      serial,
      authorized: false,
      firstSeen: now,
      lastSeen: now,
      hostname: '',
      version: '',
      gateways: [],
    };
    device.lastSeen = now;
    this.#devices.set(serial, device);
    return device;
  }

  /** What the administrator does; a serial number that never called is authorised in advance. */
  authorize(serial: string, authorized: boolean, now: number): void {
    const known = this.#devices.get(serial);
    const device = known ?? this.seen(serial, now);
    device.authorized = authorized;
  }
}
