import { RpcFault } from '../../../fsso/rpc/errors.ts';
import { decodeHandle, encodeHandleAnswer, noHandle } from '../../../fsso/rpc/interfaces/context-handle.ts';
import { encodeEventRecord } from '../../../fsso/rpc/interfaces/event-record.ts';
import {
  decodeOpenLog,
  decodeReadLog,
  encodeLogNumber,
  encodeReadAnswer,
  eventlog,
  logCalls,
  logStatuses,
  longestRead,
  type ReadQuestion,
  readFlags,
} from '../../../fsso/rpc/interfaces/eventlog.ts';
import { NdrWriter } from '../../../fsso/rpc/ndr-writer.ts';
import type { LabMachine } from '../machine.ts';
import type { SecurityLog } from '../security-log.ts';
import { Handles } from './handles.ts';
import { type RpcServed, serverFaults } from './service.ts';

interface OpenLog {
  readonly log: SecurityLog;
  /** The record that a sequential read goes on with; null before the first. */
  next: number | null;
}

/** The event logs of the machine over MS-EVEN. */
export function logService(machine: LabMachine): RpcServed {
  return {
    interfaceId: eventlog,
    bind: (caller) => {
      const handles = new Handles<OpenLog>();
      return { call: (opnum, stub) => answer(opnum, stub, machine, caller.user, handles) };
    },
  };
}

function answer(
  opnum: number,
  stub: Buffer,
  machine: LabMachine,
  user: string,
  handles: Handles<OpenLog>,
): Buffer {
  const { done, accessDenied, invalidHandle } = logStatuses;
  switch (opnum) {
    case logCalls.open: {
      // Windows opens Application for a name that it does not know (MS-EVEN 3.1.4.3); this machine has no such log.
      const log = machine.logs.get(decodeOpenLog(stub).toLowerCase()) ?? machine.security;
      return machine.may(user, 'event-log')
        ? encodeHandleAnswer({ handle: handles.open({ log, next: null }), status: done })
        : encodeHandleAnswer({ handle: noHandle, status: accessDenied });
    }
    case logCalls.close: {
      const closed = handles.close(decodeHandle(stub));
      return encodeHandleAnswer({
        handle: closed ?? noHandle,
        status: closed === null ? invalidHandle : done,
      });
    }
    case logCalls.count:
    case logCalls.oldest: {
      const opened = handles.get(decodeHandle(stub));
      if (opened === null) return encodeLogNumber(0, invalidHandle);
      // An empty log has no oldest record: Windows answers 0.
      const { count, oldest } = opened.log;
      return encodeLogNumber(opnum === logCalls.count ? count : count === 0 ? 0 : oldest, done);
    }
    case logCalls.clear: {
      const opened = handles.get(decodeHandle(stub));
      opened?.log.clear();
      return new NdrWriter().u32(opened === null ? invalidHandle : done).finish();
    }
    case logCalls.read: {
      const question = decodeReadLog(stub);
      const opened = handles.get(question.handle);
      return read(question, opened);
    }
    default:
      throw new RpcFault(serverFaults.noSuchCall);
  }
}

function read(question: ReadQuestion, opened: OpenLog | null): Buffer {
  const { bytes: room, flags, record } = question;
  const failed = (status: number, needed = 0) =>
    encodeReadAnswer(Math.min(room, longestRead), { records: Buffer.alloc(0), needed, status });
  if (opened === null) return failed(logStatuses.invalidHandle);
  const isForwards = (flags & readFlags.forwards) !== 0;
  if (room > longestRead || isForwards === ((flags & readFlags.backwards) !== 0))
    return failed(logStatuses.invalidParameter);
  const { log } = opened;
  const isSeek = (flags & readFlags.seek) !== 0;
  const begin = isForwards ? log.oldest : log.newest;
  let at = isSeek ? record : (opened.next ?? begin);
  if (isSeek && log.count > 0 && (at < log.oldest || at > log.newest))
    return failed(at > log.newest ? logStatuses.endOfFile : logStatuses.invalidParameter);
  const found: Buffer[] = [];
  let used = 0;
  for (let event = log.at(at); event !== null; event = log.at(at)) {
    const bytes = encodeEventRecord(event);
    if (used + bytes.length > room) {
      if (found.length === 0) return failed(logStatuses.bufferTooSmall, bytes.length);
      break;
    }
    found.push(bytes);
    used += bytes.length;
    at += isForwards ? 1 : -1;
  }
  if (found.length === 0) return failed(logStatuses.endOfFile);
  opened.next = at;
  return encodeReadAnswer(room, { records: Buffer.concat(found), needed: 0, status: logStatuses.done });
}
