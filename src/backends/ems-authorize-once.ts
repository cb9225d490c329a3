import type { FabricDevice } from '../ems/admin.ts';
import type { Problem } from '../problem.ts';
import { safeJson } from '../safe-json.ts';
import { safeText } from '../safe-text.ts';
import { problemOf } from './ems-admin.ts';
import type { AdminTarget } from './ems-admin-setup.ts';
import { type EmsOnceResult, explain } from './ems-once.ts';

/**
 * Authorises one Fabric device of the EMS of a connector, or lists those that wait (docs/cli.md, ems authorize). Signs out
 * whatever happens.
 */
export async function authorizeOnce(
  { target, admin, session }: AdminTarget,
  serial: string | null,
  json: boolean,
): Promise<EmsOnceResult> {
  const name = safeText(target.name);
  let devices: readonly FabricDevice[] = [];
  let authorized: string | null = null;
  let error: Problem | null = null;
  try {
    if (serial === null) devices = await admin.devices();
    else {
      const device = await admin.authorize(serial);
      devices = [device];
      authorized = device.serial;
    }
  } catch (reason) {
    error = problemOf(reason);
  } finally {
    await session.signOut();
  }
  const rows = devices.map((device) => ({
    serial: device.serial,
    name: device.name,
    authorized: device.authorized,
  }));
  return {
    output: json
      ? safeJson({ name, authorized, devices: rows, error })
      : error === null
        ? asText(name, authorized, devices)
        : '',
    diagnostics: error ? explain(name, error) : [],
    isHealthy: error === null,
  };
}

function asText(name: string, authorized: string | null, devices: readonly FabricDevice[]): string {
  if (authorized !== null) return `${authorized} is authorised on the EMS of ${name}\n`;
  const waiting = devices.filter((device) => device.authorized === false);
  if (waiting.length === 0) return `No Fabric device waits to be authorised on the EMS of ${name}\n`;
  return waiting
    .map((device) => `${device.serial.padEnd(20)}${device.name ?? ''}`.trimEnd().concat('\n'))
    .join('');
}
