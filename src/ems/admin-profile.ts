/**
 * What the administrator's API of EMS is called by third parties' clients (docs/protocol/ems.md, Administrator's API), and
 * the limits that we set ourselves. Paths are relative to the base of the API. All times are milliseconds.
 */
export const adminProfile = {
  /** [client] */
  base: '/api/v1',
  signIn: '/auth/signin',
  signOut: '/auth/signout',
  serialNumber: '/system/serial_number',
  constants: '/system/consts/get?system_update_time=1',
  license: '/license/get',
  devices: '/client_certificates/index',
  /** [client] Of releases that authorise one device by its number, and of newer ones by its serial number. */
  deviceById: (id: string) => `/client_certificates/${encodeURIComponent(id)}/set`,
  devicesInBulk: '/client_certificates/set',
  endpoints: '/endpoints/index?offset=0&count=1',
  endpointConnections: '/endpoints/connection/donut',
  /** [client] Tokens of the last one that mean an endpoint is there now. */
  onlineTokens: ['online'],
  /** [client] The value that clients send after signing in; its meaning is not known. */
  callType: '2',
  /** [observed] `retval` of a session that is over. */
  sessionOver: -4,
  /** Between looks at an EMS. [assumed] */
  pollEvery: 60_000,
  /** How long to wait where a 429 does not say. [assumed] */
  throttledWait: 60_000,
  /** For the sign-out on leaving, so that nobody waits for it. */
  signOutLimit: 1_500,
  /** Fabric devices that are kept; an EMS with more is shown without the rest. */
  mostDevices: 5_000,
} as const;

/** The public API of FortiClient EMS Cloud (docs/protocol/ems.md, EMS Cloud's public API). [documented] */
export const cloudProfile = {
  host: 'forticlient.forticloud.com',
  port: 443,
  signIn: '/fct/api/public/v1/ems_api_cloud/login/',
  signOut: '/fct/api/public/v1/ems_api_cloud/logout/',
  /** Stands before every path of the administrator's API. */
  prefix: '/fct/api/public/v1/ems_api',
  contentTypeHeader: 'Ems-Api-Header-Content-Type',
} as const;
