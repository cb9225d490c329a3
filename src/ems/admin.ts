import { safeText } from '../safe-text.ts';
import type { WriteGuard } from '../verbs.ts';
import type { AdminSession } from './admin-session.ts';
import { HttpFailure, type HttpFault } from './http-failure.ts';
import { type EmsProfile, emsProfile } from './profile.ts';

/** A FortiGate as EMS lists it under Administration > Fabric Devices. Texts are safe to show. */
export interface FabricDevice {
  /** EMS's own number of it; null where it gives none. */
  readonly id: string | null;
  readonly serial: string;
  readonly name: string | null;
  /** Null where EMS does not say. */
  readonly authorized: boolean | null;
}

/** The licence of an EMS. Times are milliseconds since the epoch. */
export interface EmsLicense {
  readonly isTrial: boolean;
  /** When the first of the licences that are known ends; null where none says. */
  readonly expiresAt: number | null;
  /** What EMS finds wrong with it, in its own words. */
  readonly error: string | null;
  readonly licenses: readonly { readonly type: string; readonly expiresAt: number | null }[];
}

export interface EndpointCounts {
  readonly total: number | null;
  readonly online: number | null;
}

/** What the administrator's side of an EMS says at one moment; what it could not say is null, and told in `failures`. */
export interface EmsOverview {
  readonly serialNumber: string;
  readonly version: string | null;
  readonly license: EmsLicense | null;
  readonly devices: readonly FabricDevice[];
  readonly endpoints: EndpointCounts | null;
  /** Parts that this administrator or this release of EMS does not give. */
  readonly failures: readonly HttpFailure[];
}

/** Faults of one call that leave the others their chance; after any other there is no point in going on. */
const partial: ReadonlySet<HttpFault> = new Set([
  'forbidden',
  'not-found',
  'refused',
  'server-error',
  'unreadable',
]);

/** The calls of the administrator's API that fabrictop makes (docs/protocol/ems.md, Administrator's API). */
export class EmsAdmin {
  readonly #session: AdminSession;
  readonly #guard: WriteGuard;
  readonly #server: { peer: string; server: string };
  readonly #profile: EmsProfile['admin'];

  constructor(
    session: AdminSession,
    guard: WriteGuard,
    server: { peer: string; server: string },
    profile: EmsProfile['admin'] = emsProfile.admin,
  ) {
    this.#session = session;
    this.#guard = guard;
    this.#server = server;
    this.#profile = profile;
  }

