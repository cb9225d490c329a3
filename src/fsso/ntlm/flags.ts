/** What both sides agree on (MS-NLMP 2.2.2.5). */
export const ntlmFlags = {
  unicode: 0x0000_0001,
  oem: 0x0000_0002,
  requestTarget: 0x0000_0004,
  sign: 0x0000_0010,
  seal: 0x0000_0020,
  lmKey: 0x0000_0080,
  ntlm: 0x0000_0200,
  anonymous: 0x0000_0800,
  domainSupplied: 0x0000_1000,
  workstationSupplied: 0x0000_2000,
  alwaysSign: 0x0000_8000,
  targetIsDomain: 0x0001_0000,
  targetIsServer: 0x0002_0000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  key128: 0x2000_0000,
  keyExchange: 0x4000_0000,
  key56: 0x8000_0000,
} as const;

/** All of these together, as an unsigned number. */
export function flagsOf(...names: (keyof typeof ntlmFlags)[]): number {
  return names.reduce((all, name) => (all | ntlmFlags[name]) >>> 0, 0);
}

export function hasFlag(flags: number, name: keyof typeof ntlmFlags): boolean {
  return (flags & ntlmFlags[name]) !== 0;
}
