import { bindRpc, type RpcInterface } from '../rpc/client.ts';
import { RpcBindRefused } from '../rpc/errors.ts';
import { even6 } from '../rpc/interfaces/even6.ts';
import { eventlog } from '../rpc/interfaces/eventlog.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
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
 * An event log by MS-EVEN6, which lets the machine pick out the events; by MS-EVEN where the machine does not have that, or wants a login
 * of its own for it (MS-EVEN6 2.1), which shows in a fault at the first call.
 * @throws WindowsFailure
 */
export async function newestLog(
  openPipe: (name: string) => Promise<RpcPipe>,
  name: string,
  place: Omit<StatusPlace, 'task'>,
  signal: AbortSignal,
): Promise<OpenedLog> {
  const bound = async (service: RpcInterface) => bindRpc(await openPipe(service.pipe), service, { signal });
  try {
    const newer = await bound(even6).catch(passOver);
    if (newer !== null) {
      const log = new Even6Log(newer, name, place);
      if (await isServed(log, signal)) return { log, protocol: 'MS-EVEN6' };
      await newer.close();
    }
    return { log: new EvenLog(await bound(eventlog), name, place), protocol: 'MS-EVEN' };
  } catch (error) {
    throw rpcFailure(error, { ...place, task: 'event-log' });
  }
}

function passOver(error: unknown): null {
  if (error instanceof RpcBindRefused) return null;
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
