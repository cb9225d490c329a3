import { RpcDecodeError, RpcFault } from '../../../fsso/rpc/errors.ts';
import { cutStub, PduStream, StubParts } from '../../../fsso/rpc/fragments.ts';
import { type BindPdu, headerBytes, type Pdu, type RequestPdu, wholePdu } from '../../../fsso/rpc/pdu.ts';
import { encodePdu } from '../../../fsso/rpc/pdu-writer.ts';
import {
  longestFragment,
  ndrSyntax,
  pduTypes,
  presentation,
  shortestLimit,
} from '../../../fsso/rpc/profile.ts';
import { type Caller, type RpcServed, type RpcService, serverFaults } from './service.ts';

const longestStub = 1024 * 1024;
const rejected = { uuid: '00000000-0000-0000-0000-000000000000', version: 0 };
const abstractNotSupported = 1;
const transferNotSupported = 2;

/**
 * The server's end of one pipe: takes bytes, and hands out messages, one fragment each, as a named pipe does. No login of its own: the
 * session that the pipe belongs to is who calls.
 */
export class RpcEndpoint {
  readonly #served: readonly RpcServed[];
  readonly #caller: Caller;
  readonly #address: string;
  readonly #stream = new PduStream(longestFragment);
  readonly #services = new Map<number, RpcService>();
  readonly #messages: Buffer[] = [];
  #parts: { readonly callId: number; readonly parts: StubParts } | null = null;
  #most = longestFragment;

  constructor(pipe: string, served: readonly RpcServed[], caller: Caller) {
    this.#address = `\\PIPE\\${pipe}`;
    this.#served = served;
    this.#caller = caller;
  }

  /** Takes bytes of the client. @throws RpcDecodeError: the pipe is good for nothing then */
  push(bytes: Buffer): void {
    this.#stream.push(bytes);
    for (let pdu = this.#stream.next(); pdu !== null; pdu = this.#stream.next()) this.#take(pdu);
  }

  /** Up to `most` bytes of the message that is next, and how many of it are left; null where there is none. */
  pull(most: number): { readonly bytes: Buffer; readonly left: number } | null {
    const message = this.#messages[0];
    if (message === undefined) return null;
    const bytes = message.subarray(0, most);
    const left = message.length - bytes.length;
    if (left === 0) this.#messages.shift();
    else this.#messages[0] = message.subarray(most);
    return { bytes, left };
  }

  close(): void {
    for (const service of this.#services.values()) service.close?.();
    this.#services.clear();
  }

  #send(pdu: Pdu): void {
    this.#messages.push(encodePdu(pdu));
  }

  #take(pdu: Pdu): void {
    if (pdu.type === pduTypes.bind || pdu.type === pduTypes.alterContext) this.#bind(pdu);
    else if (pdu.type === pduTypes.request) this.#request(pdu);
    // What else clients send (cancel, orphaned) concerns calls in flight, and none is: each is answered at once.
  }

  #bind(pdu: BindPdu): void {
    if (pdu.auth !== null) {
      const badLogin = 8;
      this.#send({
        type: pduTypes.bindNak,
        flags: wholePdu,
        callId: pdu.callId,
        auth: null,
        reason: badLogin,
      });
      return;
    }
    this.#most = Math.max(shortestLimit, Math.min(longestFragment, pdu.maxReceive));
    const results = pdu.contexts.map(({ id, abstract, transfers }) => {
      const served = this.#served.find(
        ({ interfaceId: { uuid, major } }) => uuid === abstract.uuid && major === (abstract.version & 0xffff),
      );
      const speaksNdr = transfers.some(
        ({ uuid, version }) => uuid === ndrSyntax.uuid && version === ndrSyntax.version,
      );
      if (served === undefined || !speaksNdr)
        return {
          result: presentation.providerRejection,
          reason: served === undefined ? abstractNotSupported : transferNotSupported,
          transfer: rejected,
        };
      this.#services.get(id)?.close?.();
      this.#services.set(id, served.bind(this.#caller));
      return { result: presentation.accepted, reason: 0, transfer: ndrSyntax };
    });
    this.#send({
      type: pdu.type === pduTypes.bind ? pduTypes.bindAck : pduTypes.alterContextResponse,
      flags: wholePdu,
      callId: pdu.callId,
      auth: null,
      maxTransmit: this.#most,
      maxReceive: longestFragment,
      group: pdu.group || 0x53f0,
      address: pdu.type === pduTypes.bind ? this.#address : '',
      results,
    });
  }

  #request(pdu: RequestPdu): void {
    if (this.#parts?.callId !== pdu.callId)
      this.#parts = { callId: pdu.callId, parts: new StubParts(longestStub) };
    const stub = this.#parts.parts.add(pdu.flags, pdu.stub);
    if (stub === null) return;
    this.#parts = null;
    const answer = this.#answer(pdu, stub);
    const common = { callId: pdu.callId, auth: null, contextId: pdu.contextId };
    if (typeof answer === 'number') {
      this.#send({ ...common, type: pduTypes.fault, flags: wholePdu, status: answer });
      return;
    }
    const room = this.#most - headerBytes - 8;
    for (const { flags, part, left } of cutStub(answer, room - (room % 8)))
      this.#send({ ...common, type: pduTypes.response, flags, allocHint: left, stub: part });
  }

  /** The stub of the answer, or the status of a fault. */
  #answer({ contextId, opnum }: RequestPdu, stub: Buffer): Buffer | number {
    const service = this.#services.get(contextId);
    if (service === undefined) return serverFaults.contextMismatch;
    try {
      return service.call(opnum, stub);
    } catch (error) {
      if (error instanceof RpcFault) return error.status;
      if (error instanceof RpcDecodeError) return serverFaults.badStub;
      throw error;
    }
  }
}
