import type { Clock } from '../../clock.ts';
import type { NtlmCredentials } from '../ntlm/client.ts';
import { connectSmb, type SmbSession } from '../smb/session.ts';
import type { ControllerLink, PollMode } from './reading.ts';
import { type PipeSession, SmbController } from './smb-controller.ts';

export interface SmbLinkOptions {
  readonly host: string;
  /** Where it is; the host name is resolved where this is absent. */
  readonly address?: string;
  /** What failures call the machine; absent: as its host. */
  readonly name?: string;
  /** Absent: that of SMB. */
  readonly port?: number;
  readonly credentials: NtlmCredentials;
  readonly mode: Exclude<PollMode, 'wmi'>;
  /** Name of the event log, where one is read. */
  readonly log: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Logs in to a machine over SMB and opens what the mode polls. Rejects with SmbFailure, WindowsFailure, or the signal's reason. */
export async function openSmbLink(options: SmbLinkOptions): Promise<ControllerLink> {
  const { host, address, name = host, port, credentials, mode, log, clock, signal } = options;
  const session = await connectSmb({
    ...{ host, credentials, clock, signal },
    ...(port !== undefined && { port }),
    ...(address !== undefined && { address }),
  });
  const { user, domain } = credentials;
  const account = domain === '' ? user : `${domain}\\${user}`;
  return SmbController.open(pipesOf(session), { place: { host: name, account }, mode, log, clock, signal });
}

function pipesOf(session: SmbSession): PipeSession {
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
    openPipe: (name, signal) => session.openPipe(name, signal),
    close: () => session.close(),
  };
}
