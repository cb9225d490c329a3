import { emsProfile } from '../../ems/profile.ts';
import type { LabEndpoint } from './inventory.ts';
import {
  jsonBody,
  type LabReply,
  type LabRequest,
  type LabRoute,
  refusal,
  sessionRefusal,
  success,
} from './routes.ts';
import type { LabEmsState } from './state.ts';

const serialPattern = /^F[A-Z0-9]{15}$/;
const { calls, fields } = emsProfile;

/** May this device be answered? Null when it may; it is listed from now on in any case. */
export function deviceRefusal(state: LabEmsState, serial: string | null): LabReply | null {
  if (serial === null) return sessionRefusal();
  if (!serialPattern.test(serial)) return refusal(400, -1, 'Invalid serial number.');
  return state.devices.seen(serial, state.clock.now()).authorized ? null : sessionRefusal();
}

/** The calls of FortiGates (docs/protocol/ems.md, Endpoints): the identity is the TLS client certificate alone. */
export function deviceRoutes(state: LabEmsState): LabRoute[] {
  const route = (
    { method, path }: { method: string; path: string | RegExp },
    answer: (request: LabRequest, serial: string) => LabReply,
  ): LabRoute => ({
    method,
    path,
    answer: (request) => deviceRefusal(state, request.device) ?? answer(request, request.device ?? ''),
  });
  const table = <Row>(
    list: string,
    rowsSince: (moment: number) => Row[],
    changed: (row: Row) => number,
    write: (row: Row, serial: string) => unknown,
  ) => {
    return ({ query }: LabRequest, serial: string): LabReply => {
      const moment = readMoment(query.get(fields.page.since));
      const rows = rowsSince(moment);
      const page = rows.slice(0, state.pageSize);
      const last = page.at(-1);
      return success({
        [fields.page.updatedAt]: momentText(last === undefined ? moment || state.clock.now() : changed(last)),
        [fields.page.hasMore]: rows.length > page.length,
        [list]: page.map((row) => write(row, serial)),
      });
    };
  };
  const uidTags = (each: LabEndpoint) => ({
    [fields.uidTag.uid]: each.uid,
    [fields.uidTag.tags]: [...each.tags],
  });
  const { inventory } = state;
  return [
    route(calls.serialNumber, () => success(state.serialNumber)),
    route(calls.publicAddress, () =>
      success({ [fields.publicAddress.address]: state.hostName, [fields.publicAddress.port]: 443 }),
    ),
    route(calls.register, (request, serial) => register(state, request, serial)),
    route(calls.ztnaCa, () => success({ [fields.ztnaCa.certificate]: state.ztnaCa })),
    route(calls.gateways, (request, serial) => {
      const list = jsonBody(request)?.[fields.gateway.list];
      if (!Array.isArray(list)) return refusal(400, -1, 'A list of gateways is missing.');
      const device = state.devices.get(serial);
      if (device) device.gateways = list;
      return success(null);
    }),
    route(calls.keepAlive, (request) => {
      const serials = jsonBody(request)?.[fields.keepAlive.serials];
      if (!Array.isArray(serials)) return refusal(400, -1, 'A list of serial numbers is missing.');
      for (const each of serials)
        if (typeof each === 'string' && serialPattern.test(each)) state.devices.seen(each, state.clock.now());
      return success(null);
    }),
    route(
      calls.sysinfo,
      table(
        fields.rows.sysinfo,
        (moment) => (state.sharing.endpoints ? inventory.endpointsSince(moment) : []),
        (each) => each.changed,
        (each, serial) => endpointRow(each, serial, state.ztna),
      ),
    ),
    route(calls.tags, (request, serial) =>
      withCommonTags(state, true, () =>
        table(
          fields.rows.tags,
          (moment) =>
            inventory
              .tagsSince(moment)
              .filter(({ type }) => state.sharing.endpoints && state.sharing.tagTypes.includes(type)),
          (each) => each.changed,
          ({ name, type, members }) => ({
            [fields.tag.name]: name,
            [fields.tag.type]: type,
            [fields.tag.ips]: members.map((each) => each.ip),
            [fields.tag.macs]: members.map((each) => each.mac),
            [fields.tag.uids]: members.map((each) => each.uid),
          }),
        )(request, serial),
      ),
    ),
    route(calls.uidTags, (request, serial) =>
      withCommonTags(state, true, () =>
        table(
          fields.rows.uidTags,
          (moment) => (state.sharing.endpoints ? inventory.endpointTagsSince(moment) : []),
          (each) => each.tagsChanged,
          uidTags,
        )(request, serial),
      ),
    ),
    route(calls.hostTags, (request, serial) =>
      withCommonTags(state, false, () =>
        table(
          fields.rows.hostTags,
          (moment) => (state.sharing.endpoints ? inventory.endpointTagsSince(moment) : []),
          (each) => each.tagsChanged,
          uidTags,
        )(request, serial),
      ),
    ),
    // Whoever is not authorised learns nothing about which paths there are.
    route({ method: '*', path: /^\/api\/v1\// }, () => refusal(404, -1, 'Not found.')),
  ];
}

/** An EMS has either the newer two tables or the older one. */
function withCommonTags(state: LabEmsState, wanted: boolean, answer: () => LabReply): LabReply {
  return state.capabilities.includes(emsProfile.capabilities.commonTags) === wanted
    ? answer()
    : refusal(404, -1, 'Not found.');
}

function register(state: LabEmsState, request: LabRequest, serial: string): LabReply {
  const names = fields.registration;
  const body = jsonBody(request);
  const told = body?.[names.serial];
  // The certificate says who calls; a body that says something else is a mistake.
  if (told !== serial) return refusal(400, -1, 'Serial number does not match the certificate.');
  const device = state.devices.get(serial);
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 100) : '');
  if (device) {
    device.hostname = text(body?.[names.hostname]);
    device.version = text(body?.[names.version]);
  }
  return success({
    [fields.registered.authorized]: true,
    [fields.registered.authUrl]: `https://${state.hostName}/fabric_device_auth/${serial}`,
    [fields.registered.tenantId]: state.tenantId,
    [fields.registered.capabilities]: state.capabilities,
  });
}

function endpointRow(each: LabEndpoint, serial: string, ztna: boolean): unknown {
  const names = fields.endpoint;
  const { route } = fields;
  return {
    [names.uid]: each.uid,
    [names.host]: each.host,
    [names.user]: each.user,
    [names.os]: each.os,
    [names.ip]: each.ip,
    [names.mac]: each.mac,
    [names.macList]: [each.mac],
    [names.clientCertificate]: ztna ? each.clientCertificate : '0'.repeat(40),
    [names.publicIp]: '203.0.113.9',
    [names.online]: each.online,
    [names.registered]: true,
    [names.onNet]: each.onNet,
    [names.quarantined]: each.quarantined,
    [names.version]: each.version,
    [names.gateways]: [
      {
        [route.ip]: each.ip,
        [route.mac]: each.mac,
        [route.vpn]: !each.onNet,
        [route.serial]: serial,
        [route.interface]: each.onNet ? 'port1' : 'ssl.root',
      },
    ],
  };
}

/** As EMS and FortiOS print times: ISO 8601 with milliseconds, without a zone. */
function momentText(moment: number): string {
  return new Date(moment).toISOString().slice(0, -1);
}

function readMoment(text: string | null): number {
  const moment = text === null ? 0 : Date.parse(`${text}Z`);
  return Number.isNaN(moment) ? 0 : moment;
}
