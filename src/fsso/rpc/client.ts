import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from './errors.ts';
import { cutStub, PduStream, StubParts } from './fragments.ts';
import { type AuthVerifier, type BindAckPdu, type BindPdu, headerBytes, type Pdu, wholePdu } from './pdu.ts';
import { encodePdu } from './pdu-writer.ts';
import type { RpcPipe } from './pipe.ts';
import {
  longestFragment,
  longestReply,
  ndrSyntax,
  pduFlags,
  pduTypes,
  presentation,
  shortestLimit,
} from './profile.ts';
import { clearStub, encodeProtected, stubRoom } from './protected-pdu.ts';
import type { RpcSecurity } from './security.ts';

/** An interface of a server, and the named pipe under which it is found. */
export interface RpcInterface {
  readonly name: string;
  readonly pipe: string;
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
}

export interface RpcBindOptions {
  /** Absent: the pipe's own protection is enough, as on a signed SMB session. */
  readonly security?: RpcSecurity;
  readonly signal?: AbortSignal;
  /** Bytes of one reply, at most. */
  readonly longestReply?: number;
}

const contextId = 0;
/** Of a login, beyond the bind. */
const mostLegs = 4;

const nakReasons: Readonly<Record<number, string>> = {
  1: 'the server is congested',
  2: 'a limit of the server is reached',
  4: 'the version of the protocol is not spoken',
  8: 'the kind of login is not known',
  9: 'the login was refused',
};
const rejections: Readonly<Record<number, string>> = {
  1: 'the interface is not served there',
  2: 'the transfer syntax is not spoken',
  3: 'a limit of the server is reached',
};

/**
 * Binds an interface over a pipe (C706 12.6.4.3). The pipe belongs to the binding from then on and is closed when it fails.
 * @throws RpcBindRefused, RpcDecodeError, and whatever the pipe or the security throw
 */
export async function bindRpc(
  pipe: RpcPipe,
  interfaceId: RpcInterface,
  options: RpcBindOptions = {},
): Promise<RpcClient> {
  try {
    const { security, signal } = options;
    const stream = new PduStream(longestFragment);
    const ask = async (type: BindPdu['type'], token: Buffer | null): Promise<BindAckPdu> => {
      stream.push(await pipe.transact(encodePdu(bindPdu(type, interfaceId, security, token)), signal));
      return accepted(await receive(pipe, stream, signal), type, interfaceId);
    };
    const ack = await ask(pduTypes.bind, security?.first() ?? null);
    if (security !== undefined) await logIn(ack, security, ask, (bytes) => pipe.write(bytes, signal));
    return new RpcClient(pipe, stream, Math.min(longestFragment, ack.maxReceive), options);
  } catch (error) {
    await pipe.close().catch(() => {});
    throw error;
  }
}

function bindPdu(
  type: BindPdu['type'],
  { uuid, major, minor }: RpcInterface,
  security: RpcSecurity | undefined,
  token: Buffer | null,
): BindPdu {
  return {
    type,
    flags: loginFlags(security),
    callId: 1,
    auth: security === undefined || token === null ? null : verifier(security, token),
    maxTransmit: longestFragment,
    maxReceive: longestFragment,
    group: 0,
    contexts: [
      { id: contextId, abstract: { uuid, version: major + minor * 0x10000 }, transfers: [ndrSyntax] },
    ],
  };
}

const loginFlags = (security: RpcSecurity | undefined) =>
  security?.signsHeaders ? wholePdu | pduFlags.headerSign : wholePdu;

const verifier = ({ type, level, contextId: login }: RpcSecurity, token: Buffer): AuthVerifier => ({
  ...{ type, level, padding: 0, contextId: login, token },
});

/** What follows the bind until both sides know each other (MS-RPCE 3.3.1.5.2.1). */
async function logIn(
  ack: BindAckPdu,
  security: RpcSecurity,
  ask: (type: BindPdu['type'], token: Buffer) => Promise<BindAckPdu>,
  write: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  let answer = ack;
  for (let legs = 0; legs < mostLegs; legs += 1) {
    const token = security.next(answer.auth?.token ?? Buffer.alloc(0));
    if (token === null) return;
    if (!security.isAnswered) {
      const auth = verifier(security, token);
      return write(encodePdu({ type: pduTypes.auth3, flags: loginFlags(security), callId: 1, auth }));
    }
    answer = await ask(pduTypes.alterContext, token);
  }
  throw new RpcDecodeError('bad-value', headerBytes, 'a login that comes to no end');
}

