import { bindRpc, type RpcInterface } from '../rpc/client.ts';
import { RpcBindRefused } from '../rpc/errors.ts';
import { even6 } from '../rpc/interfaces/even6.ts';
import { eventlog } from '../rpc/interfaces/eventlog.ts';
import type { RpcPipe } from '../rpc/pipe.ts';
import { EvenLog } from './even-log.ts';
import { Even6Log } from './even6-log.ts';
import type { LogReader } from './reading.ts';
import type { StatusPlace } from './statuses.ts';
import { rpcFailure } from './windows-failure.ts';

export interface OpenedLog {
  readonly log: LogReader;
  /** Of the protocol. */
  readonly protocol: 'MS-EVEN6' | 'MS-EVEN';
}

/** An event log by MS-EVEN6, which lets the machine pick out the events; by MS-EVEN where it does not have that. @throws WindowsFailure */
export async function newestLog(
  openPipe: (name: string) => Promise<RpcPipe>,
  name: string,
  place: Omit<StatusPlace, 'task'>,
  signal: AbortSignal,
): Promise<OpenedLog> {
  const bound = async (service: RpcInterface) => bindRpc(await openPipe(service.pipe), service, { signal });
  try {
    try {
      return { log: new Even6Log(await bound(even6), name, place), protocol: 'MS-EVEN6' };
    } catch (error) {
      if (!(error instanceof RpcBindRefused && error.kind === 'rejected')) throw error;
      return { log: new EvenLog(await bound(eventlog), name, place), protocol: 'MS-EVEN' };
    }
  } catch (error) {
    throw rpcFailure(error, { ...place, task: 'event-log' });
  }
}
