import { emsProfile } from '../../ems/profile.ts';
import type { LabAdmin } from './admin.ts';
import type { LabDevice } from './devices.ts';
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

const {
  admin: adminProfile,
  cloud: { api: cloudProfile },
} = emsProfile;
const { base } = adminProfile;
const dayMs = 86_400_000;
/** What an EMS answers that finds no path, once it knows who asks. */
const unknownPath = () => refusal(404, -1, 'Not found.');

/**
 * The administrator's API of the lab's EMS (docs/protocol/ems.md, Administrator's API): sign-in with cookies, the token
 * against forged requests, and the calls that fabrictop and other clients make. What it does not serve is left to the
 * devices' table.
 */
export function adminRoutes(state: LabEmsState, admin: LabAdmin): LabRoute[] {
  const calls = adminCalls(state, admin);
  return [
    { method: 'POST', path: `${base}${adminProfile.signIn}`, answer: (request) => signIn(request, admin) },
    {
      method: '*',
      path: new RegExp(`^${base}/`),
      answer(request) {
        const id = cookies(request).get('sessionid');
        // A FortiGate has no cookies; what it may call is in its own table.
        if (id === undefined) return null;
        const session = admin.session(id);
        if (!session) return sessionRefusal();
        const forged = request.method === 'GET' ? null : forgery(request, session.csrfToken);
        if (forged) return forged;
        const path = request.path.slice(base.length);
        if (path === adminProfile.signOut) {
          admin.signOut(id);
          return success(null);
        }
        return calls(request.method, path, request);
      },
    },
    ...cloudRoutes(admin, calls),
  ];
}

/** The public API of EMS Cloud: the same calls below a prefix, the session in a header. */
function cloudRoutes(admin: LabAdmin, calls: AdminCalls): LabRoute[] {
  if (!admin.options.cloud) return [];
  const prefix = `${cloudProfile.prefix}${base}`;
  return [
    {
      method: 'POST',
      path: cloudProfile.signIn,
      answer(request) {
        const body = jsonBody(request) ?? {};
        const session = admin.signInToCloud(body['account_email'], body['access_key']);
        if (session === null)
          return { status: 403, body: { result: 'failed', message: 'Invalid access key.' } };
        return { status: 200, body: { result: 'login', session_id: session } };
      },
    },
    {
      method: 'POST',
      path: cloudProfile.signOut,
      answer(request) {
        admin.signOut(request.headers.authorization);
        return { status: 200, body: { result: 'logout' } };
      },
    },
    {
      method: '*',
      path: new RegExp(`^${prefix}/`),
      answer: (request) =>
        admin.session(request.headers.authorization)
          ? calls(request.method, request.path.slice(prefix.length), request)
          : sessionRefusal(),
    },
  ];
}

function signIn(request: LabRequest, admin: LabAdmin): LabReply {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const { name, password, site } = jsonBody(request) ?? Object.fromEntries(form);
  const session = admin.signIn(name, password, site);
  if (!session) return refusal(401, -1, 'Invalid username or password.');
  return {
    status: 200,
    headers: {
      'set-cookie': [
        `csrftoken=${session.csrfToken}; Path=/; Secure; SameSite=Lax`,
        `sessionid=${session.id}; HttpOnly; Path=/; Secure; SameSite=Lax`,
      ],
    },
    body: { result: { retval: 1, message: 'Login successful.' } },
  };
}

function cookies(request: LabRequest): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  return new Map(pairs.flatMap(([name, value]) => (name && value !== undefined ? [[name, value]] : [])));
}

/** Both the token and the page that a request claims to come from have to be right. */
function forgery(request: LabRequest, csrfToken: string): LabReply | null {
  const failed = (reason: string): LabReply => ({ status: 403, body: { detail: `CSRF Failed: ${reason}` } });
  const referer = request.headers.referer ?? '';
  if (referer === '') return failed('Referer checking failed - no Referer.');
  if (!URL.canParse(referer) || new URL(referer).host !== request.headers.host)
    return failed('Referer checking failed - Referer does not match.');
  return request.headers['x-csrftoken'] === csrfToken ? null : failed('CSRF token missing or incorrect.');
}

type AdminCalls = (method: string, path: string, request: LabRequest) => LabReply;

function adminCalls(state: LabEmsState, admin: LabAdmin): AdminCalls {
  const { licenseDays = 211, authorizes = 'by-id' } = admin.options;
  const endpoints = () => {
    const all = state.inventory.endpoints;
    return (
      admin.options.endpoints ?? { total: all.length, online: all.filter(({ online }) => online).length }
    );
  };
  const list = () => state.devices.all().map((device, index) => deviceRow(device, index + 1));
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const license = {
    sn: state.serialNumber,
    hid: `${state.serialNumber}-LAB`,
    seats: { fct_epp: 500 },
    future_seats: {},
    licenses: [
      {
        type: 'EPP/ATP',
        start_date: day(state.clock.now() - 150 * dayMs),
        expiry_date: day(state.clock.now() + licenseDays * dayMs),
      },
    ],
    is_trial: false,
    error: licenseDays < 0 ? 'License expired.' : null,
    used: { fct_epp: endpoints().total },
  };
  const gets: Record<string, () => unknown> = {
    [adminProfile.serialNumber]: () => state.serialNumber,
    '/system/info': () => ({
      name: 'EMS',
      system_time: new Date(state.clock.now()).toISOString().slice(0, 19).replace('T', ' '),
      license,
    }),
    '/system/consts/get': () => ({ System: { VERSION: state.version } }),
    [adminProfile.license]: () => license,
    [adminProfile.devices]: list,
    '/endpoints/index': () => ({ endpoints: [], total: endpoints().total }),
    [adminProfile.endpointConnections]: () => [
      { token: 'online', name: 'Online', value: endpoints().online },
      { token: 'offlineRecent', name: 'Offline', value: endpoints().total - endpoints().online },
    ],
  };
  const now = () => state.clock.now();
  return (method, path, request) => {
    const get = method === 'GET' ? gets[path] : undefined;
    if (get) return success(get());
    if (method !== 'PATCH') return unknownPath();
    const body = jsonBody(request) ?? {};
    const id = /^\/client_certificates\/(\d+)\/set$/.exec(path)?.[1];
    if (id !== undefined && authorizes === 'by-id') {
      const device = state.devices.all()[Number(id) - 1];
      if (!device || typeof body['authorized'] !== 'boolean') return refusal(400, -1, 'Invalid request.');
      state.devices.authorize(device.serial, body['authorized'], now());
      return success(null);
    }
    if (path !== adminProfile.devicesInBulk || authorizes !== 'in-bulk') return unknownPath();
    const { filters, properties } = body as {
      filters?: { cns?: unknown };
      properties?: { authorized?: unknown };
    };
    if (!Array.isArray(filters?.cns) || typeof properties?.authorized !== 'boolean')
      return refusal(400, -1, 'Invalid request.');
    for (const serial of filters.cns)
      if (state.devices.get(String(serial)))
        state.devices.authorize(String(serial), properties.authorized, now());
    return success(null);
  };
}

function deviceRow(device: LabDevice, id: number) {
  const { serial, authorized, hostname, version, lastSeen } = device;
  const lastSeenAt = Math.floor(lastSeen / 1000);
  return { id, cn: serial, authorized, hostname, version, last_seen: lastSeenAt };
}
