import { emsProfile } from '../../ems/profile.ts';
import { type LabReply, type LabRequest, type LabRoute, refusal, sessionRefusal, success } from './routes.ts';
import type { LabEmsState } from './state.ts';

const serialPattern = /^F[A-Z0-9]{15}$/;

/** The calls of FortiGates (docs/protocol/ems.md, Endpoints): the identity is the TLS client certificate alone. */
export function deviceRoutes(state: LabEmsState): LabRoute[] {
  const forDevices =
    (answer: (request: LabRequest, serial: string) => LabReply) =>
    (request: LabRequest): LabReply => {
      const serial = request.device;
      if (serial === null) return sessionRefusal();
      if (!serialPattern.test(serial)) return refusal(400, -1, 'Invalid serial number.');
      const device = state.devices.seen(serial, state.clock.now());
      return device.authorized ? answer(request, serial) : sessionRefusal();
    };
  return [
    {
      method: 'GET',
      path: emsProfile.calls.serialNumber.path,
      answer: forDevices(() => success(state.serialNumber)),
    },
    // Whoever is not authorised learns nothing about which paths there are.
    { method: '*', path: /^\/api\/v1\//, answer: forDevices(() => refusal(404, -1, 'Not found.')) },
  ];
}
