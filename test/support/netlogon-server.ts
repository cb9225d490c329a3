import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { checkAnswer, ntHash, readAnswer, responseKey } from '../../src/fsso/ntlm/proof.ts';
import { PduStream } from '../../src/fsso/rpc/fragments.ts';
import { endpointMapper } from '../../src/fsso/rpc/interfaces/epm.ts';
import { lsarpc } from '../../src/fsso/rpc/interfaces/lsarpc.ts';
import { aesFlag } from '../../src/fsso/rpc/interfaces/netlogon.ts';
import { NdrReader } from '../../src/fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../src/fsso/rpc/ndr-writer.ts';
import { type BindPdu, encodePdu, type RequestPdu, wholePdu } from '../../src/fsso/rpc/pdu.ts';
import { authTypes, ndrSyntax, pduTypes } from '../../src/fsso/rpc/profile.ts';
import { channelCredential, channelKey } from '../../src/fsso/rpc/schannel.ts';

export interface NetlogonUser {
  readonly password: string;
  /** NTSTATUS of a right password; 0 where it is missing. */
  readonly status?: number;
  /** Relative identifiers. */
  readonly groups?: readonly number[];
}

export interface NetlogonServerOptions {
  readonly domain: string;
  /** Without its `$`. */
  readonly computer: string;
  readonly password: string;
  readonly users: Readonly<Record<string, NetlogonUser>>;
  /** Of groups, by relative identifier; those that are not here have none. */
  readonly groupNames?: Readonly<Record<number, string>>;
}

export const testDomainSid = [21, 1, 2, 3] as const;

/** A domain controller's Netlogon, as much of it as verdicts need, on a port of its own; the endpoint mapper listens there too. */
export class NetlogonServer {
  readonly #options: NetlogonServerOptions;
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  /** Every key that was agreed on; a bind uses the last. */
  readonly keys: Buffer[] = [];
  /** Users asked about, in their order. */
  readonly asked: string[] = [];
  /** Awaited before each verdict. */
  before: () => Promise<void> = () => Promise.resolve();
  connections = 0;
  /** Questions for names. */
  lookups = 0;

  constructor(options: NetlogonServerOptions) {
    this.#options = options;
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends what stands; new connections are taken. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Knows no key any more, as after a restart. */
  forget(): void {
    this.keys.length = 0;
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    const stream = new PduStream(0xffff);
    let key: Buffer | null = null;
    let isMapper = false;
    let namesSids = false;
    let count = 0;
    const state = { client: Buffer.alloc(8), server: Buffer.alloc(8) };
    const answer = async (pdu: RequestPdu | BindPdu): Promise<void> => {
      if (pdu.type !== pduTypes.request) {
        isMapper = pdu.contexts[0]?.abstract.uuid === endpointMapper.uuid;
        namesSids = pdu.contexts[0]?.abstract.uuid === lsarpc.uuid;
        if (pdu.auth?.type === authTypes.netlogon) key = this.keys.at(-1) ?? Buffer.alloc(16);
        socket.write(bound(pdu));
        return;
      }
      const common = { flags: wholePdu, callId: pdu.callId, contextId: 0 };
      if (key !== null) {
        const clear = unseal(key, count, pdu.stub, pdu.auth?.token ?? Buffer.alloc(56));
        if (clear === null || this.keys.length === 0) {
          socket.write(encodePdu({ ...common, type: pduTypes.fault, auth: null, status: 5 }));
          return;
        }
        await this.before();
        const request = clear.subarray(0, clear.length - (pdu.auth?.padding ?? 0));
        const reply = namesSids ? this.#named(request) : this.#verdict(request);
        const padding = (16 - (reply.length % 16)) % 16;
        const sealed = seal(key, count + 1, Buffer.concat([reply, Buffer.alloc(padding)]));
        count += 2;
        const auth = { type: 0x44, level: 6, padding, contextId: 0, token: sealed.signature };
        socket.write(
          encodePdu({ ...common, type: pduTypes.response, auth, allocHint: 0, stub: sealed.stub }),
        );
        return;
      }
      const stub = isMapper ? this.#mapped(socket) : this.#agree(pdu, state);
      socket.write(encodePdu({ ...common, type: pduTypes.response, auth: null, allocHint: 0, stub }));
    };
    socket.on('data', async (bytes) => {
      stream.push(bytes as Buffer);
      for (let pdu = stream.next(); pdu !== null; pdu = stream.next())
        if (pdu.type === pduTypes.request || pdu.type === pduTypes.bind) await answer(pdu);
    });
  }

  #mapped(socket: Socket): Buffer {
    const floor = (left: number[], right: number[]): Buffer =>
      Buffer.from([left.length, 0, ...left, right.length, 0, ...right]);
    const port = socket.localPort as number;
    const tower = Buffer.concat([
      Buffer.from([2, 0]),
      floor([0x0b], [0, 0]),
      floor([0x07], [port >> 8, port & 0xff]),
    ]);
    return new NdrWriter()
      .bytes(Buffer.alloc(20))
      .u32(1)
      .u32(4)
      .u32(0)
      .u32(1)
      .pointer()
      .u32(tower.length)
      .u32(tower.length)
      .bytes(tower)
      .u32(0)
      .finish();
  }

