import { NtlmError } from '../ntlm/ntlm-error.ts';
import { bindRpc, type RpcInterface } from '../rpc/client.ts';
import { RpcBindRefused, RpcFault } from '../rpc/errors.ts';
import { even6 } from '../rpc/interfaces/even6.ts';
import { eventlog } from '../rpc/interfaces/eventlog.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
import type { RpcSecurity } from '../rpc/security.ts';
import { EvenLog } from './even-log.ts';
import { Even6Log } from './even6-log.ts';
import type { LogReader } from './reading.ts';
import type { StatusPlace } from './statuses.ts';
import { rpcFailure, WindowsFailure } from './windows-failure.ts';

export interface OpenedLog {
  readonly log: LogReader;
  /** Of the protocol. */
  readonly protocol: 'MS-EVEN6' | 'MS-EVEN';
}

/**
 * An event log over named pipes: by MS-EVEN6, which lets the machine pick out the events, sealed by a login of the binding, which Windows
 * should want (MS-EVEN6 2.1.1), or without; by MS-EVEN where the machine does not have that.
 * @param logIn the login of one binding; absent: the session's own is enough
 * @throws WindowsFailure
 */
export async function newestLog(
  openPipe: (name: string) => Promise<RpcPipe>,
  name: string,
  place: Omit<StatusPlace, 'task'>,
  signal: AbortSignal,
  logIn?: () => RpcSecurity,
): Promise<OpenedLog> {
  const bound = async (service: RpcInterface, security?: RpcSecurity) =>
    bindRpc(await openPipe(service.pipe), service, { signal, ...(security && { security }) });
  const newer = async (security?: RpcSecurity): Promise<LogReader | null> => {
    const client = await bound(even6, security);
    const log = new Even6Log(client, name, place);
    if (await isServed(log, signal)) return log;
    await client.close();
    return null;
  };
  try {
    for (const security of logIn === undefined ? [undefined] : [logIn(), undefined]) {
      const log = await newer(security).catch(refusalOf);
      if (log === 'not served') break;
      if (log !== null) return { log, protocol: 'MS-EVEN6' };
    }
    return { log: new EvenLog(await bound(eventlog), name, place), protocol: 'MS-EVEN' };
  } catch (error) {
    throw rpcFailure(error, { ...place, task: 'event-log' });
  }
}

/** Whether the interface is not there, or only this binding of it is refused; throws for all else. */
function refusalOf(error: unknown): 'not served' | null {
  if (error instanceof RpcBindRefused) return error.kind === 'rejected' ? 'not served' : null;
  if (error instanceof RpcFault) return null;
  // Its NTLM has no encryption, say; but a wrong signature is no refusal.
  if (error instanceof NtlmError && error.reason === 'not-supported') return null;
  throw error;
}

/** False where the call itself is refused. What the log says of the account or its name is for whoever reads it to find. */
async function isServed(log: LogReader, signal: AbortSignal): Promise<boolean> {
  try {
    await log.extent(signal);
    return true;
  } catch (error) {
    if (error instanceof WindowsFailure && error.status !== null) return error.status.space !== 'rpc';
    throw error;
  }
}
