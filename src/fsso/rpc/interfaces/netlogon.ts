import { sidText } from '../../directory/active-directory/sid.ts';
import type { RpcInterface } from '../client.ts';
import { NdrReader } from '../ndr-reader.ts';
import { NdrWriter } from '../ndr-writer.ts';

// MS-NRPC: the calls that make a secure channel, and the one that has an NTLM answer checked over it.

export const netlogon: RpcInterface = {
  name: 'netlogon',
  pipe: 'netlogon',
  uuid: '12345678-1234-abcd-ef00-01234567cffb',
  major: 1,
  minor: 0,
};

/** MS-NRPC 3.5.4.4.1, 3.5.4.4.2, 3.5.4.5.1. */
export const netlogonCalls = { requestChallenge: 4, authenticate3: 26, samLogonEx: 39 } as const;

/** What we can do: everything of today, AES among it (MS-NRPC 3.1.4.2). */
export const channelFlags = 0x612f_ffff;
export const aesFlag = 0x0100_0000;
const workstationChannel = 2;

/** NetrServerReqChallenge. `computer` is a NetBIOS name; `challenge` 8 bytes. */
export function encodeChallengeRequest(computer: string, challenge: Buffer): Buffer {
  return new NdrWriter().pointer(false).wideString(computer).bytes(challenge).finish();
}

/** @throws RpcDecodeError */
export function decodeChallengeReply(stub: Buffer): { challenge: Buffer; status: number } {
  const reader = new NdrReader(stub);
  return { challenge: Buffer.from(reader.bytes(8)), status: reader.u32() };
}

/** NetrServerAuthenticate3. `account` ends in `$`. */
export function encodeAuthenticateRequest(account: string, computer: string, credential: Buffer): Buffer {
  return new NdrWriter()
    .pointer(false)
    .wideString(account)
    .u16(workstationChannel)
    .wideString(computer)
    .bytes(credential)
    .u32(channelFlags)
    .finish();
}

/** @throws RpcDecodeError */
export function decodeAuthenticateReply(stub: Buffer): { credential: Buffer; flags: number; status: number } {
  const reader = new NdrReader(stub);
  const credential = Buffer.from(reader.bytes(8));
  const flags = reader.u32();
  // The account's relative identifier, which we know by name.
  reader.u32();
  return { credential, flags, status: reader.u32() };
}

/** An NTLM answer to be checked: what the client said, and the nonce that it answers. */
export interface NetworkLogon {
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  /** 8 bytes. */
  readonly challenge: Buffer;
  readonly nt: Buffer;
  readonly lm: Buffer;
}

const networkInformation = 2;
const samInformation4 = 6;
/** Accounts of machines and trusts are not let in: those would be 0x820 (MS-NRPC 2.2.1.4.15). */
const parameterControl = 0;
/** NetrLogonSamLogonEx with a network logon, and an answer of level 6. */
export function encodeSamLogonRequest(computer: string, logon: NetworkLogon): Buffer {
  const writer = new NdrWriter();
  const blob = (bytes: Buffer): unknown =>
    writer
      .align(4)
      .u16(bytes.length)
      .u16(bytes.length)
      .pointer(bytes.length > 0);
  writer.optionalString('').optionalString(computer);
  writer.u16(networkInformation).u16(networkInformation).pointer();
  writer.unicodeString(logon.domain).u32(parameterControl).u32(0).u32(0);
  writer.unicodeString(logon.user).unicodeString(logon.workstation).bytes(logon.challenge);
  blob(logon.nt);
  blob(logon.lm);
  for (const text of [logon.domain, logon.user, logon.workstation]) writer.wideString(text, '');
  for (const bytes of [logon.nt, logon.lm]) if (bytes.length > 0) writer.varyingBytes(bytes);
  return writer.align(2).u16(samInformation4).u32(0).finish();
}

/** What a domain controller says of a user whose answer was right (NETLOGON_VALIDATION_SAM_INFO4). */
export interface ValidatedUser {
  /** As the directory writes it. */
  readonly user: string;
  /** NetBIOS and DNS name of the user's domain; the second may be empty. */
  readonly domain: string;
  readonly dnsDomain: string;
  readonly fullName: string;
  /** `user@domain.example`; may be empty. */
  readonly principal: string;
  readonly sid: string;
  /** SIDs of all groups, nested ones too. */
  readonly groups: readonly string[];
  /** UserSessionKey, 16 bytes: what NTLM's MIC and session key are derived from. */
  readonly sessionKey: Buffer;
  /** Let in as a guest, without a password of its own. */
  readonly isGuest: boolean;
}

