import { type AvPair, avIds, avText } from '../../../fsso/ntlm/av-pairs.ts';
import { checkAnswer, ntHash, readAnswer, responseKey } from '../../../fsso/ntlm/proof.ts';
import { NdrReader } from '../../../fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../../fsso/rpc/ndr-writer.ts';
import { domainSidParts, type NetlogonDomain, type NetlogonUser, statuses } from './domain.ts';

/** What a member asks: whether this answer to this nonce is that of the user. */
export interface VerdictQuestion {
  readonly domain: string;
  readonly user: string;
  readonly challenge: Buffer;
  readonly nt: Buffer;
}

/** NetrLogonSamLogonEx with a network logon (MS-NRPC 3.5.4.5.1, 2.2.1.4.5). @throws RpcDecodeError */
export function readVerdictQuestion(stub: Buffer): VerdictQuestion {
  const reader = new NdrReader(stub);
  const name = (): void => {
    if (reader.pointer()) reader.wideString();
  };
  name();
  name();
  // The level, and once more as which arm of the union follows.
  reader.u16();
  reader.u16();
  reader.pointer();
  const hasDomain = reader.unicodeString().hasText;
  // ParameterControl, and a reserved logon id.
  for (let word = 0; word < 3; word++) reader.u32();
  const hasUser = reader.unicodeString().hasText;
  const hasWorkstation = reader.unicodeString().hasText;
  const challenge = Buffer.from(reader.bytes(8));
  const hasNt = reader.unicodeString().hasText;
  reader.unicodeString();
  const text = (isThere: boolean): string => {
    if (!isThere) return '';
    reader.align(4);
    return reader.wideString();
  };
  const domain = text(hasDomain);
  const user = text(hasUser);
  text(hasWorkstation);
  reader.align(4);
  return { domain, user, challenge, nt: hasNt ? Buffer.from(reader.varyingBytes()) : Buffer.alloc(0) };
}

/** The stub of the verdict. @throws NtlmError for an answer that is none of the second version */
export function verdictOn({ domain, user, challenge, nt }: VerdictQuestion, of: NetlogonDomain): Buffer {
  const answer = readAnswer(nt);
  if (!isForChannel(answer.facts, of)) return refused(statuses.logonFailure);
  if (domain !== '' && domain.toUpperCase() !== of.domain) return refused(statuses.noSuchUser);
  const known = knownUser(of, user);
  if (known === null) return refused(statuses.noSuchUser);
  const [name, { password, status, groups = [] }] = known;
  const baseKey = checkAnswer(responseKey(ntHash(password), user, domain), challenge, answer);
  if (baseKey === null) return refused(statuses.wrongPassword);
  if (status) return refused(status);
  return validated(name, of.domain, groups, baseKey);
}

/** The challenge was in the name of the machine that asks, and of its domain; as Samba has it. */
function isForChannel(facts: readonly AvPair[], { domain, computer }: NetlogonDomain): boolean {
  const named = (id: number, due: string): boolean => {
    const said = avText(facts, id);
    return said === '' || said.toUpperCase() === due.toUpperCase();
  };
  return named(avIds.computerName, computer) && named(avIds.domainName, domain);
}

/** A user as the directory writes it. */
function knownUser({ users }: NetlogonDomain, user: string): readonly [string, NetlogonUser] | null {
  return Object.entries(users).find(([name]) => name.toLowerCase() === user.toLowerCase()) ?? null;
}

const userSessionKeyIsMeant = 0x120;

/** NETLOGON_VALIDATION_SAM_INFO4 (MS-NRPC 2.2.1.4.13). */
function validated(user: string, domain: string, groups: readonly number[], sessionKey: Buffer): Buffer {
  const writer = new NdrWriter().u16(6).pointer().bytes(Buffer.alloc(48));
  writer.unicodeString(user);
  for (let empty = 0; empty < 5; empty++) writer.unicodeString(null);
  writer.u16(0).u16(0).u32(1104).u32(513);
  writer
    .u32(groups.length)
    .pointer(groups.length > 0)
    .u32(userSessionKeyIsMeant);
  writer.bytes(sessionKey).unicodeString('DC1').unicodeString(domain).pointer();
  writer.bytes(Buffer.alloc(40)).u32(0).pointer(false);
  for (let empty = 0; empty < 12; empty++) writer.unicodeString(null);
  writer.wideString(user, '');
  if (groups.length > 0) {
    writer.u32(groups.length);
    for (const id of groups) writer.u32(id).u32(7);
  }
  writer.align(4).wideString('DC1', '').align(4).wideString(domain, '');
  const parts = domainSidParts.length;
  writer
    .align(4)
    .u32(parts)
    .bytes(Buffer.from([1, parts, 0, 0, 0, 0, 0, 5]));
  for (const part of domainSidParts) writer.u32(part);
  // Sure of it, no flags, done.
  return writer.u32(1).u32(0).u32(0).finish();
}

function refused(status: number): Buffer {
  return new NdrWriter().u16(6).u32(0).u32(1).u32(0).u32(status).finish();
}
