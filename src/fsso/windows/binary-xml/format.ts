// Codes of binary XML as event logs send it (MS-EVEN6 2.2.12; docs/protocol/windows.md, Event log), and our bounds.

export const tokens = {
  end: 0x00,
  openElement: 0x01,
  closeStart: 0x02,
  closeEmpty: 0x03,
  endElement: 0x04,
  value: 0x05,
  attribute: 0x06,
  cdata: 0x07,
  characterReference: 0x08,
  entityReference: 0x09,
  instructionTarget: 0x0a,
  instructionData: 0x0b,
  template: 0x0c,
  substitution: 0x0d,
  optionalSubstitution: 0x0e,
  fragmentHeader: 0x0f,
} as const;

/** In a token: there are attributes, or more of what it begins. */
export const moreFlag = 0x40;

export const valueTypes = {
  nothing: 0x00,
  text: 0x01,
  ansiText: 0x02,
  int8: 0x03,
  uint8: 0x04,
  int16: 0x05,
  uint16: 0x06,
  int32: 0x07,
  uint32: 0x08,
  int64: 0x09,
  uint64: 0x0a,
  real32: 0x0b,
  real64: 0x0c,
  boolean: 0x0d,
  binary: 0x0e,
  guid: 0x0f,
  size: 0x10,
  fileTime: 0x11,
  systemTime: 0x12,
  sid: 0x13,
  hex32: 0x14,
  hex64: 0x15,
  xml: 0x21,
} as const;

/** In a type: several of it, one behind the other. */
export const arrayFlag = 0x80;

/** Of an element that hangs on no value. */
export const noDependency = 0xffff;

/** Elements and attributes of one event, substitutions counted each time they are used [assumed: events of logons have 50]. */
export const mostNodes = 10_000;
/** Characters of its text [assumed: events of logons have 3,000]. */
export const mostCharacters = 262_144;
/** Elements within elements [assumed]. */
export const deepest = 32;
/** Values of one template [assumed]. */
export const mostValues = 1000;

/** The number that stands before each name (MS-EVEN6 2.2.12, NameHash). */
export function nameHash(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 65_599) + name.charCodeAt(at)) >>> 0;
  return hash & 0xffff;
}
