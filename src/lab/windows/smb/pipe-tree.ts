import { randomBytes } from 'node:crypto';
import { RpcDecodeError } from '../../../fsso/rpc/errors.ts';
import { RpcEndpoint } from '../rpc/endpoint.ts';
import { EndpointLogin } from '../rpc/endpoint-login.ts';
import type { Caller } from '../rpc/service.ts';
import { type Agreed, negotiateCheck } from './negotiation.ts';
import type { SmbServed } from './served.ts';
import {
  commands,
  errorBody,
  headerBytes,
  namedBytes,
  type SmbRequest,
  type SmbResponse,
  smbStatuses,
} from './wire.ts';

const mostPipes = 64;
const fileIdBytes = 16;
/** In a related request of a compound: the file of the one before. */
const sameFile = 'f'.repeat(2 * fileIdBytes);

const controls = {
  transceive: 0x0011c017,
  waitForPipe: 0x00110018,
  validateNegotiation: 0x00140204,
  dfsReferrals: 0x00060194,
  dfsReferralsMore: 0x000601b0,
} as const;

const failed = (status: number): SmbResponse => ({ status, body: errorBody });

/** The share IPC$ as one session connected it: the pipes that it opened. */
export class PipeTree {
  readonly #served: SmbServed;
  readonly #agreed: Agreed;
  readonly #caller: Caller;
  readonly #pipes = new Map<string, RpcEndpoint>();
  #last = '';

  constructor(served: SmbServed, agreed: Agreed, caller: Caller) {
    this.#served = served;
    this.#agreed = agreed;
    this.#caller = caller;
  }

  /** @throws RangeError for a request that is too short */
  answer(request: SmbRequest, isRelated: boolean): SmbResponse {
    switch (request.command) {
      case commands.create:
        return this.#open(request);
      case commands.close:
        return this.#closePipe(this.#name(request, 8, isRelated));
      case commands.write:
        return this.#write(request, this.#name(request, 16, isRelated));
      case commands.read:
        return this.#read(request, this.#name(request, 16, isRelated));
      case commands.ioctl:
        return this.#control(request, isRelated);
      case commands.flush:
        return { status: smbStatuses.done, body: Buffer.from([4, 0, 0, 0]) };
      default:
        return failed(smbStatuses.notSupported);
    }
  }

  close(): void {
    for (const pipe of this.#pipes.values()) pipe.close();
    this.#pipes.clear();
  }

  #name({ body }: SmbRequest, at: number, isRelated: boolean): string {
    const name = namedBytes(body, at, fileIdBytes).toString('hex');
    return isRelated && name === sameFile ? this.#last : name;
  }

  #open({ message, body }: SmbRequest): SmbResponse {
    const name = namedBytes(message, body.readUInt16LE(44), body.readUInt16LE(46)).toString('utf16le');
    const pipe = name.replace(/^\\/, '').toLowerCase();
    const served = this.#served.pipes
      .get(pipe)
      ?.filter(({ interfaceId }) => !this.#served.machine.absent.has(interfaceId.name));
    if (served === undefined || served.length === 0) return failed(smbStatuses.notFound);
    if (this.#pipes.size >= mostPipes) return failed(smbStatuses.accessDenied);
    const id = randomBytes(fileIdBytes);
    this.#last = id.toString('hex');
    const { machine, clock } = this.#served;
    const { address } = this.#caller;
    const endpoint = new RpcEndpoint({
      address: `\\PIPE\\${pipe}`,
      served,
      caller: this.#caller,
      logIn: (verifier) => EndpointLogin.begin(verifier, { machine, clock, address }),
    });
    this.#pipes.set(this.#last, endpoint);
    const answer = Buffer.alloc(88);
    answer.writeUInt16LE(89, 0);
    // It was there and was opened; a file without special properties.
    answer.writeUInt32LE(1, 4);
    answer.writeUInt32LE(0x80, 56);
    id.copy(answer, 64);
    return { status: smbStatuses.done, body: answer };
  }

  #closePipe(name: string): SmbResponse {
    this.#pipes.get(name)?.close();
    if (!this.#pipes.delete(name)) return failed(smbStatuses.fileClosed);
    const answer = Buffer.alloc(60);
    answer.writeUInt16LE(60, 0);
    return { status: smbStatuses.done, body: answer };
  }

  #push(pipe: RpcEndpoint, bytes: Buffer): boolean {
    try {
      pipe.push(bytes);
      return true;
    } catch (error) {
      if (error instanceof RpcDecodeError) return false;
      throw error;
    }
  }