  #agree(pdu: RequestPdu, state: { client: Buffer; server: Buffer }): Buffer {
    const reader = new NdrReader(pdu.stub);
    reader.u32();
    const name = reader.wideString();
    if (pdu.opnum === 4) {
      state.client = Buffer.from(reader.bytes(8));
      state.server = randomBytes(8);
      return new NdrWriter().bytes(state.server).u32(0).finish();
    }
    reader.u16();
    reader.wideString();
    const key = channelKey(ntHash(this.#options.password), state.client, state.server);
    const refused = (status: number): Buffer =>
      new NdrWriter().bytes(Buffer.alloc(8)).u32(0).u32(0).u32(status).finish();
    if (name !== `${this.#options.computer}$`) return refused(0xc000018b);
    if (!reader.bytes(8).equals(channelCredential(key, state.client))) return refused(0xc0000022);
    this.keys.push(key);
    return new NdrWriter()
      .bytes(channelCredential(key, state.server))
      .u32(aesFlag | 0x1ff)
      .u32(1000)
      .u32(0)
      .finish();
  }

  #named(stub: Buffer): Buffer {
    this.lookups += 1;
    const reader = new NdrReader(stub);
    const count = reader.u32();
    reader.pointer();
    reader.u32();
    for (let each = 0; each < count; each++) reader.pointer();
    const names = Array.from({ length: count }, () => {
      const parts = reader.count(4);
      reader.bytes(8);
      const numbers = Array.from({ length: parts }, () => reader.u32());
      return this.#options.groupNames?.[numbers.at(-1) ?? 0] ?? null;
    });
    const writer = new NdrWriter().pointer().u32(1).pointer().u32(32).u32(1);
    writer.unicodeString(this.#options.domain).pointer(false).wideString(this.#options.domain, '');
    writer.u32(count).pointer().u32(count);
    for (const name of names)
      writer
        .align(4)
        .u16(name === null ? 8 : 2)
        .unicodeString(name)
        .u32(name === null ? 0xffffffff : 0)
        .u32(0);
    for (const name of names) if (name !== null) writer.wideString(name, '');
    return writer
      .u32(names.filter((name) => name !== null).length)
      .u32(0x107)
      .finish();
  }

  #verdict(stub: Buffer): Buffer {
    const { domain, user, challenge, nt } = readRequest(stub);
    this.asked.push(user);
    const refused = (status: number): Buffer =>
      new NdrWriter().u16(6).u32(0).u32(1).u32(0).u32(status).finish();
    if (domain !== '' && domain.toUpperCase() !== this.#options.domain) return refused(0xc0000064);
    const known = this.#options.users[user];
    if (!known) return refused(0xc0000064);
    const key = responseKey(ntHash(known.password), user, domain);
    const baseKey = checkAnswer(key, challenge, readAnswer(nt));
    if (baseKey === null) return refused(0xc000006a);
    if (known.status) return refused(known.status);
    return validated(user, this.#options.domain, known.groups ?? [], baseKey);
  }
}

function readRequest(stub: Buffer) {
  const reader = new NdrReader(stub);
  const server = reader.pointer() ? reader.wideString() : '';
  const computer = reader.pointer() ? reader.wideString() : '';
  reader.u16();
  reader.u16();
  reader.pointer();
  reader.unicodeString();
  reader.u32();
  reader.u32();
  reader.u32();
  reader.unicodeString();
  reader.unicodeString();
  const challenge = Buffer.from(reader.bytes(8));
  for (let blob = 0; blob < 2; blob++) reader.unicodeString();
  const text = (): string => {
    reader.align(4);
    return reader.wideString();
  };
  const domain = text();
  const user = text();
  const workstation = text();
  reader.align(4);
  const nt = Buffer.from(reader.varyingBytes());
  return { server, computer, domain, user, workstation, challenge, nt };
}

/** NETLOGON_VALIDATION_SAM_INFO4 of a user with these groups. */
export function validated(
  user: string,
  domain: string,
  groups: readonly number[],
  sessionKey: Buffer,
): Buffer {
  const writer = new NdrWriter().u16(6).pointer().bytes(Buffer.alloc(48));
  writer.unicodeString(user);
  for (let empty = 0; empty < 5; empty++) writer.unicodeString(null);
  writer
    .u16(0)
    .u16(0)
    .u32(1104)
    .u32(513)
    .u32(groups.length)
    .pointer(groups.length > 0)
    .u32(0x120);
  writer.bytes(sessionKey).unicodeString('DC1').unicodeString(domain).pointer();
  writer.bytes(Buffer.alloc(40)).u32(0).pointer(false);
  for (let empty = 0; empty < 12; empty++) writer.unicodeString(null);
  writer.wideString(user, '');
  if (groups.length > 0) {
    writer.u32(groups.length);
    for (const id of groups) writer.u32(id).u32(7);
  }
  writer.wideString('DC1', '').wideString(domain, '');
  writer.u32(testDomainSid.length).bytes(Buffer.from([1, testDomainSid.length, 0, 0, 0, 0, 0, 5]));
  for (const part of testDomainSid) writer.u32(part);
  return writer.u32(1).u32(0).u32(0).finish();
}

function bound(pdu: BindPdu): Buffer {
  return encodePdu({
    type: pduTypes.bindAck,
    flags: wholePdu,
    callId: pdu.callId,
    auth: pdu.auth
      ? { ...pdu.auth, padding: 0, token: Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }
      : null,
    maxTransmit: 5840,
    maxReceive: 5840,
    group: 1,
    address: '',
    results: [{ result: 0, reason: 0, transfer: ndrSyntax }],
  });
}

// The server's half of the secure channel, written apart from ours.

const twice = (eight: Buffer): Buffer => Buffer.concat([eight, eight]);
const xored = (key: Buffer): Buffer => Buffer.from(key.map((byte) => byte ^ 0xf0));
const hmac = (key: Buffer, data: Buffer): Buffer =>
  createHmac('sha256', key).update(data).digest().subarray(0, 8);

function sequence(count: number, mark: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(count);
  bytes[4] = mark;
  return bytes;
}

function unseal(key: Buffer, count: number, stub: Buffer, token: Buffer): Buffer | null {
  const due = sequence(count, 0x80);
  const cipher = createDecipheriv('aes-128-cfb8', xored(key), twice(due));
  const clear = cipher.update(Buffer.concat([token.subarray(24, 32), stub]));
  const checksum = hmac(key, Buffer.concat([token.subarray(0, 8), clear]));
  return checksum.equals(token.subarray(16, 24)) ? clear.subarray(8) : null;
}

function seal(key: Buffer, count: number, clear: Buffer): { stub: Buffer; signature: Buffer } {
  const head = Buffer.from([0x13, 0, 0x1a, 0, 0xff, 0xff, 0, 0]);
  const confounder = randomBytes(8);
  const checksum = hmac(key, Buffer.concat([head, confounder, clear]));
  const due = sequence(count, 0);
  const number = createCipheriv('aes-128-cfb8', key, twice(checksum)).update(due);
  const sealed = createCipheriv('aes-128-cfb8', xored(key), twice(due)).update(
    Buffer.concat([confounder, clear]),
  );
  const signature = Buffer.concat([head, number, checksum, sealed.subarray(0, 8), Buffer.alloc(24)]);
  return { stub: sealed.subarray(8), signature };
}
