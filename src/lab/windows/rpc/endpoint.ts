import { NtlmError } from '../../../fsso/ntlm/ntlm-error.ts';
import { RpcDecodeError, RpcFault } from '../../../fsso/rpc/errors.ts';
import { cutStub, PduStream, StubParts } from '../../../fsso/rpc/fragments.ts';
import {
  type Auth3Pdu,
  type AuthVerifier,
  type BindPdu,
  type Pdu,
  type RequestPdu,
  wholePdu,
} from '../../../fsso/rpc/pdu.ts';
import { encodePdu } from '../../../fsso/rpc/pdu-writer.ts';
import {
  longestFragment,
  ndrSyntax,
  pduFlags,
  pduTypes,
  presentation,
  shortestLimit,
} from '../../../fsso/rpc/profile.ts';
import { clearStub, encodeProtected, stubRoom } from '../../../fsso/rpc/protected-pdu.ts';
import type { RpcProtection } from '../../../fsso/rpc/security.ts';
import type { EndpointLogin } from './endpoint-login.ts';
import { type Caller, type RpcServed, type RpcService, serverFaults } from './service.ts';

const longestStub = 1024 * 1024;
const rejected = { uuid: '00000000-0000-0000-0000-000000000000', version: 0 };
const abstractNotSupported = 1;
const transferNotSupported = 2;
/** Of a bind_nak (MS-RPCE 2.2.2.5). */
const nakReasons = { unknownLogin: 8, refusedLogin: 9 } as const;
const nobody: Caller = { user: '', domain: '', address: '', since: 0 };

export interface EndpointOptions {
  /** How a bind_ack calls it: `\PIPE\srvsvc`, or a port. */
  readonly address: string;
  readonly served: readonly RpcServed[];
  /** Who calls where the binding has no login of its own; null where that is nobody. */
  readonly caller: Caller | null;
  /** Begins the login of a binding; null where this verifier is not understood. */
  readonly logIn: (verifier: AuthVerifier) => EndpointLogin | null;
}

/**
 * The server's end of one pipe or connection: takes bytes, and hands out messages, one fragment each, as a named pipe does. Who calls is
 * known by the login of the binding, or by the session that the pipe belongs to.
 */
