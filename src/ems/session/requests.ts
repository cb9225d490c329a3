import type { Device } from '../device.ts';

/** What we tell EMS of ourselves (docs/protocol/ems.md, Session). */
export function registrationBody(device: Device, serial: string): Record<string, unknown> {
  const { fields, model } = device.profile;
  const names = fields.registration;
  return {
    [names.serial]: serial,
    [names.hostname]: device.hostname,
    [names.model]: model,
    [names.version]: device.version,
    [names.ha]: { [names.haEnabled]: false, [names.haMembers]: [] },
    [names.fabric]: { [names.isRoot]: device.isRoot, [names.upstreamSerial]: null },
  };
}

/** Our interfaces, from which EMS tells which endpoints are behind us. */
export function gatewayBody(device: Device): Record<string, unknown> {
  const names = device.profile.fields.gateway;
  const list = device.gateways().map((gateway) => ({
    [names.interface]: gateway.interface,
    [names.vdom]: device.vdom,
    [names.ip]: gateway.ip,
    [names.mac]: gateway.mac,
  }));
  return { [names.list]: list };
}
