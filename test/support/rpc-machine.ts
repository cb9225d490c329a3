import { cutStub } from '../../src/fsso/rpc/fragments.ts';
import { even6 } from '../../src/fsso/rpc/interfaces/even6.ts';
import type { EventRecord } from '../../src/fsso/rpc/interfaces/event-record.ts';
import { encodeEventRecord } from '../../src/fsso/rpc/interfaces/event-record.ts';
import {
  decodeReadLog,
  encodeLogNumber,
  encodeReadAnswer,
  logCalls,
  logStatuses,
} from '../../src/fsso/rpc/interfaces/eventlog.ts';
import { encodeTimeAnswer, remoteTime } from '../../src/fsso/rpc/interfaces/remote-time.ts';
import {
  decodeSessionQuestion,
  encodeSessionAnswer,
  type SessionInfo,
  sessionEnum,
} from '../../src/fsso/rpc/interfaces/srvsvc.ts';
import { encodeHandleAnswer } from '../../src/fsso/rpc/interfaces/winreg.ts';
import type { RequestPdu } from '../../src/fsso/rpc/pdu.ts';
import { ndrSyntax, pduTypes } from '../../src/fsso/rpc/profile.ts';
import type { PipeSession } from '../../src/fsso/windows/smb-controller.ts';
import { bindAck, response, ScriptedPipe } from './rpc-pipe.ts';

/** A machine whose pipes answer from what a test puts here. */
export class RpcMachine implements PipeSession {
  readonly means = 'pipes of a test';
  readonly domain = { netbios: 'CORP', dns: 'corp.example' };
  isClosed = false;
  sessions: SessionInfo[] = [];
  /** Levels of sessions that it knows. */
  levels: readonly number[] = [1, 10, 502];
  /** Sessions of one answer. */
  page = 1000;
  /** What it answers instead, where that is no 0: Win32 for sessions, NTSTATUS for logs. */
  refusal = 0;
  records: EventRecord[] = [];
  time = Date.UTC(2026, 0, 15, 9, 0, 0, 250);
  /** `opnum`, of each call. */
  readonly calls: string[] = [];

  async openPipe(name: string): Promise<ScriptedPipe> {
    return new ScriptedPipe((pdu) => {
      // As Samba: of event logs only what all versions of Windows have.
      if (pdu.type === pduTypes.bind && pdu.contexts[0]?.abstract.uuid === even6.uuid)
        return [bindAck(pdu, { results: [{ result: 2, reason: 1, transfer: ndrSyntax }] })];
      if (pdu.type === pduTypes.bind) return [bindAck(pdu)];
      if (pdu.type !== pduTypes.request) return [];
      this.calls.push(`${name} ${pdu.opnum}`);
      const answer = name === 'srvsvc' ? this.#server(pdu) : this.#log(pdu);
      return [...cutStub(answer, 4000)].map(({ flags, part }) => response(pdu, part, flags));
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #server({ opnum, stub }: RequestPdu): Buffer {
    if (opnum === remoteTime) return encodeTimeAnswer(this.time);
    if (opnum !== sessionEnum) throw new Error(`call ${opnum}`);
    const { level, resume } = decodeSessionQuestion(stub);
    if (!this.levels.includes(level) || this.refusal !== 0) {
      const status = this.refusal || 124;
      return encodeSessionAnswer({ level, sessions: [], total: 0, resume: 0, status });
    }
    const sessions = this.sessions.slice(resume, resume + this.page);
    const next = resume + sessions.length;
    const isMore = next < this.sessions.length;
    return encodeSessionAnswer({
      ...{ level, sessions, total: this.sessions.length - resume },
      ...{ resume: isMore ? next : 0, status: isMore ? 234 : 0 },
    });
  }

  #log({ opnum, stub }: RequestPdu): Buffer {
    const { open, close, count, oldest, read } = logCalls;
    if (opnum === open || opnum === close)
      return encodeHandleAnswer({ handle: Buffer.alloc(20, 7), status: this.refusal });
    if (opnum === count) return encodeLogNumber(this.records.length, 0);
    if (opnum === oldest) return encodeLogNumber(this.records[0]?.record ?? 0, 0);
    if (opnum !== read) throw new Error(`call ${opnum}`);
    const { record, bytes } = decodeReadLog(stub);
    const none = { records: Buffer.alloc(0), needed: 0 };
    const from = this.records.findIndex((each) => each.record === record);
    if (from === -1) return encodeReadAnswer(bytes, { ...none, status: logStatuses.invalidParameter });
    const fitting: Buffer[] = [];
    let length = 0;
    for (const each of this.records.slice(from)) {
      const encoded = encodeEventRecord(each);
      if (length + encoded.length > bytes) {
        if (fitting.length > 0) break;
        const status = logStatuses.bufferTooSmall;
        return encodeReadAnswer(bytes, { ...none, needed: encoded.length, status });
      }
      fitting.push(encoded);
      length += encoded.length;
    }
    return encodeReadAnswer(bytes, { ...none, records: Buffer.concat(fitting), status: 0 });
  }
}
