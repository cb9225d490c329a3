import type { Problem } from '../../../problem.ts';
import { RpcBindRefused, RpcDecodeError, RpcFault } from '../../rpc/errors.ts';
import { TcpPipeFailure } from '../../rpc/tcp-pipe.ts';
import { statusMeaning } from '../statuses.ts';

/**
 * What failed: the way to the domain controller; the key, which it takes no more, so that it has not looked at the question and
 * another key may work at once; or one call, which it answered with a fault.
 */
export type FailedPart = 'way' | 'key' | 'call';

/** The secure channel could not be made or used; nothing was said about any user. */
export class ChannelFailure extends Error {
  override readonly name = 'ChannelFailure';
  readonly problem: Problem;
  readonly part: FailedPart;
  /** The question may have reached it, and may have been counted: another domain controller must not be asked the same. */
  readonly wasAsked: boolean;

  constructor(problem: Problem, part: FailedPart = 'way', wasAsked = false) {
    super(`${problem.message}: ${problem.cause}`);
    this.problem = problem;
    this.part = part;
    this.wasAsked = wasAsked;
  }

  /** The same, of a question that was on its way. */
  asked(): ChannelFailure {
    return new ChannelFailure(this.problem, this.part, this.part !== 'key');
  }

  /** The same, of a question that stayed here. */
  notAsked(): ChannelFailure {
    return new ChannelFailure(this.problem, this.part);
  }
}

const stage = 'secure-channel';
const hex = (status: number): string => `0x${(status >>> 0).toString(16).padStart(8, '0')}`;

/** What statuses of NetrServerAuthenticate3 say of the machine's account (MS-NRPC 3.5.4.4.2). */
const accountCauses: Readonly<Record<number, readonly [cause: string, ...fix: string[]]>> = {
  3221225506: [
    'the password of the machine account is not the one that the domain has',
    'set the password of the machine account anew (Reset Account, or "samba-tool user setpassword")',
    'put the same into collector.ntlm.domains',
  ],
  3221225867: [
    'the domain has no such machine account, or it is disabled',
    'create a computer account of this name in the domain, enabled, with a password that is known',
  ],
  3221226376: [
    'the domain controller wants the secure channel more secure than this one is',
    'use another domain controller, and report it',
  ],
};

/** NetrServerReqChallenge or NetrServerAuthenticate3 said no. `account` is the machine's. */
export function accountRefused(host: string, account: string, status: number): ChannelFailure {
  const code = status >>> 0;
  const [cause, ...fix] = accountCauses[code] ?? [
    `it gave no reason but ${statusMeaning('nt', code)?.name ?? hex(code)}`,
    'look at the log of the domain controller (Netlogon)',
  ];
  return new ChannelFailure({
    ...{ stage, code: hex(code), cause, fix },
    message: `${host} refused the machine account ${account}`,
  });
}

/** The domain controller is too old, or somebody between wants it to seem so. */
export function weakChannel(host: string): ChannelFailure {
  return new ChannelFailure({
    stage,
    code: null,
    message: `${host} offers no AES for the secure channel`,
    cause: 'the domain controller is older than Windows Server 2008 R2, or somebody changes what it says',
    fix: ['use another domain controller'],
  });
}

/** The domain controller does not know the machine account's password: it is no domain controller of this domain. */
export function notTheController(host: string): ChannelFailure {
  return new ChannelFailure({
    stage,
    code: null,
    message: `${host} could not show that it knows the machine account`,
    cause: 'it is no domain controller of this domain, or somebody stands between',
    fix: ['check the address of the domain controller'],
  });
}

const staleFaults = [
  0x00000005, // access denied
  0x00000721, // ERROR_RPC_SEC_PKG_ERROR
  0x1c00001a, // nca_s_fault_context_mismatch
];

/** Whatever ended a call or its beginning, as a failure that a person can read. */
export function channelFailure(host: string, error: unknown): ChannelFailure {
  if (error instanceof ChannelFailure) return error;
  if (error instanceof RpcFault)
    return new ChannelFailure(
      {
        stage,
        code: hex(error.status),
        message: `${host} answered with a fault`,
        cause: 'the domain controller does not take this channel, or no longer',
        fix: ['look at the log of the domain controller (Netlogon)'],
      },
      staleFaults.includes(error.status) ? 'key' : 'call',
    );
  if (error instanceof RpcBindRefused)
    return new ChannelFailure(
      {
        stage,
        code: error.reason,
        message: `${host} refused the binding`,
        cause: error.message,
        fix: ['check that this is a domain controller whose Netlogon service runs'],
      },
      // An interface that is not served is served with no other key.
      error.kind === 'nak' ? 'key' : 'way',
    );
  if (error instanceof RpcDecodeError)
    return new ChannelFailure({
      stage,
      code: error.reason,
      message: `${host} sent what is no answer`,
      cause: error.message,
      fix: ['look for what stands between', 'report it: docs/protocol/windows.md, Secure channel'],
    });
  const code = error instanceof TcpPipeFailure ? error.code : null;
  return new ChannelFailure({
    stage: 'connect',
    code,
    message: `${host} does not carry the secure channel`,
    cause: error instanceof Error ? error.message : String(error),
    fix: [
      'open TCP 135 and the ports of RPC (49152 to 65535, or the one set for Netlogon) between us and it',
      'check that the domain controller runs',
    ],
  });
}

/** LsarLookupSids3 said no. */
export function namesRefused(host: string, status: number): ChannelFailure {
  return new ChannelFailure({
    stage,
    code: hex(status),
    message: `${host} does not tell the names of groups`,
    cause: 'the domain controller does not let this machine ask, or cannot reach the domain of the groups',
    fix: ['look groups up in a directory instead (collector.ldap)'],
  });
}

/** Nobody answered in time. */
export function tooSlow(host: string, ms: number): ChannelFailure {
  return new ChannelFailure({
    stage,
    code: 'ETIMEDOUT',
    message: `${host} gave no verdict within ${ms / 1000} s`,
    cause: 'the domain controller is overloaded, or cannot reach the domain of the user',
    fix: ['look at the load of the domain controller', 'raise collector.ntlm.timeout'],
  });
}

/** We are ending, and ask nobody any more. */
export function channelClosed(host: string): ChannelFailure {
  return new ChannelFailure({
    stage,
    code: 'ECLOSED',
    message: `${host} is asked no more`,
    cause: 'the collector ends',
    fix: ['start it again'],
  });
}
