import { safeText } from '../../safe-text.ts';
import { type EmsProfile, type TagType, tagTypes } from '../profile.ts';

/** A way to an endpoint, as EMS knows it. */
export interface Route {
  ip: string;
  mac: string;
  vpn: boolean;
  /** FortiGate that it leads through, and its interface. */
  serial: string;
  interface: string;
}

/** What EMS tells of one endpoint. Texts have passed `safeText`; a blank or null is not known. */
export interface Endpoint {
  /** 32 hexadecimal digits in upper case. */
  uid: string;
  host: string;
  user: string;
  os: string;
  ip: string;
  mac: string;
  macList: readonly string[];
  clientCertificate: string;
  publicIp: string;
  online: boolean | null;
  registered: boolean | null;
  onNet: boolean | null;
  quarantined: boolean | null;
  version: string;
  routes: readonly Route[];
}

/** A tag and what carries it. */
export interface Tag {
  name: string;
  type: TagType;
  ips: readonly string[];
  macs: readonly string[];
  uids: readonly string[];
}

export interface UidTags {
  uid: string;
  tags: readonly string[];
}

/** Part of a table. */
export interface Page {
  rows: readonly Record<string, unknown>[];
  /** Where the next page, or the next question, goes on; null when EMS names nothing. */
  updatedAt: string | null;
  hasMore: boolean;
}

export interface Registered {
  authorized: boolean;
  authUrl: string | null;
  tenantId: string | null;
  /** Null when EMS names none. */
  capabilities: readonly string[] | null;
}

/** What one EMS may make us keep of one row, and of one text in it. */
const longestList = 100_000;
const longestText = 300;
const longestUrl = 2_000;
const mostCapabilities = 64;

type Row = Readonly<Record<string, unknown>>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string =>
  typeof value === 'string' ? safeText(value.slice(0, longestText)) : '';
const texts = (value: unknown): string[] =>
  Array.isArray(value)
    ? value
        .slice(0, longestList)
        .map(text)
        .filter((each) => each !== '')
    : [];
const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);
/** As it is compared: EMS and FortiOS write it in upper case. */
const uid = (value: unknown): string => text(value).toUpperCase();

/** A page of a table; null for what is none. */
export function readPage(data: unknown, list: string, { page }: EmsProfile['fields']): Page | null {
  if (!isRow(data) || !Array.isArray(data[list])) return null;
  const updatedAt = data[page.updatedAt];
  return {
    rows: data[list].filter(isRow),
    updatedAt:
      (typeof updatedAt === 'string' && updatedAt !== '') || typeof updatedAt === 'number'
        ? String(updatedAt).slice(0, longestText)
        : null,
    hasMore: data[page.hasMore] === true,
  };
}

/** Null for a row that names no endpoint; `deleted` for one that EMS takes back. */
export function readEndpoint(row: Row, fields: EmsProfile['fields']): Endpoint | { deleted: string } | null {
  const names = fields.endpoint;
  const id = uid(row[names.uid]);
  if (id === '') return null;
  if (row[names.deleted] === true) return { deleted: id };
  const routes = row[names.gateways];
  return {
    uid: id,
    host: text(row[names.host]),
    user: text(row[names.user]),
    os: text(row[names.os]),
    ip: text(row[names.ip]),
    mac: text(row[names.mac]),
    macList: texts(row[names.macList]),
    clientCertificate: text(row[names.clientCertificate]),
    publicIp: text(row[names.publicIp]),
    online: flag(row[names.online]),
    registered: flag(row[names.registered]),
    onNet: flag(row[names.onNet]),
    quarantined: flag(row[names.quarantined]),
    version: text(row[names.version]),
    routes: Array.isArray(routes) ? routes.filter(isRow).slice(0, 64).map(readRoute(fields)) : [],
  };
}

const readRoute =
  ({ route }: EmsProfile['fields']) =>
  (row: Row): Route => ({
    ip: text(row[route.ip]),
    mac: text(row[route.mac]),
    vpn: row[route.vpn] === true,
    serial: text(row[route.serial]),
    interface: text(row[route.interface]),
  });

/** Null for a row that names no tag; `deleted` for one that EMS takes back. */
export function readTag(row: Row, { tag }: EmsProfile['fields']): Tag | { deleted: string } | null {
  const name = text(row[tag.name]);
  if (name === '') return null;
  if (row[tag.deleted] === true) return { deleted: name };
  const type = row[tag.type];
  return {
    name,
    type: (typeof type === 'number' ? tagTypes[type] : undefined) ?? 'unknown',
    ips: texts(row[tag.ips]),
    macs: texts(row[tag.macs]),
    uids: texts(row[tag.uids]).map((each) => each.toUpperCase()),
  };
}

/** Null for a row that names no endpoint. */
export function readUidTags(row: Row, { uidTag }: EmsProfile['fields']): UidTags | null {
  const id = uid(row[uidTag.uid]);
  return id === '' ? null : { uid: id, tags: texts(row[uidTag.tags]) };
}

/** What EMS says to our registration; lenient, because none of it is documented. */
export function readRegistered(data: unknown, { registered }: EmsProfile['fields']): Registered {
  const row: Row = isRow(data) ? data : {};
  const url = row[registered.authUrl];
  const capabilities = row[registered.capabilities];
  return {
    authorized: row[registered.authorized] !== false,
    authUrl: typeof url === 'string' && /^https:\/\//.test(url) ? safeText(url.slice(0, longestUrl)) : null,
    tenantId: text(row[registered.tenantId]) || null,
    capabilities: Array.isArray(capabilities) ? texts(capabilities).slice(0, mostCapabilities) : null,
  };
}

/** `address` or `address:port`; null when there is none. */
export function readPublicAddress(data: unknown, { publicAddress }: EmsProfile['fields']): string | null {
  if (!isRow(data)) return null;
  const address = text(data[publicAddress.address]);
  const port = data[publicAddress.port];
  if (address === '') return null;
  return typeof port === 'number' && Number.isInteger(port) ? `${address}:${port}` : address;
}

/** PEM; null when there is none. */
export function readZtnaCa(data: unknown, { ztnaCa }: EmsProfile['fields']): string | null {
  const pem = isRow(data) ? data[ztnaCa.certificate] : null;
  return typeof pem === 'string' && pem.includes('-----BEGIN CERTIFICATE-----') ? pem : null;
}

/** The tables that a notification says have changed; null for a message of another kind. */
export function readNotification(message: unknown, profile: EmsProfile): readonly string[] | null {
  const { type, tables } = profile.fields.notification;
  if (!isRow(message) || message[type] !== profile.websocket.notify) return null;
  return texts(message[tables]).slice(0, 32);
}
