import { randomBytes } from 'node:crypto';
import { ntHash } from '../../../fsso/ntlm/proof.ts';
import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { aesFlag, netlogonCalls } from '../../../fsso/rpc/interfaces/netlogon.ts';
import { NdrReader } from '../../../fsso/rpc/ndr-reader.ts';
import { NdrWriter } from '../../../fsso/rpc/ndr-writer.ts';
import { channelCredential, channelKey } from '../../../fsso/rpc/schannel.ts';
import { serverFaults } from '../rpc/service.ts';
import { type NetlogonDomain, statuses } from './domain.ts';

/** Of the machine's account. */
const relativeId = 1000;
const otherFlags = 0x1ff;

/** How a machine and a domain controller agree on a key, on one connection (MS-NRPC 3.5.4.4.1, 3.5.4.4.2). */
export class ChannelAgreement {
  readonly #domain: NetlogonDomain;
  readonly #agreed: (key: Buffer) => void;
  #client: Buffer | null = null;
  #server = Buffer.alloc(8);

  constructor(domain: NetlogonDomain, agreed: (key: Buffer) => void) {
    this.#domain = domain;
    this.#agreed = agreed;
  }

  /** @throws RpcFault, RpcDecodeError */
  call(opnum: number, stub: Buffer): Buffer {
    if (opnum === netlogonCalls.requestChallenge) return this.#challenge(stub);
    if (opnum === netlogonCalls.authenticate3) return this.#authenticate(stub);
    throw new RpcFault(serverFaults.noSuchCall);
  }

  #challenge(stub: Buffer): Buffer {
    const reader = new NdrReader(stub);
    if (reader.pointer()) reader.wideString();
    reader.align(4);
    reader.wideString();
    this.#client = Buffer.from(reader.bytes(8));
    this.#server = randomBytes(8);
    return new NdrWriter().bytes(this.#server).u32(0).finish();
  }

  #authenticate(stub: Buffer): Buffer {
    const reader = new NdrReader(stub);
    if (reader.pointer()) reader.wideString();
    reader.align(4);
    const account = reader.wideString();
    // The kind of the channel.
    reader.u16();
    reader.align(4);
    reader.wideString();
    const shown = reader.bytes(8);
    const client = this.#client;
    // A challenge is good for one attempt.
    this.#client = null;
    if (account.toLowerCase() !== `${this.#domain.computer}$`.toLowerCase())
      return refused(statuses.noTrustAccount);
    if (client === null) return refused(statuses.accessDenied);
    const key = channelKey(ntHash(this.#domain.password), client, this.#server);
    if (!shown.equals(channelCredential(key, client))) return refused(statuses.accessDenied);
    this.#agreed(key);
    return answer(channelCredential(key, this.#server), aesFlag | otherFlags, relativeId, 0);
  }
}

function answer(credential: Buffer, flags: number, id: number, status: number): Buffer {
  return new NdrWriter().bytes(credential).u32(flags).u32(id).u32(status).finish();
}

function refused(status: number): Buffer {
  return answer(Buffer.alloc(8), 0, 0, status);
}
