import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import { ntHash } from '../../ntlm/proof.ts';
import { bindRpc, type RpcClient, type RpcInterface } from '../../rpc/client.ts';
import { endpointMapperPort } from '../../rpc/interfaces/epm.ts';
import {
  aesFlag,
  decodeAuthenticateReply,
  decodeChallengeReply,
  encodeAuthenticateRequest,
  encodeChallengeRequest,
  netlogon,
  netlogonCalls,
} from '../../rpc/interfaces/netlogon.ts';
import { mappedPort } from '../../rpc/mapped-port.ts';
import { ChannelSecurity, channelCredential, channelKey, encodeChannelHello } from '../../rpc/schannel.ts';
import { openTcpPipe, type TcpPipe } from '../../rpc/tcp-pipe.ts';
import { accountRefused, notTheController, weakChannel } from './channel-failure.ts';

/** The account of a machine in a domain, which is what may ask about users. Its password is in no log or error. */
export interface MachineAccount {
  /** `NAME$`. */
  readonly account: string;
  /** NetBIOS name of the domain. */
  readonly domain: string;
  readonly password: string;
}

/** Where a domain controller's Netlogon is. */
export interface ChannelTarget {
  readonly host: string;
  /** TCP port of Netlogon; null: the endpoint mapper is asked. */
  readonly port: number | null;
  /** TCP port of the endpoint mapper; 135 where it is missing. */
  readonly mapperPort?: number;
  readonly localAddress?: string;
  readonly clock: Clock;
  /** Until a connection stands. */
  readonly connectTimeoutMs: number;
}

/** A binding and its connection. */
export interface ChannelBinding {
  readonly rpc: RpcClient;
  readonly pipe: TcpPipe;
}

/** The machine's NetBIOS name: its account's without the `$`. */
export function computerName({ account }: MachineAccount): string {
  return account.replace(/\$$/, '');
}

function open(target: ChannelTarget, port: number, signal: AbortSignal): Promise<TcpPipe> {
  const { host, localAddress, clock, connectTimeoutMs } = target;
  return openTcpPipe({
    host,
    port,
    clock,
    limitMs: connectTimeoutMs,
    signal,
    ...(localAddress !== undefined && { localAddress }),
  });
}

/** The port of an interface. Rejects with whatever connection or mapper fail with. */
export async function findPort(
  target: ChannelTarget,
  signal: AbortSignal,
  wanted: RpcInterface = netlogon,
): Promise<number> {
  if (target.port !== null && wanted === netlogon) return target.port;
  const pipe = await open(target, target.mapperPort ?? endpointMapperPort, signal);
  const port = await mappedPort(pipe, wanted, { signal });
  if (port === null) throw notTheController(target.host);
  return port;
}

/**
 * Agrees with the domain controller on a session key (MS-NRPC 3.1.4.1): each shows that it knows the machine account's password.
 * @throws ChannelFailure for a refusal, and whatever connection and binding fail with
 */
export async function agreeOnKey(
  target: ChannelTarget,
  port: number,
  account: MachineAccount,
  signal: AbortSignal,
): Promise<Buffer> {
  const computer = computerName(account);
  const rpc = await bindRpc(await open(target, port, signal), netlogon, { signal });
  try {
    const ours = randomBytes(8);
    const begun = decodeChallengeReply(
      await rpc.call(netlogonCalls.requestChallenge, encodeChallengeRequest(computer, ours), signal),
    );
    if (begun.status !== 0) throw accountRefused(target.host, account.account, begun.status);
    const key = channelKey(ntHash(account.password), ours, begun.challenge);
    const request = encodeAuthenticateRequest(account.account, computer, channelCredential(key, ours));
    const answer = decodeAuthenticateReply(await rpc.call(netlogonCalls.authenticate3, request, signal));
    if (answer.status !== 0) throw accountRefused(target.host, account.account, answer.status);
    if ((answer.flags & aesFlag) === 0) throw weakChannel(target.host);
    if (!timingSafeEqual(channelCredential(key, begun.challenge), answer.credential))
      throw notTheController(target.host);
    return key;
  } finally {
    await rpc.close();
  }
}

/** A sealed binding of an interface with this key. Rejects with whatever connection and binding fail with. */
export async function bindChannel(
  target: ChannelTarget,
  port: number,
  account: MachineAccount,
  key: Buffer,
  signal: AbortSignal,
  wanted: RpcInterface = netlogon,
): Promise<ChannelBinding> {
  const pipe = await open(target, port, signal);
  const security = new ChannelSecurity(encodeChannelHello(account.domain, computerName(account)), key);
  return { pipe, rpc: await bindRpc(pipe, wanted, { security, signal }) };
}
