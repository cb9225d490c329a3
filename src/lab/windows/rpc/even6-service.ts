import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { decodeHandle, encodeHandleAnswer, noHandle } from '../../../fsso/rpc/interfaces/context-handle.ts';
import {
  decodeLogInfo,
  decodeOpenChannel,
  decodeQueryNext,
  decodeRegisterQuery,
  encodeChannelAnswer,
  encodeLogInfoAnswer,
  encodeNextAnswer,
  encodeQueryAnswer,
  even6,
  even6Calls,
  even6Statuses,
  logProperties,
  mostEvents,
} from '../../../fsso/rpc/interfaces/even6.ts';
import type { LabMachine } from '../machine.ts';
import type { LogRecord, SecurityLog } from '../security-log.ts';
import { readEventQuery } from './event-query.ts';
import { resultOf } from './event-xml.ts';
import { Handles } from './handles.ts';
import { type RpcServed, type RpcService, serverFaults } from './service.ts';

type Opened =
  | {
      readonly kind: 'query';
      readonly log: SecurityLog;
      readonly fits: (record: LogRecord) => boolean;
      next: number;
    }
  | { readonly kind: 'log'; readonly log: SecurityLog }
  | { readonly kind: 'control' };

/** Bytes of events in one answer. */
const longestAnswer = 0x100000;

/** The event logs of the machine over MS-EVEN6. */
export function even6Service(machine: LabMachine): RpcServed {
  return { interfaceId: even6, bind: ({ user }) => new Even6Binding(machine, user) };
}

class Even6Binding implements RpcService {
  readonly #machine: LabMachine;
  readonly #user: string;
  readonly #handles = new Handles<Opened>();

  constructor(machine: LabMachine, user: string) {
    this.#machine = machine;
    this.#user = user;
  }

  call(opnum: number, stub: Buffer): Buffer {
    switch (opnum) {
      case even6Calls.registerQuery:
        return this.#register(stub);
      case even6Calls.queryNext:
        return this.#next(stub);
      case even6Calls.openLog: {
        const { log, status } = this.#find(decodeOpenChannel(stub));
        return encodeChannelAnswer(
          log === null ? noHandle : this.#handles.open({ kind: 'log', log }),
          status,
        );
      }
      case even6Calls.logInfo:
        return this.#info(stub);
      case even6Calls.close: {
        const closed = this.#handles.close(decodeHandle(stub));
        const status = closed === null ? even6Statuses.invalidHandle : even6Statuses.done;
        return encodeHandleAnswer({ handle: closed ?? noHandle, status });
      }
      default:
        throw new RpcFault(serverFaults.noSuchCall);
    }
  }

  #find(name: string): { readonly log: SecurityLog | null; readonly status: number } {
    const log = this.#machine.logs.get(name.toLowerCase());
    if (log === undefined) return { log: null, status: even6Statuses.channelNotFound };
    return this.#machine.may(this.#user, 'event-log')
      ? { log, status: even6Statuses.done }
      : { log: null, status: even6Statuses.accessDenied };
  }

  #register(stub: Buffer): Buffer {
    const { log: name, query } = decodeRegisterQuery(stub);
    const { log, status } = this.#find(name);
    const fits = readEventQuery(query);
    if (log === null || fits === null)
      return encodeQueryAnswer(name, {
        handle: noHandle,
        control: noHandle,
        status: log === null ? status : even6Statuses.invalidQuery,
      });
    return encodeQueryAnswer(name, {
      handle: this.#handles.open({ kind: 'query', log, fits, next: log.oldest }),
      control: this.#handles.open({ kind: 'control' }),
      status,
    });
  }

  #next(stub: Buffer): Buffer {
    const { handle, most } = decodeQueryNext(stub);
    const opened = this.#handles.get(handle);
    if (opened?.kind !== 'query')
      return encodeNextAnswer({ results: [], status: even6Statuses.invalidHandle });
    const results: Buffer[] = [];
    let bytes = 0;
    opened.next = Math.max(opened.next, opened.log.oldest);
    while (opened.next <= opened.log.newest && results.length < Math.min(most, mostEvents)) {
      const record = opened.log.at(opened.next);
      if (record !== null && opened.fits(record)) {
        const result = resultOf(opened.log.name, record);
        if (bytes + result.length > longestAnswer) break;
        bytes += result.length;
        results.push(result);
      }
      opened.next += 1;
    }
    const status = results.length === 0 ? even6Statuses.noMoreItems : even6Statuses.done;
    return encodeNextAnswer({ results, status });
  }

  #info(stub: Buffer): Buffer {
    const { handle, property } = decodeLogInfo(stub);
    const opened = this.#handles.get(handle);
    if (opened?.kind !== 'log') return encodeLogInfoAnswer(0, even6Statuses.invalidHandle);
    const { log } = opened;
    if (property === logProperties.count) return encodeLogInfoAnswer(log.count, even6Statuses.done);
    if (property === logProperties.oldest) return encodeLogInfoAnswer(log.oldest, even6Statuses.done);
    const invalidParameter = 87;
    return encodeLogInfoAnswer(0, invalidParameter);
  }
}