export type SamLogonReply =
  | { readonly status: 0; readonly user: ValidatedUser }
  | { readonly status: number; readonly user: null };

const guestFlag = 0x1;
/** Users of Windows are in 1,015 groups at most; a reply is longer only by mistake or malice. */
const mostGroups = 4096;

/** @throws RpcDecodeError */
export function decodeSamLogonReply(stub: Buffer): SamLogonReply {
  const reader = new NdrReader(stub);
  const level = reader.u16();
  const isPresent = reader.pointer();
  if (isPresent && level !== samInformation4) reader.fail('unsupported', `a verdict of level ${level}`);
  const user = isPresent ? readValidation(reader) : null;
  // Whether the server is sure, and flags, which change nothing for us.
  reader.u8();
  reader.u32();
  const status = reader.u32();
  if (status !== 0) return { status, user: null };
  if (user === null) reader.fail('bad-value', 'a verdict without a user');
  return { status: 0, user };
}

function readValidation(reader: NdrReader): ValidatedUser {
  // LogonTime to PasswordMustChange: six moments, as pairs of 32 bits.
  reader.align(4);
  reader.bytes(48);
  const texts = Array.from({ length: 6 }, () => reader.unicodeString().hasText);
  // LogonCount, BadPasswordCount.
  reader.bytes(4);
  const userId = reader.u32();
  const primaryGroup = reader.u32();
  const groupCount = reader.u32();
  const hasGroups = reader.pointer();
  const flags = reader.u32();
  const sessionKey = Buffer.from(reader.bytes(16));
  const hasServer = reader.unicodeString().hasText;
  const hasDomain = reader.unicodeString().hasText;
  const hasSid = reader.pointer();
  // LMKey, UserAccountControl, SubAuthStatus, LastSuccessfulILogon, LastFailedILogon, FailedILogonCount, Reserved4.
  reader.bytes(8 + 4 + 4 + 8 + 8 + 4 + 4);
  const extraCount = reader.u32();
  const hasExtra = reader.pointer();
  const hasDnsDomain = reader.unicodeString().hasText;
  const hasPrincipal = reader.unicodeString().hasText;
  const hasExpansion = Array.from({ length: 10 }, () => reader.unicodeString().hasText);
  if (groupCount + extraCount > mostGroups)
    reader.fail('too-long', `a user in ${groupCount} and ${extraCount} groups`);

  const text = (isThere: boolean): string => {
    if (!isThere) return '';
    reader.align(4);
    return reader.wideString();
  };
  const names = texts.map(text);
  const relative = hasGroups ? readGroups(reader, groupCount) : [];
  text(hasServer);
  const domain = text(hasDomain);
  const domainSid = hasSid ? readSid(reader) : reader.fail('bad-value', 'a user of no domain');
  const extra = hasExtra ? readExtraSids(reader, extraCount) : [];
  const dnsDomain = text(hasDnsDomain);
  const principal = text(hasPrincipal);
  for (const isThere of hasExpansion) text(isThere);
  const groups = new Set([...[primaryGroup, ...relative].map((id) => `${domainSid}-${id}`), ...extra]);
  return {
    user: names[0] as string,
    fullName: names[1] as string,
    domain,
    dnsDomain,
    principal,
    sid: `${domainSid}-${userId}`,
    groups: [...groups],
    sessionKey,
    isGuest: (flags & guestFlag) !== 0,
  };
}

/** GROUP_MEMBERSHIP (MS-PAC 2.2.2): identifier and attributes. */
function readGroups(reader: NdrReader, due: number): number[] {
  const count = reader.count(8);
  if (count !== due) reader.fail('bad-length', `${count} groups where ${due} are due`);
  return Array.from({ length: count }, () => {
    const id = reader.u32();
    reader.u32();
    return id;
  });
}

/** NETLOGON_SID_AND_ATTRIBUTES (MS-NRPC 2.2.1.4.17): pointers first, the SIDs behind them. */
function readExtraSids(reader: NdrReader, due: number): string[] {
  const count = reader.count(8);
  if (count !== due) reader.fail('bad-length', `${count} SIDs where ${due} are due`);
  const present = Array.from({ length: count }, () => {
    const isThere = reader.pointer();
    reader.u32();
    return isThere;
  });
  return present.filter(Boolean).map(() => readSid(reader));
}

/** RPC_SID (MS-DTYP 2.4.2.3): the count once more before it. */
function readSid(reader: NdrReader): string {
  const count = reader.count(4);
  return (
    sidText(reader.bytes(8 + 4 * count)) ??
    reader.fail('bad-value', `a SID that is none, of ${count} parts by its length`)
  );
}
