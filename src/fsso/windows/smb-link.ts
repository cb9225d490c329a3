import type { Clock } from '../../clock.ts';
import type { NtlmCredentials } from '../ntlm/client.ts';
import { endpointMapperPort } from '../rpc/interfaces/epm.ts';
import { NtlmBinding } from '../rpc/ntlm-security.ts';
import { SmbFailure } from '../smb/failure.ts';
import { smbPort } from '../smb/profile.ts';
import { connectSmb, type SmbSession } from '../smb/session.ts';
import type { ControllerLink, PollMode } from './reading.ts';
import { type PipeSession, SmbController } from './smb-controller.ts';
import { openTcpLog } from './tcp-log.ts';
import { TcpLogFailure } from './tcp-log-failure.ts';
import { TcpLogLink } from './tcp-log-link.ts';
import { WindowsFailure } from './windows-failure.ts';

export interface SmbLinkOptions {
  readonly host: string;
  /** Where it is; the host name is resolved where this is absent. */
  readonly address?: string | readonly string[];
  /** What failures call the machine; absent: as its host. */
  readonly name?: string;
  /** Absent: that of SMB. */
  readonly port?: number;
  /** TCP port of the endpoint mapper; null: nothing is asked over TCP. Absent: 135, or null where the port of SMB is another than usual. */
  readonly mapperPort?: number | null;
  readonly credentials: NtlmCredentials;
  readonly mode: Exclude<PollMode, 'wmi'>;
  /** Name of the event log, where one is read. */
  readonly log: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** As of `SmbOptions`. */
  readonly loginTurn?: () => Promise<(failure: unknown) => void>;
}

/**
 * Logs in to a machine and opens what the mode polls: sessions over SMB; an event log over TCP where the machine has it there, else over
 * SMB. SMB comes first, because it says why a login is refused, and what time it is there; where its port is closed, TCP alone will do.
 * Rejects with SmbFailure, WindowsFailure, TcpLogFailure, or the signal's reason.
 */
export async function openSmbLink(options: SmbLinkOptions): Promise<ControllerLink> {
  const { host, address, name = host, port = smbPort, credentials, mode, log, clock, signal } = options;
  const { loginTurn, mapperPort = port === smbPort ? endpointMapperPort : null } = options;
  const { user, domain } = credentials;
  const account = domain === '' ? user : `${domain}\\${user}`;
  const common = { host, credentials, clock, signal, ...(address !== undefined && { address }) };
  const smb = { place: { host: name, account }, log, clock, signal };
  const turn = loginTurn && { loginTurn };
  const connected = connectSmb({ ...common, port, ...turn });
  if (mode === 'netapi' || mapperPort === null)
    return SmbController.open(pipesOf(await connected, options), { ...smb, mode });
  const session = await connected.then(
    (smbSession) => pipesOf(smbSession, options),
    (error: unknown) => closedPort(error) ?? Promise.reject(error),
  );
  // Where SMB has taken the account, so will this.
  const ownTurn = session instanceof SmbFailure && turn;
  const tcp = await openTcpLog({ ...common, name, account, mapperPort, log, ...ownTurn }).catch(
    (error: unknown) => (error instanceof Error ? error : Promise.reject(error)),
  );
  if (session instanceof SmbFailure) {
    if (!(tcp instanceof Error)) return new TcpLogLink(tcp, null);
    // Where not even the endpoint mapper can be reached, SMB is what most networks open.
    throw tcp instanceof TcpLogFailure && tcp.stage === 'mapper' ? session : tcp;
  }
  if (!(tcp instanceof Error)) {
    const server = await SmbController.open(session, { ...smb, mode: 'netapi' }).catch(() => null);
    return new TcpLogLink(tcp, server);
  }
  if (!(tcp instanceof TcpLogFailure || tcp instanceof WindowsFailure)) {
    await session.close();
    throw tcp;
  }
  const link = await SmbController.open(session, { ...smb, mode });
  link.passedOver = tcp.problem;
  return link;
}

function closedPort(error: unknown): SmbFailure | null {
  return error instanceof SmbFailure && error.problem.stage === 'tcp' ? error : null;
}

function pipesOf(session: SmbSession, { credentials, clock, host }: SmbLinkOptions): PipeSession {
  let isClosed = false;
  void session.closed.then(() => {
    isClosed = true;
  });
  return {
    domain: session.domain,
    means: `SMB ${session.dialect}, ${session.encrypted ? 'encrypted' : 'signed'}`,
    get isClosed() {
      return isClosed;
    },
    logIn: () => new NtlmBinding(credentials, { clock, host, way: 'spnego', level: 'privacy' }),
    openPipe: (name, signal) => session.openPipe(name, signal),
    close: () => session.close(),
  };
}
