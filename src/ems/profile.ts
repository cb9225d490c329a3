/** How one call is made. */
export interface CallProfile {
  method: string;
  /** From the root of the server, without a query. */
  path: string;
}

/**
 * Everything about EMS that no public source settles, and every limit that we set ourselves, in one place, so that a real
 * EMS can correct it without a change of code (docs/protocol/ems.md, Profile, Endpoints and Timers). An operator overrides
 * any leaf of it with `profile.ems` of the configuration. All times are milliseconds.
 */
export const emsProfile = {
  calls: {
    /** [observed] The path; that the method is GET is known from clients of the administrator's side. */
    serialNumber: { method: 'GET', path: '/api/v1/system/serial_number' },
    /** [observed] The path; the method is [assumed]. */
    publicAddress: { method: 'GET', path: '/api/v1/settings/server/public_address' },
    /** [assumed] */
    register: { method: 'POST', path: '/api/v1/fabric_device_auth/fortigate' },
    /** [assumed] */
    ztnaCa: { method: 'GET', path: '/api/v1/ztna_certificates/download' },
    /** [assumed] */
    gateways: { method: 'POST', path: '/api/v1/fgt/gateway_details/gateway_mac' },
    /** [assumed] */
    sysinfo: { method: 'GET', path: '/api/v1/report/fct/sysinfo' },
    /** [observed] The path; the method is [assumed]. */
    tags: { method: 'GET', path: '/api/v1/report/fct/tags' },
    /** [observed] The path; the method is [assumed]. */
    uidTags: { method: 'GET', path: '/api/v1/report/fct/uid_tags' },
    /** [documented] The path; the method is [assumed]. */
    hostTags: { method: 'GET', path: '/api/v1/report/fct/host_tags' },
    /** [assumed] */
    keepAlive: { method: 'POST', path: '/api/v1/fabric_device_auth/keep_alive' },
    /** [assumed] Of EMS Cloud's front desk alone: whether our account has a contract, and which instance is ours. */
    entitlement: { method: 'POST', path: '/api/v1/fabric_device_auth/entitlement' },
  },
  /** Who serves the entitlement call: the one public name of EMS Cloud; that devices ask there is [assumed]. */
  cloud: {
    host: 'forticlient.forticloud.com',
    port: 443,
    /** Between two questions for the entitlement of a connector that stands. [assumed] */
    askEvery: 3_600_000,
    /** [documented] The administrators' public API of EMS Cloud, at the same name. */
    api: {
      signIn: '/fct/api/public/v1/ems_api_cloud/login/',
      signOut: '/fct/api/public/v1/ems_api_cloud/logout/',
      /** Stands before every path of the administrator's API. */
      prefix: '/fct/api/public/v1/ems_api',
      contentTypeHeader: 'Ems-Api-Header-Content-Type',
    },
  },
  /** The administrator's API, as third parties' clients call it. Paths are relative to `base`. [client] */
  admin: {
    base: '/api/v1',
    signIn: '/auth/signin',
    signOut: '/auth/signout',
    serialNumber: '/system/serial_number',
    constants: '/system/consts/get?system_update_time=1',
    license: '/license/get',
    devices: '/client_certificates/index',
    /** Of releases that authorise one device by its number, and of newer ones by its serial number. */
    deviceById: '/client_certificates/{id}/set',
    devicesInBulk: '/client_certificates/set',
    endpoints: '/endpoints/index?offset=0&count=1',
    endpointConnections: '/endpoints/connection/donut',
    /** Tokens of the last one that mean an endpoint is there now. */
    onlineTokens: ['online'] as readonly string[],
    /** The value of `Ems-Call-Type` that clients send after signing in; its meaning is not known. */
    callType: '2',
    /** Between looks at an EMS. [assumed] */
    pollEvery: 60_000,
    /** How long to wait where a 429 does not say. [assumed] */
    throttledWait: 60_000,
    /** For the sign-out on leaving, so that nobody waits for it. */
    signOutLimit: 1_500,
    /** Fabric devices that are kept; an EMS with more is shown without the rest. */
    mostDevices: 5_000,
  },
  /** [assumed] All of it, but that notifications say which tables changed and that there are pings. */
  websocket: {
    path: '/ws/notify',
    /** The value of `fields.notification.type` that announces changed tables. */
    notify: 'notify',
    /** How EMS names the tables. */
    tables: { sysinfo: 'sysinfo', tags: 'tags', uidTags: 'uid_tags', hostTags: 'host_tags' },
    pingEvery: 30_000,
    /** Octets of one message. */
    longestMessage: 65_536,
  },
  /** Names in JSON. [assumed], but for the values of capabilities. */
  fields: {
    publicAddress: { address: 'address', port: 'port' },
    registration: {
      serial: 'sn',
      hostname: 'hostname',
      model: 'model',
      version: 'version',
      ha: 'ha',
      haEnabled: 'enabled',
      haMembers: 'members',
      fabric: 'fabric',
      isRoot: 'is_root',
      upstreamSerial: 'upstream_sn',
    },
    registered: {
      authorized: 'authorized',
      authUrl: 'auth_url',
      tenantId: 'tenant_id',
      capabilities: 'capabilities',
    },
    ztnaCa: { certificate: 'certificate' },
    gateway: { list: 'gateways', interface: 'interface', vdom: 'vdom', ip: 'ip', mac: 'mac' },
    keepAlive: { serials: 'sn' },
    entitlement: {
      serial: 'sn',
      accessKey: 'access_key',
      entitled: 'entitled',
      reason: 'reason',
      host: 'host',
      port: 'port',
    },
    /** A page of any table, and the query parameter that asks for what follows. */
    page: { since: 'updated_after', updatedAt: 'updated_at', hasMore: 'has_more' },
    rows: { sysinfo: 'endpoints', tags: 'tags', uidTags: 'uid_tags', hostTags: 'host_tags' },
    endpoint: {
      uid: 'uid',
      host: 'host',
      user: 'user',
      os: 'os',
      ip: 'ip',
      mac: 'mac',
      macList: 'mac_list',
      clientCertificate: 'client_cert_sn',
      publicIp: 'public_ip',
      online: 'online',
      registered: 'registered',
      onNet: 'on_net',
      quarantined: 'quarantined',
      version: 'fct_version',
      gateways: 'gateways',
      deleted: 'deleted',
    },
    route: { ip: 'ip', mac: 'mac', vpn: 'vpn', serial: 'fgt_sn', interface: 'interface' },
    tag: { name: 'name', type: 'type', ips: 'ips', macs: 'macs', uids: 'uids', deleted: 'deleted' },
    uidTag: { uid: 'uid', tags: 'tags' },
    notification: { type: 'type', tables: 'tables' },
  },
  /** [documented] How FortiOS names what EMS can do. */
  capabilities: { websocket: 'websocket', commonTags: 'common-tags-api' },
  /** [assumed] What we call ourselves when we register. */
  model: 'CONNECTOR',
  timers: {
    /** Waits before the next try after a failure; the last one repeats. [assumed] */
    retryAfter: [1_000, 2_000, 5_000, 15_000, 60_000] as readonly number[],
    /** Between tries while EMS has not authorised us. [assumed] */
    retryUnauthorized: 60_000,
    /** Between checks of a connected EMS, and polls where no notification comes. [assumed] */
    checkEvery: 60_000,
    /** Between signs of life for the Fabric members behind us; EMS forgets them after 15 minutes. [assumed] */
    keepAliveEvery: 300_000,
    /** Notifications that were open for so long and end make us check at once whether EMS is still there. [assumed] */
    heldSocket: 5_000,
    /** At least between fetches of what EMS notified, however often it does. */
    notifiedFetchEvery: 1_000,
    /** Between looks at the trust store, which another process may have changed, while a certificate holds us up. */
    trustStoreEvery: 2_000,
    /** The longest wait that a `Retry-After` may ask for. */
    longestRetryAfter: 3_600_000,
  },
  limits: {
    /** Octets of a reply body, as received and again when unpacked. The largest one known has about 150. */
    longestReply: 65_536,
    /** The same for a page: one tag on 50 000 endpoints alone has 4 MiB of addresses. */
    longestPage: 33_554_432,
    /** Pages of one table in a row. */
    mostPages: 1_000,
    /** Endpoints, and tags, that are kept; EMS itself is documented for 50 000 endpoints at one FortiGate. */
    mostRows: 200_000,
    /** Firewall addresses for tags: each takes two. A FortiGate's depends on its model; ours is that of `mostRows`. [assumed] */
    mostTagAddresses: 400_000,
  },
  /** [assumed] The header fields beside `Host`. Never one that names an identity: only the TLS certificate does. */
  requestHeaders: { accept: 'application/json', 'accept-encoding': 'gzip' },
};

export type EmsProfile = typeof emsProfile;
/** Our names of the calls. */
export type CallName = keyof EmsProfile['calls'];

/** `retval` of an administrator's session that is over. [observed] */
export const sessionOver = -4;
/** Octets of a reply's header. */
export const longestHeader = 16_384;
/** Characters of an EMS serial number; FortiOS keeps 16, a longer one is shown all the same. */
export const longestSerialNumber = 64;
/** Certificates of a chain; OpenSSL itself follows about as many. */
export const longestChain = 32;
/** Field A of the old form `Error A-B-C-D`: 1 in both texts that are known. */
export const oldFormIndex = 1;
/** Types of tags. [client] for the setting that shares them; that rows carry the same numbers is [assumed]. */
export const tagTypes: Readonly<Record<number, TagType>> = {
  1: 'posture',
  2: 'outbreak',
  3: 'classification',
  4: 'fabric',
};
export type TagType = 'posture' | 'outbreak' | 'classification' | 'fabric' | 'unknown';
