import { expect, test } from 'vitest';
import { sidBytes } from '../../../src/fsso/directory/active-directory/sid.ts';
import { RpcDecodeError } from '../../../src/fsso/rpc/errors.ts';
import { decodeMapReply } from '../../../src/fsso/rpc/interfaces/epm.ts';
import { decodeLookupReply, someNotMapped } from '../../../src/fsso/rpc/interfaces/lsarpc.ts';
import { decodeSamLogonReply } from '../../../src/fsso/rpc/interfaces/netlogon.ts';
import { NdrWriter } from '../../../src/fsso/rpc/ndr-writer.ts';
import { ChannelSecurity, channelKey, encodeChannelHello } from '../../../src/fsso/rpc/schannel.ts';
import { ChannelSeal } from '../../../src/lab/windows/netlogon/channel-seal.ts';
import { netlogonReplies } from './netlogon-replies.ts';

test('a verdict of Samba is read whole: names, SID, nested groups, session key', () => {
  const { status, user } = decodeSamLogonReply(netlogonReplies.user);
  const domain = 'S-1-5-21-2948103065-3601382934-4288487414';
  expect(status).toBe(0);
  expect(user).toMatchObject({
    ...{ user: 'user01', fullName: 'Test User01', domain: 'CORP', dnsDomain: 'corp.example' },
    ...{ principal: 'user01@corp.example', sid: `${domain}-1112`, isGuest: false },
    groups: [513, 1106, 1105, 1104, 1103, 1109].map((id) => `${domain}-${id}`),
  });
  expect(user?.sessionKey).toHaveLength(16);
  expect(decodeSamLogonReply(netlogonReplies.wrongPassword)).toEqual({ status: 0xc000006a, user: null });
});

/** The verdict on user01 with one more SID, of another domain, as a DC adds them: a group of its own, or a name of old. */
function withForeignSid(): Buffer {
  const { user } = netlogonReplies;
  const dnsDomain = user.indexOf(Buffer.from('0c000000000000000c000000', 'hex'));
  const sid = sidBytes('S-1-5-21-7-8-9-1105');
  const extra = new NdrWriter().u32(1).pointer().u32(7).u32(5).bytes(sid).finish();
  const whole = Buffer.concat([user.subarray(0, dnsDomain), extra, user.subarray(dnsDomain)]);
  whole.writeUInt32LE(1, extraSidsAt);
  whole.writeUInt32LE(0x20050, extraSidsAt + 4);
  return whole;
}
/** SidCount and ExtraSids, and the pointer to the domain's SID, in NETLOGON_VALIDATION_SAM_INFO4 behind its level. */
const extraSidsAt = 204;
const domainSidAt = 160;

test('SIDs of other domains are among the groups, each once', () => {
  const { user } = decodeSamLogonReply(withForeignSid());
  expect(user?.groups).toHaveLength(7);
  expect(user?.groups.at(-1)).toBe('S-1-5-21-7-8-9-1105');
  expect(user?.dnsDomain).toBe('corp.example');
});

test('a user of no domain is none', () => {
  const less = Buffer.from(netlogonReplies.user);
  less.writeUInt32LE(0, domainSidAt);
  expect(() => decodeSamLogonReply(less)).toThrow(/no domain/);
});

test('a verdict that ends anywhere before its end is refused', () => {
  const whole = netlogonReplies.user;
  for (let length = 0; length < whole.length; length += 1)
    expect(() => decodeSamLogonReply(whole.subarray(0, length)), String(length)).toThrow(/at byte/);
});

test('the names of SIDs are read with their domains, and gaps where there is none', () => {
  const whole = netlogonReplies.names;
  const { status, names } = decodeLookupReply(whole);
  expect(status).toBe(someNotMapped);
  expect(names.map((each) => each && `${each.domain}/${each.name}`)).toEqual([
    'CORP/anna',
    'CORP/Domain Users',
    'CORP/Oncall',
    'CORP/Backend',
    null,
    'BUILTIN/Administrators',
  ]);
  for (let length = 0; length < whole.length; length += 1)
    expect(() => decodeLookupReply(whole.subarray(0, length)), String(length)).toThrow(/at byte/);
});

test('the endpoint mapper tells the port', () => {
  expect(decodeMapReply(netlogonReplies.mapped)).toBeGreaterThanOrEqual(49152);
});

test('a sealed reply that was changed, or that is not the next one, is refused', () => {
  const key = channelKey(Buffer.alloc(16, 1), Buffer.alloc(8, 2), Buffer.alloc(8, 3));
  const security = () => new ChannelSecurity(encodeChannelHello('CORP', 'COLLECTOR'), key);
  const { stub, signature } = security().protect(Buffer.alloc(32, 7));
  expect(stub).not.toEqual(Buffer.alloc(32, 7));
  expect(signature).toHaveLength(56);
  // Our own words come back as if the server had said them.
  expect(() => security().unprotect(stub, signature)).toThrow(/not the next one/);
  expect(() => security().unprotect(stub, Buffer.alloc(56))).toThrow(/without the seal/);
  expect(() => security().unprotect(stub, signature.subarray(0, 16))).toThrow(/without the seal/);
});

test('a sealed reply of which one bit was changed anywhere is refused, and opened as it came', () => {
  const key = channelKey(Buffer.alloc(16, 1), Buffer.alloc(8, 2), Buffer.alloc(8, 3));
  const clear = Buffer.alloc(32, 7);
  /** A reply of the domain controller of the lab, and who waits for it. */
  const replied = () => {
    const security = new ChannelSecurity(encodeChannelHello('CORP', 'COLLECTOR'), key);
    const controller = new ChannelSeal(key);
    const asked = security.protect(clear);
    expect(controller.open(asked.stub, asked.signature)).toEqual(clear);
    return { security, ...controller.seal(clear) };
  };
  const { security, stub, signature } = replied();
  expect(security.unprotect(stub, signature)).toEqual(clear);
  // What fills the signature up says nothing.
  const meant = 32;
  for (let at = 0; at < stub.length + meant; at += 1) {
    const { security: fresh, stub: sealed, signature: mark } = replied();
    const changed = at < stub.length ? sealed : mark;
    const where = at < stub.length ? at : at - stub.length;
    changed[where] = (changed[where] as number) ^ 0x10;
    expect(() => fresh.unprotect(sealed, mark), String(at)).toThrow(RpcDecodeError);
  }
});
