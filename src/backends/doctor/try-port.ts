import type { Clock } from '../../clock.ts';
import { failureOf as directoryFailure } from '../../fsso/directory/problems.ts';
import { type Failure, openTcp } from '../../fsso/network/open-tcp.ts';
import type { TcpFault } from '../../fsso/network/tcp-rows.ts';
import { tcpMessages } from '../../fsso/network/tcp-rows.ts';
import { TcpPipeFailure } from '../../fsso/rpc/tcp-pipe.ts';
import { smbFailure } from '../../fsso/smb/problems.ts';
import { channelFailure } from '../../fsso/windows/netlogon/channel-failure.ts';
import { failureOf as wsmanFailure } from '../../fsso/wsman/problems.ts';

/** Milliseconds until a port is taken for closed. */
const limitMs = 5_000;

/** Connects and lets go; rejects with what the service calls the failure. */
export type TryPort = (host: string, address: string, port: number, clock: Clock) => Promise<void>;

const trying =
  (failureAt: (host: string, port: number) => Failure<TcpFault>): TryPort =>
  async (host, address, port, clock) => {
    const socket = await openTcp({ host, address, port, clock, limitMs, failure: failureAt(host, port) });
    socket.destroy();
  };

export const tryPort = {
  smb: trying(
    (host, port) => (fault, code, detail) => smbFailure(fault, { host, port, account: '' }, detail, code),
  ),
  wmi: trying(
    (host, port) => (fault, code, detail) => wsmanFailure(fault, { host, port, login: '' }, code, detail),
  ),
  ldap: trying(
    (host, port) => (fault, code, detail) =>
      directoryFailure(fault, { host, port, login: null }, code, detail),
  ),
  rpc: trying(
    (host, port) => (fault, code, detail) =>
      channelFailure(
        host,
        new TcpPipeFailure(code ?? 'ETIMEDOUT', tcpMessages[fault]({ host, port }, detail)),
      ),
  ),
} as const;