export class RpcEndpoint {
  readonly #options: EndpointOptions;
  readonly #stream = new PduStream(longestFragment);
  readonly #served = new Map<number, RpcServed>();
  /** Of contexts that were called. */
  readonly #services = new Map<number, RpcService>();
  readonly #messages: Buffer[] = [];
  #parts: { readonly callId: number; readonly parts: StubParts } | null = null;
  #most = longestFragment;
  #login: EndpointLogin | null = null;
  #isRefused = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
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
    else if (pdu.type === pduTypes.auth3) this.#finishLogin(pdu);
    else if (pdu.type === pduTypes.request) this.#request(pdu);
    // What else clients send (cancel, orphaned) concerns calls in flight, and none is: each is answered at once.
  }

  /** The last message of a login is not answered: who was not believed sees it at the first call. */
  #finishLogin({ auth }: Auth3Pdu): void {
    try {
      if (auth !== null) this.#login?.next(auth.token);
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      this.#login = null;
      this.#isRefused = true;
    }
  }

  /** The verifier of the answer; a number for why there is none. */
  #continueLogin({ auth, type }: BindPdu): AuthVerifier | null | number {
    if (auth === null) return null;
    if (type === pduTypes.bind) this.#login = this.#options.logIn(auth);
    if (this.#login === null) return nakReasons.unknownLogin;
    try {
      const { type: kind, level, contextId } = auth;
      return { type: kind, level, contextId, padding: 0, token: this.#login.next(auth.token) };
    } catch (error) {
      if (!(error instanceof NtlmError)) throw error;
      this.#login = null;
      this.#isRefused = true;
      return nakReasons.refusedLogin;
    }
  }

  #refuseBind({ callId, type }: BindPdu, reason: number): void {
    const common = { flags: wholePdu, callId, auth: null };
    if (type === pduTypes.bind) this.#send({ ...common, type: pduTypes.bindNak, reason });
    else this.#send({ ...common, type: pduTypes.fault, contextId: 0, status: serverFaults.accessDenied });
  }

  #bind(pdu: BindPdu): void {
    const auth = this.#continueLogin(pdu);
    if (typeof auth === 'number') {
      this.#refuseBind(pdu, auth);
      return;
    }
    this.#most = Math.max(shortestLimit, Math.min(longestFragment, pdu.maxReceive));
    const results = pdu.contexts.map(({ id, abstract, transfers }) => {
      const served = this.#options.served.find(
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
      if (this.#served.get(id) !== served) {
        this.#services.get(id)?.close?.();
        this.#services.delete(id);
        this.#served.set(id, served);
      }
      return { result: presentation.accepted, reason: 0, transfer: ndrSyntax };
    });
    this.#send({
      type: pdu.type === pduTypes.bind ? pduTypes.bindAck : pduTypes.alterContextResponse,
      flags: wholePdu | (pdu.flags & pduFlags.headerSign),
      callId: pdu.callId,
      auth,
      maxTransmit: this.#most,
      maxReceive: longestFragment,
      group: pdu.group || 0x53f0,
      address: pdu.type === pduTypes.bind ? this.#options.address : '',
      results,
    });
  }

  #request(pdu: RequestPdu): void {
    if (this.#parts?.callId !== pdu.callId)
      this.#parts = { callId: pdu.callId, parts: new StubParts(longestStub) };
    const protection = this.#login?.protection ?? null;
    const clear = this.#clear(pdu, protection);
    const common = { callId: pdu.callId, contextId: pdu.contextId };
    const fault = (status: number) =>
      this.#send({ ...common, type: pduTypes.fault, flags: wholePdu, auth: null, status });
    if (typeof clear === 'number') {
      fault(clear);
      return;
    }
    const stub = this.#parts.parts.add(pdu.flags, clear);
    if (stub === null) return;
    this.#parts = null;
    const answer = this.#answer(pdu, stub);
    if (typeof answer === 'number') {
      fault(answer);
      return;
    }
    for (const { flags, part, left } of cutStub(answer, stubRoom(this.#most, protection)))
      this.#messages.push(
        encodeProtected(
          { ...common, type: pduTypes.response, flags, allocHint: left, stub: part },
          protection,
        ),
      );
  }

  /** The stub of one fragment in clear, or the status of a fault where it is not protected as was agreed on. */
  #clear(pdu: RequestPdu, protection: RpcProtection | null): Buffer | number {
    try {
      return clearStub(pdu, protection);
    } catch (error) {
      if (error instanceof NtlmError) return serverFaults.securityPackage;
      if (error instanceof RpcDecodeError) return serverFaults.accessDenied;
      throw error;
    }
  }

  #serviceOf(contextId: number): RpcService | number {
    const known = this.#services.get(contextId);
    if (known !== undefined) return known;
    const served = this.#served.get(contextId);
    if (served === undefined) return serverFaults.contextMismatch;
    const caller = this.#isRefused ? null : (this.#login?.caller ?? this.#options.caller);
    if (caller === null && !served.isOpen) return serverFaults.accessDenied;
    const service = served.bind(caller ?? nobody);
    this.#services.set(contextId, service);
    return service;
  }

  /** The stub of the answer, or the status of a fault. */
  #answer({ contextId, opnum }: RequestPdu, stub: Buffer): Buffer | number {
    const service = this.#serviceOf(contextId);
    if (typeof service === 'number') return service;
    try {
      return service.call(opnum, stub);
    } catch (error) {
      if (error instanceof RpcFault) return error.status;
      if (error instanceof RpcDecodeError) return serverFaults.badStub;
      throw error;
    }
  }
}