  /** Everything at once. @throws HttpFailure when EMS cannot be asked at all */
  async overview(signal?: AbortSignal): Promise<EmsOverview> {
    const failures: HttpFailure[] = [];
    const attempt = async <T>(ask: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof HttpFailure) || !partial.has(error.fault)) throw error;
        failures.push(error);
        return otherwise;
      }
    };
    return {
      serialNumber: await this.serialNumber(signal),
      version: await attempt(() => this.version(signal), null),
      license: await attempt(() => this.license(signal), null),
      devices: await attempt<readonly FabricDevice[]>(() => this.devices(signal), []),
      endpoints: await attempt(() => this.endpoints(signal), null),
      failures,
    };
  }

  async serialNumber(signal?: AbortSignal): Promise<string> {
    const data = await this.#get(this.#profile.serialNumber, signal);
    const serial = textOf(data, 64);
    if (serial === null) throw this.#unreadable('its serial number');
    return serial;
  }

  async version(signal?: AbortSignal): Promise<string | null> {
    const data = await this.#get(this.#profile.constants, signal);
    return textOf(recordOf(recordOf(data)['System'])['VERSION'], 64);
  }

  async license(signal?: AbortSignal): Promise<EmsLicense> {
    const data = recordOf(await this.#get(this.#profile.license, signal));
    const licenses = listOf(data['licenses']).map((each) => {
      const row = recordOf(each);
      return { type: textOf(row['type'], 64) ?? '', expiresAt: timeOf(row['expiry_date']) };
    });
    const ends = licenses.map(({ expiresAt }) => expiresAt).filter((time) => time !== null);
    return {
      isTrial: data['is_trial'] === true,
      expiresAt: ends.length === 0 ? null : Math.min(...ends),
      error: textOf(data['error'], 200),
      licenses,
    };
  }

  /** In the order that EMS gives. */
  async devices(signal?: AbortSignal): Promise<FabricDevice[]> {
    const data = await this.#get(this.#profile.devices, signal);
    if (!Array.isArray(data)) throw this.#unreadable('its Fabric devices');
    return data.slice(0, this.#profile.mostDevices).flatMap((each): FabricDevice[] => {
      const row = recordOf(each);
      const serial = textOf(row['cn'], 64);
      if (serial === null) return [];
      const { authorized } = row;
      return [
        {
          id: idOf(row['id']),
          serial,
          name: textOf(row['alias'], 64) ?? textOf(row['hostname'], 64),
          authorized: typeof authorized === 'boolean' ? authorized : null,
        },
      ];
    });
  }

  async endpoints(signal?: AbortSignal): Promise<EndpointCounts> {
    const data = recordOf(await this.#get(this.#profile.endpoints, signal));
    const shares = listOf(await this.#get(this.#profile.endpointConnections, signal)).map(recordOf);
    const online = shares.filter(({ token }) => this.#profile.onlineTokens.includes(String(token)));
    return {
      total: countOf(data['total']),
      online: online.length === 0 ? null : online.reduce((sum, { value }) => sum + (countOf(value) ?? 0), 0),
    };
  }

  /**
   * Authorises a listed Fabric device: by its number, and only where EMS no longer has that call in bulk by its serial
   * number, so that an EMS that understands a filter differently changes one device and no other.
   * @returns the device as EMS lists it afterwards
   * @throws ReadOnlyError before anything is sent; HttpFailure, also when EMS lists it as not authorised afterwards
   */
  async authorize(serial: string, signal?: AbortSignal): Promise<FabricDevice> {
    this.#guard.require('authorize-device');
    const device = (await this.devices(signal)).find((each) => each.serial === serial);
    if (!device) throw this.#refused(`it lists no Fabric device ${safeText(serial)}`);
    if (device.authorized !== true) await this.#setAuthorized(device, signal);
    const after = (await this.devices(signal)).find((each) => each.serial === serial);
    if (after?.authorized === true) return after;
    throw this.#refused(`it took the call, but lists ${safeText(serial)} as not authorised`);
  }

  async #setAuthorized({ id, serial }: FabricDevice, signal?: AbortSignal): Promise<void> {
    if (id !== null) {
      try {
        await this.#patch(
          this.#profile.deviceById.replace('{id}', encodeURIComponent(id)),
          { authorized: true },
          signal,
        );
        return;
      } catch (error) {
        if (!(error instanceof HttpFailure) || error.fault !== 'not-found') throw error;
      }
    }
    const filters = { management_mode: 'standalone', cns: [serial] };
    await this.#patch(this.#profile.devicesInBulk, { filters, properties: { authorized: true } }, signal);
  }

  #get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#session.call({ method: 'GET', path }, signal);
  }

  async #patch(path: string, body: unknown, signal?: AbortSignal): Promise<void> {
    await this.#session.call({ method: 'PATCH', path, body }, signal);
  }

  #unreadable(what: string): HttpFailure {
    return new HttpFailure('unreadable', { ...this.#server, detail: `${what} cannot be read` });
  }

  #refused(detail: string): HttpFailure {
    return new HttpFailure('refused', { ...this.#server, detail });
  }
}

type Row = Record<string, unknown>;

function recordOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown, longest: number): string | null {
  return typeof value === 'string' && value !== '' ? safeText(value.slice(0, longest)) : null;
}

function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** `YYYY-MM-DD`, with a time or without, taken as UTC; or seconds since the epoch. */
function timeOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? value * 1000 : null;
  if (typeof value !== 'string') return null;
  const found = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}))?/.exec(value);
  if (!found?.[1]) return null;
  const time = Date.parse(`${found[1]}T${found[2] ?? '00:00:00'}Z`);
  return Number.isNaN(time) ? null : time;
}
