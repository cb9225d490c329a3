/**
 * How FortiOS names what we read of its rows. Where releases differ each name stands in its place: of several that are there
 * the first counts (docs/protocol/ems.md, FortiGate REST API).
 */
export const fortigateFields = {
  /** `fctems` and what the monitor says of its entries. */
  connector: {
    /** [schema] The entry's number: not before 7.0.8, where the name is the key. */
    id: ['ems-id', 'ems_id', 'id'],
    name: ['name', 'ems_name'],
    server: ['server', 'mgmt_ip'],
    port: ['https-port', 'mgmt_port'],
    status: ['status'],
    cloud: ['fortinetone-cloud-authentication'],
    capabilities: ['capabilities'],
    dirtyReason: ['dirty-reason'],
    serial: ['ems_serial', 'serial-number'],
    tenant: ['ems_tenant_id', 'tenant-id'],
    connected: ['ems_is_connected'],
    verified: ['ems_is_verified'],
    says: ['ems_status'],
    websocket: ['ws_status'],
    connection: ['conn_status'],
    certificate: ['cert_status'],
  },
  /** `cert-status`: what it says of the certificate of an EMS. */
  emsCertificate: { status: ['status', 'ems_status'], error: ['error'], cert: ['cert'] },
  /** [client] `user/firewall`; 7.0 does not tell `expiry_secs` of users by FSSO. */
  user: {
    id: ['id'],
    name: ['username'],
    ip: ['ipaddr'],
    method: ['method'],
    server: ['server'],
    groups: ['usergroup'],
    duration: ['duration_secs'],
    expiry: ['expiry_secs'],
    traffic: ['traffic_vol_bytes'],
    policy: ['policyid'],
  },
  /** [client] `user/fsso`. */
  fsso: {
    name: ['name', 'id'],
    type: ['type'],
    status: ['status'],
    active: ['active_server'],
    server: ['server'],
    ldap: ['ldap_server'],
  },
  /** [client] `system/status`. */
  system: {
    hostName: ['hostname'],
    modelName: ['model_name'],
    modelNumber: ['model_number'],
    model: ['model'],
  },
  /** [client] `system/ha`, then the members: who is primary has three names in as many releases. */
  ha: {
    mode: ['mode'],
    group: ['group-name'],
    serial: ['serial_no'],
    hostName: ['hostname'],
    priority: ['priority'],
    /** [client] 7.4 and later; `master` in some before; in none else. */
    primary: ['primary', 'master'],
    /** [client] Of `ha-checksums`: the second up to 7.0. */
    manages: ['is_manage_primary', 'is_manage_master'],
  },
  /** [schema] `user/device/query`: 7.2 and later. */
  device: {
    uid: ['forticlient_id'],
    isEndpoint: ['is_forticlient_endpoint'],
    vdom: ['vdom'],
    host: ['hostname'],
    user: ['forticlient_username'],
    ip: ['ipv4_address'],
    mac: ['mac'],
    osName: ['os_name'],
    osVersion: ['os_version'],
    version: ['forticlient_version'],
    emsSerial: ['ems_sn'],
    tenant: ['ems_tenant_id'],
    tags: ['tags'],
    online: ['is_online'],
    onNet: ['on_net'],
    registered: ['is_ems_registered'],
    quarantined: ['quarantined_on_forticlient'],
    outOfSync: ['out_of_sync'],
    interface: ['forticlient_gateway_interface', 'gateway_interface_name'],
    seen: ['last_seen'],
  },
  /** [schema] `endpoint-control/record-list`: before 7.2. */
  record: {
    uid: ['uid'],
    host: ['host'],
    user: ['user'],
    ip: ['addr'],
    mac: ['mac'],
    os: ['os'],
    version: ['forticlient_version'],
    online: ['online'],
    onNet: ['on_net'],
    quarantined: ['quarantined'],
    interface: ['interface'],
  },
};

export type FortigateFields = typeof fortigateFields;
