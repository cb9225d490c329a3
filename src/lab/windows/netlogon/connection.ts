import type { Socket } from 'node:net';
import { NtlmError } from '../../../fsso/ntlm/ntlm-error.ts';
import { RpcDecodeError, RpcFault } from '../../../fsso/rpc/errors.ts';
import { cutStub, PduStream, StubParts } from '../../../fsso/rpc/fragments.ts';
import { encodeMapReply, endpointMapper, mapCall } from '../../../fsso/rpc/interfaces/epm.ts';
import { lookupSidsCall, lsarpc } from '../../../fsso/rpc/interfaces/lsarpc.ts';
import { netlogon, netlogonCalls } from '../../../fsso/rpc/interfaces/netlogon.ts';
import { type BindPdu, headerBytes, type RequestPdu, wholePdu } from '../../../fsso/rpc/pdu.ts';
import { encodePdu } from '../../../fsso/rpc/pdu-writer.ts';
import {
  authLevels,
  authTypes,
  longestFragment,
  ndrSyntax,
  pduTypes,
  presentation,
} from '../../../fsso/rpc/profile.ts';
import { serverFaults } from '../rpc/service.ts';
import { ChannelAgreement } from './agreement.ts';
import { ChannelSeal } from './channel-seal.ts';
import type { NetlogonDomain } from './domain.ts';

/** What stands behind all connections of a domain controller. */
export interface NetlogonServed {
  readonly domain: NetlogonDomain;
  /** Every key that was agreed on; a bind uses the last. */
  readonly keys: Buffer[];
  /** The stubs of the answers; what they throw of RPC and NTLM is a fault. */
  verdict(stub: Buffer): Promise<Buffer>;
  names(stub: Buffer): Promise<Buffer>;
}

const longestStub = 1024 * 1024;
const accessDenied = 5;
const sealBlock = 16;
/** What a fragment holds beside its stub: the rest of its head, and what seals it. */
const fragmentOverhead = headerBytes + 8 + 8 + ChannelSeal.signatureBytes;
/** NL_AUTH_MESSAGE that says yes (MS-NRPC 2.2.1.3.1). */
const helloBack = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** One TCP connection of a member: an agreement, sealed calls, or a question to the endpoint mapper. Requests are answered in their order. */
export class NetlogonConnection {
  readonly #socket: Socket;
  readonly #served: NetlogonServed;
  readonly #agreement: ChannelAgreement;
  readonly #stream = new PduStream(longestFragment);
  #interface = '';
  /** Of a sealed binding; `seal` is null where no key was agreed on. */
  #channel: { readonly key: Buffer; readonly seal: ChannelSeal } | 'no-key' | null = null;
  #parts: StubParts | null = null;

  constructor(socket: Socket, served: NetlogonServed) {
    this.#socket = socket;
    this.#served = served;
    this.#agreement = new ChannelAgreement(served.domain, (key) => served.keys.push(key));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      // The next one is read when this one is answered.
      socket.pause();
      this.#take(bytes).then(
        () => socket.resume(),
        (error: unknown) => {
          socket.destroy();
          if (!(error instanceof RpcDecodeError)) throw error;
        },
      );
    });
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#stream.push(bytes);
    for (let pdu = this.#stream.next(); pdu !== null; pdu = this.#stream.next())
      if (pdu.type === pduTypes.request) await this.#request(pdu);
      else if (pdu.type === pduTypes.bind) this.#bind(pdu);
  }

  #bind(pdu: BindPdu): void {
    this.#interface = pdu.contexts[0]?.abstract.uuid ?? '';
    const { keys } = this.#served;
    const key = keys.at(-1);
    if (pdu.auth?.type === authTypes.netlogon)
      this.#channel = key === undefined ? 'no-key' : { key, seal: new ChannelSeal(key) };
    this.#socket.write(
      encodePdu({
        type: pduTypes.bindAck,
        flags: wholePdu,
        callId: pdu.callId,
        auth: pdu.auth ? { ...pdu.auth, padding: 0, token: helloBack } : null,
        maxTransmit: longestFragment,
        maxReceive: longestFragment,
        group: 1,
        address: '',
        results: pdu.contexts.map(() => ({ result: presentation.accepted, reason: 0, transfer: ndrSyntax })),
      }),
    );
  }

  async #request(pdu: RequestPdu): Promise<void> {
    const part = this.#clear(pdu);
    if (part === null) {
      this.#fault(pdu, accessDenied);
      return;
    }
    this.#parts ??= new StubParts(longestStub);
    const stub = this.#parts.add(pdu.flags, part);
    if (stub === null) return;
    this.#parts = null;
    try {
      this.#reply(pdu, await this.#answer(pdu.opnum, stub));
    } catch (error) {
      if (error instanceof RpcFault) this.#fault(pdu, error.status);
      else if (error instanceof RpcDecodeError || error instanceof NtlmError)
        this.#fault(pdu, serverFaults.badStub);
      else throw error;
    }
  }

  /** The stub as it was before it was sealed; null where it is not that of this channel, or the channel is over. */
  #clear({ stub, auth }: RequestPdu): Buffer | null {
    if (this.#channel === null) return stub;
    if (this.#channel === 'no-key' || !this.#served.keys.includes(this.#channel.key)) return null;
    const clear = this.#channel.seal.open(stub, auth?.token ?? Buffer.alloc(0));
    return clear?.subarray(0, clear.length - (auth?.padding ?? 0)) ?? null;
  }

  async #answer(opnum: number, stub: Buffer): Promise<Buffer> {
    const isSealed = this.#channel !== null;
    if (this.#interface === endpointMapper.uuid && opnum === mapCall)
      return encodeMapReply({ interfaceId: netlogon, port: this.#socket.localPort ?? 0 });
    if (this.#interface === netlogon.uuid && opnum === netlogonCalls.samLogonEx) {
      if (!isSealed) throw new RpcFault(accessDenied);
      return await this.#served.verdict(stub);
    }
    if (this.#interface === netlogon.uuid) return this.#agreement.call(opnum, stub);
    if (this.#interface !== lsarpc.uuid || opnum !== lookupSidsCall)
      throw new RpcFault(serverFaults.noSuchCall);
    if (!isSealed) throw new RpcFault(accessDenied);
    return await this.#served.names(stub);
  }

  #reply({ callId, contextId }: RequestPdu, answer: Buffer): void {
    const common = { type: pduTypes.response, callId, contextId };
    const channel = this.#channel;
    const room = longestFragment - fragmentOverhead;
    for (const { flags, part, left } of cutStub(answer, room - (room % sealBlock))) {
      if (channel === null || channel === 'no-key') {
        this.#socket.write(encodePdu({ ...common, flags, auth: null, allocHint: left, stub: part }));
        continue;
      }
      const padding = (sealBlock - (part.length % sealBlock)) % sealBlock;
      const { stub, signature } = channel.seal.seal(Buffer.concat([part, Buffer.alloc(padding)]));
      const { netlogon: type } = authTypes;
      const auth = { type, level: authLevels.privacy, padding, contextId: 0, token: signature };
      this.#socket.write(encodePdu({ ...common, flags, auth, allocHint: left, stub }));
    }
  }

  #fault({ callId, contextId }: RequestPdu, status: number): void {
    this.#socket.write(
      encodePdu({ type: pduTypes.fault, flags: wholePdu, callId, contextId, auth: null, status }),
    );
  }
}