function accepted(answer: Pdu, asked: BindPdu['type'], { name }: RpcInterface): BindAckPdu {
  if (answer.type === pduTypes.bindNak)
    throw new RpcBindRefused(
      'nak',
      answer.reason,
      `${name}: ${nakReasons[answer.reason] ?? `the binding was refused (reason ${answer.reason})`}`,
    );
  if (answer.type === pduTypes.fault && asked === pduTypes.alterContext)
    throw new RpcBindRefused('login', answer.status, `${name}: the login was refused`);
  if (answer.type === pduTypes.fault) throw new RpcFault(answer.status);
  if (answer.type !== (asked === pduTypes.bind ? pduTypes.bindAck : pduTypes.alterContextResponse))
    throw new RpcDecodeError('bad-value', 2, `a bind was answered with PDU ${answer.type}`);
  const [result] = answer.results;
  if (result === undefined)
    throw new RpcDecodeError('bad-value', headerBytes, 'a bind was answered without a result');
  if (result.result !== presentation.accepted)
    throw new RpcBindRefused(
      'rejected',
      result.reason,
      `${name}: ${rejections[result.reason] ?? `rejected (reason ${result.reason})`}`,
    );
  if (asked === pduTypes.bind && answer.maxReceive < shortestLimit)
    throw new RpcDecodeError('bad-value', headerBytes, `fragments of ${answer.maxReceive} bytes at most`);
  return answer;
}

async function receive(pipe: RpcPipe, stream: PduStream, signal: AbortSignal | undefined): Promise<Pdu> {
  for (;;) {
    const pdu = stream.next();
    if (pdu !== null) return pdu;
    const bytes = await pipe.read(signal);
    // A message of no bytes brings the answer no nearer, and would be read for ever.
    if (bytes.length === 0) throw new RpcClosed('the pipe ended in the middle of an answer');
    stream.push(bytes);
  }
}

/**
 * One binding. Calls queue: the next is sent when the answer of the one before is all there, because a pipe carries one at a time. A
 * fault leaves the binding as it was; an aborted call, and anything that breaks off in the middle of one, ends it.
 */
export class RpcClient {
  readonly #pipe: RpcPipe;
  readonly #stream: PduStream;
  readonly #most: number;
  readonly #security: RpcSecurity | null;
  readonly #longestReply: number;
  #last: Promise<unknown> = Promise.resolve();
  #callId = 1;
  #isOver = false;

  /** Made by bindRpc. */
  constructor(pipe: RpcPipe, stream: PduStream, most: number, options: RpcBindOptions) {
    this.#pipe = pipe;
    this.#stream = stream;
    this.#most = most;
    this.#security = options.security ?? null;
    this.#longestReply = options.longestReply ?? longestReply;
  }

  /** False when no call can be made any more. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /**
   * The stub of the answer.
   * @throws RpcFault, RpcClosed, RpcDecodeError, the reason of `signal`, and whatever the pipe throws
   */
  call(opnum: number, stub: Buffer, signal?: AbortSignal): Promise<Buffer> {
    const answer = this.#last.then(() => this.#callNow(opnum, stub, signal));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the binding when the calls before it are answered. */
  close(): Promise<void> {
    const closed = this.#last.then(() => this.#end());
    this.#last = closed;
    return closed;
  }

  async #end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#pipe.close().catch(() => {});
  }

  async #callNow(opnum: number, stub: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
    // Nothing was sent yet: the binding stays good.
    signal?.throwIfAborted();
    if (this.#isOver) throw new RpcClosed('the binding is closed');
    try {
      this.#callId = (this.#callId % 0x7fffffff) + 1;
      return await this.#exchange(opnum, stub, signal);
    } catch (error) {
      if (!(error instanceof RpcFault)) await this.#end();
      throw error;
    }
  }

  async #exchange(opnum: number, stub: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
    const pdus = this.#requests(opnum, stub);
    const final = pdus.pop() as Buffer;
    for (const pdu of pdus) await this.#pipe.write(pdu, signal);
    this.#stream.push(await this.#pipe.transact(final, signal));
    const parts = new StubParts(this.#longestReply);
    for (;;) {
      const pdu = await receive(this.#pipe, this.#stream, signal);
      if (pdu.callId !== this.#callId)
        throw new RpcDecodeError('bad-value', 12, `an answer to call ${pdu.callId}, not ${this.#callId}`);
      if (pdu.type === pduTypes.fault) {
        // One with a signature counts for the signatures that follow, and what it goes over is not laid down: better begin anew.
        if (pdu.auth !== null) await this.#end();
        throw new RpcFault(pdu.status);
      }
      if (pdu.type !== pduTypes.response)
        throw new RpcDecodeError('bad-value', 2, `a call was answered with PDU ${pdu.type}`);
      const whole = parts.add(pdu.flags, clearStub(pdu, this.#security));
      if (whole !== null) return whole;
    }
  }

  #requests(opnum: number, stub: Buffer): Buffer[] {
    const callId = this.#callId;
    const common = { type: pduTypes.request, callId, contextId, opnum };
    return [...cutStub(stub, stubRoom(this.#most, this.#security))].map(({ flags, part, left }) =>
      encodeProtected({ ...common, flags, allocHint: left, stub: part }, this.#security),
    );
  }
}
