// Numbers of MS-SMB2, and the bounds that are ours (docs/protocol/windows.md, SMB).

/** Direct TCP (MS-SMB2 2.1). */
export const smbPort = 445;

/** Dialects that we speak (MS-SMB2 2.2.3), the oldest first. SMB 1 is never spoken. */
export const dialects = {
  '2.0.2': 0x0202,
  '2.1': 0x0210,
  '3.0': 0x0300,
  '3.0.2': 0x0302,
  '3.1.1': 0x0311,
} as const;

export type Dialect = keyof typeof dialects;

export const allDialects = Object.keys(dialects) as readonly Dialect[];

export function dialectOf(code: number): Dialect | null {
  return allDialects.find((name) => dialects[name] === code) ?? null;
}

/** MS-SMB2 2.2.1.2. */
export const commands = {
  negotiate: 0,
  sessionSetup: 1,
  logoff: 2,
  treeConnect: 3,
  treeDisconnect: 4,
  create: 5,
  close: 6,
  read: 8,
  write: 9,
  ioctl: 11,
  cancel: 12,
  echo: 13,
} as const;

export type Command = keyof typeof commands;

/** Flags of the header (MS-SMB2 2.2.1.2). */
export const headerFlags = { response: 0x1, async: 0x2, signed: 0x8 } as const;

/** MS-SMB2 2.2.3, SecurityMode. */
export const signingModes = { enabled: 1, required: 2 } as const;

/** MS-SMB2 2.2.3, Capabilities. */
export const capabilities = { encryption: 0x40 } as const;

/** MS-SMB2 2.2.3.1. */
export const contextTypes = { preauthIntegrity: 1, encryption: 2, signing: 8 } as const;
export const sha512 = 1;

/** MS-SMB2 2.2.3.1.2. */
export const ciphers = { 'aes-128-ccm': 1, 'aes-128-gcm': 2, 'aes-256-ccm': 3, 'aes-256-gcm': 4 } as const;
export type Cipher = keyof typeof ciphers;

/** MS-SMB2 2.2.3.1.7. */
export const signings = { 'hmac-sha256': 0, 'aes-cmac': 1, 'aes-gmac': 2 } as const;
export type Signing = keyof typeof signings;

/** What we offer, the favourite first. */
export const offeredCiphers: readonly Cipher[] = ['aes-128-gcm', 'aes-128-ccm', 'aes-256-gcm', 'aes-256-ccm'];
export const offeredSignings: readonly Signing[] = ['aes-gmac', 'aes-cmac', 'hmac-sha256'];

/** MS-SMB2 2.2.6, SessionFlags. */
export const sessionFlags = { guest: 1, anonymous: 2, encrypt: 4 } as const;
/** MS-SMB2 2.2.10, ShareFlags: everything on the share has to be encrypted. */
export const shareEncrypts = 0x8000;

/** MS-SMB2 2.2.31. */
export const controls = { pipeTransceive: 0x0011c017, validateNegotiate: 0x00140204 } as const;

/** The NTSTATUS codes that steer the protocol; what the others mean to people is in src/fsso/windows/statuses.ts. */
export const statuses = {
  ok: 0,
  pending: 0x00000103,
  bufferOverflow: 0x80000005,
  moreProcessingRequired: 0xc0000016,
  invalidParameter: 0xc000000d,
  invalidDeviceRequest: 0xc0000010,
  fileClosed: 0xc0000128,
  notSupported: 0xc00000bb,
  cancelled: 0xc0000120,
  sessionDeleted: 0xc0000203,
  sessionExpired: 0xc000035c,
  pipeBroken: 0xc000014b,
  pipeDisconnected: 0xc00000b0,
} as const;

/** A message that answers nothing: the server speaks by itself (MS-SMB2 2.2.1.2). */
export const unsolicited = 0xffff_ffff_ffff_ffffn;

/** Bytes of one message of a pipe in either direction: more needs more than one credit (MS-SMB2 3.2.4.1.5). [assumed] */
export const longestPayload = 64 * 1024;
/** Bytes of one message of a server: a payload and what stands around it. [assumed] */
export const longestMessage = longestPayload + 4096;
/** Credits asked for, which is how many requests can be under way. [assumed] */
export const wantedCredits = 64;
/** Requests that wait for a credit. [assumed] */
export const mostWaiting = 1000;
/** A server may say "later" for so many times the timeout. [assumed] */
export const longestPending = 6;
