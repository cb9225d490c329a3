import type { RpcInterface } from '../../../fsso/rpc/client.ts';

/** Who calls, as the login of the connection proved it. */
export interface Caller {
  readonly user: string;
  readonly domain: string;
  /** Address of the other side. */
  readonly address: string;
  /** When the session began, milliseconds since the epoch. */
  readonly since: number;
}

/** One binding of an interface: what it opened ends with it. */
export interface RpcService {
  /**
   * The stub of the answer.
   * @throws RpcFault, and RpcDecodeError for a stub that is none
   */
  call(opnum: number, stub: Buffer): Buffer;
  close?(): void;
}

export interface RpcServed {
  readonly interfaceId: RpcInterface;
  /** Whoever asks is answered, logged in or not. */
  readonly isOpen?: boolean;
  bind(caller: Caller): RpcService;
}

/** Faults of a server (C706, Appendix E; MS-RPCE 3.3.2). */
export const serverFaults = {
  ...{ noSuchCall: 0x1c010002, badStub: 0x6f7, contextMismatch: 0x1c00001a },
  ...{ accessDenied: 5, securityPackage: 0x721 },
} as const;