  #write({ message, body }: SmbRequest, name: string): SmbResponse {
    const pipe = this.#pipes.get(name);
    if (pipe === undefined) return failed(smbStatuses.fileClosed);
    const bytes = namedBytes(message, body.readUInt16LE(2), body.readUInt32LE(4));
    if (!this.#push(pipe, bytes)) return failed(smbStatuses.pipeBroken);
    const answer = Buffer.alloc(16);
    answer.writeUInt16LE(17, 0);
    answer.writeUInt32LE(bytes.length, 4);
    return { status: smbStatuses.done, body: answer };
  }

  #read({ body }: SmbRequest, name: string): SmbResponse {
    const pipe = this.#pipes.get(name);
    if (pipe === undefined) return failed(smbStatuses.fileClosed);
    const pulled = pipe.pull(body.readUInt32LE(4));
    if (pulled === null) return failed(smbStatuses.pipeEmpty);
    const fixed = Buffer.alloc(16);
    fixed.writeUInt16LE(17, 0);
    fixed[2] = headerBytes + fixed.length;
    fixed.writeUInt32LE(pulled.bytes.length, 4);
    fixed.writeUInt32LE(pulled.left, 8);
    return {
      status: pulled.left > 0 ? smbStatuses.bufferOverflow : smbStatuses.done,
      body: Buffer.concat([fixed, pulled.bytes]),
    };
  }

  #control(request: SmbRequest, isRelated: boolean): SmbResponse {
    const { message, body } = request;
    const code = body.readUInt32LE(4);
    switch (code) {
      case controls.transceive: {
        const pipe = this.#pipes.get(this.#name(request, 8, isRelated));
        if (pipe === undefined) return failed(smbStatuses.fileClosed);
        const bytes = namedBytes(message, body.readUInt32LE(24), body.readUInt32LE(28));
        if (!this.#push(pipe, bytes)) return failed(smbStatuses.pipeBroken);
        const pulled = pipe.pull(body.readUInt32LE(44));
        if (pulled === null) return failed(smbStatuses.pipeEmpty);
        const status = pulled.left > 0 ? smbStatuses.bufferOverflow : smbStatuses.done;
        return { status, body: controlBody(body, code, pulled.bytes) };
      }
      case controls.waitForPipe:
        return { status: smbStatuses.done, body: controlBody(body, code, Buffer.alloc(0)) };
      case controls.validateNegotiation: {
        const check = negotiateCheck(this.#agreed, this.#served.serverId);
        return { status: smbStatuses.done, body: controlBody(body, code, check) };
      }
      case controls.dfsReferrals:
      case controls.dfsReferralsMore:
        return failed(smbStatuses.noDfs);
      default:
        return failed(smbStatuses.invalidDevice);
    }
  }
}

function controlBody(asked: Buffer, code: number, output: Buffer): Buffer {
  const fixed = Buffer.alloc(48);
  fixed.writeUInt16LE(49, 0);
  fixed.writeUInt32LE(code, 4);
  asked.copy(fixed, 8, 8, 8 + fileIdBytes);
  const at = headerBytes + fixed.length;
  fixed.writeUInt32LE(at, 24);
  fixed.writeUInt32LE(at, 32);
  fixed.writeUInt32LE(output.length, 36);
  return Buffer.concat([fixed, output]);
}
