import { attributeCodes as attribute, elementTypes, messageCodes, type Sender } from '../wire/profile.ts';

/** Messages as docs/protocol/fsso.md names them. */
const messageNames: Readonly<Record<number, string>> = {
  [messageCodes.hello]: 'HELLO',
  [messageCodes.groupFilter]: 'GROUP_FILTER',
  [messageCodes.sendAll]: 'SEND_ALL',
  [messageCodes.bulk]: 'BULK',
  [messageCodes.event]: 'EVENT',
  [messageCodes.keepalive]: 'KEEPALIVE',
  [messageCodes.authResult]: 'AUTH_RESULT',
};

/** How a value is written: what it is beside its type. */
export type ValueForm =
  | 'number'
  | 'flag'
  | 'address'
  | 'time'
  | 'kind'
  | 'ports'
  | 'status'
  | 'text'
  | 'padded'
  | 'proof'
  | 'children';

interface KnownAttribute {
  readonly name: string;
  /** Types it was seen with; with another one it is shown as bytes. */
  readonly types: readonly number[];
  readonly form: ValueForm;
}

const { integer, string, opaque, container } = elementTypes;
const known = (name: string, form: ValueForm, ...types: number[]): KnownAttribute => ({ name, types, form });

/** Attributes as docs/protocol/fsso.md names them. */
const attributes: Readonly<Record<number, KnownAttribute>> = {
  [attribute.sync]: known('sequence number', 'number', integer),
  [attribute.capability]: known('capability', 'number', integer),
  [attribute.name]: known('name', 'padded', string, opaque),
  [attribute.proof]: known('challenge', 'proof', opaque, string),
  [attribute.identity]: known('identity', 'padded', opaque, string),
  [attribute.filterCount]: known('groups', 'number', integer),
  [attribute.filterGroup]: known('group', 'children', container),
  [attribute.filterGroupName]: known('group name', 'padded', string),
  [attribute.sendAllFirst]: known('constant', 'number', integer),
  [attribute.sendAllSecond]: known('constant', 'number', integer),
  [attribute.record]: known('record', 'children', container),
  [attribute.loggedOn]: known('logged on', 'flag', integer),
  [attribute.ip]: known('address', 'address', integer),
  [attribute.workstation]: known('workstation', 'text', string, opaque),
  [attribute.domain]: known('domain', 'text', string, opaque),
  [attribute.user]: known('user', 'text', string, opaque),
  [attribute.groups]: known('groups', 'text', string, opaque),
  [attribute.logonTime]: known('logon time', 'time', integer),
  [attribute.loggedOff]: known('logged off', 'flag', integer),
  [attribute.kind]: known('kind', 'kind', integer),
  [attribute.portRange]: known('port range', 'ports', integer),
  [attribute.session]: known('session', 'number', integer),
  [attribute.bulkFirst]: known('constant', 'number', integer),
  [attribute.bulkSecond]: known('constant', 'number', integer),
  [attribute.eventFirst]: known('constant', 'number', integer),
  [attribute.status]: known('status', 'status', integer),
};

const typeNames: Readonly<Record<number, string>> = {
  [opaque]: 'opaque',
  [integer]: 'integer',
  [string]: 'string',
  [container]: 'container',
};

/** The name of a message; null for one that nobody has described. */
export function messageName(code: number): string | null {
  return messageNames[code] ?? null;
}

/** What is known of an attribute of this type; null where that is nothing. The proof of a FortiGate is a response. */
export function knownAttribute(code: number, type: number, from: Sender): KnownAttribute | null {
  const found = attributes[code];
  if (!found?.types.includes(type)) return null;
  return code === attribute.proof && from === 'fortigate' ? { ...found, name: 'response' } : found;
}

/** The name of a data type, or its number. */
export function typeName(type: number): string {
  return typeNames[type] ?? `type ${type}`;
}
