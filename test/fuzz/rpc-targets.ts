import { RpcDecodeError } from '../../src/fsso/rpc/errors.ts';
import { PduStream } from '../../src/fsso/rpc/fragments.ts';
import {
  decodeMapReply,
  decodeMapRequest,
  encodeMapReply,
  encodeMapRequest,
} from '../../src/fsso/rpc/interfaces/epm.ts';
import * as even6 from '../../src/fsso/rpc/interfaces/even6.ts';
import { decodeEventRecords, encodeEventRecord } from '../../src/fsso/rpc/interfaces/event-record.ts';
import * as eventlog from '../../src/fsso/rpc/interfaces/eventlog.ts';
import {
  decodeTimeAnswer,
  encodeTimeAnswer,
  encodeTimeQuestion,
} from '../../src/fsso/rpc/interfaces/remote-time.ts';
import * as srvsvc from '../../src/fsso/rpc/interfaces/srvsvc.ts';
import * as winreg from '../../src/fsso/rpc/interfaces/winreg.ts';
import * as wkssvc from '../../src/fsso/rpc/interfaces/wkssvc.ts';
import { decodePdu } from '../../src/fsso/rpc/pdu-reader.ts';
import { encodePdu } from '../../src/fsso/rpc/pdu-writer.ts';
import { readBinaryXml } from '../../src/fsso/windows/binary-xml/reader.ts';
import { eventOfElement } from '../../src/fsso/windows/event-element.ts';
import { someRecords } from '../fsso/rpc/interfaces/some-replies.ts';
import { somePdus } from '../fsso/rpc/some-pdus.ts';
import { someResults, someXml } from '../fsso/windows/binary-xml/some-xml.ts';
import type { Target } from './targets.ts';

function decoding(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RpcDecodeError)) throw error;
  }
}

const answer = { total: 1, resume: 0, status: 0 };
const sessions = [
  { client: '\\\\10.0.0.7', user: 'anna', activeSeconds: 61, idleSeconds: 3, guest: false },
  { client: '', user: '', activeSeconds: 0, idleSeconds: 0, guest: true },
];

/** What domain controllers answer over DCE/RPC. */
export const rpcTargets: Readonly<Record<string, Target>> = {
  'rpc-pdu': {
    read(bytes) {
      decoding(() => {
        const pdu = decodePdu(bytes);
        const again = decodePdu(encodePdu(pdu));
        if (again.type !== pdu.type || again.callId !== pdu.callId) throw new Error('not the same PDU');
      });
      const count = (pieces: readonly Buffer[]): number => {
        const stream = new PduStream(5840);
        let found = 0;
        decoding(() => {
          for (const piece of pieces) {
            stream.push(piece);
            while (stream.next() !== null) found += 1;
          }
        });
        return found;
      };
      const whole = count([bytes]);
      const pieces = count(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} PDUs in one piece, ${pieces} byte by byte`);
    },
    sources: '/src/fsso/rpc/',
    seeds: somePdus.map(({ pdu }) => encodePdu(pdu)),
  },
  'endpoint-map': {
    read(bytes) {
      decoding(() => {
        const port = decodeMapReply(bytes);
        if (port !== null && !(port > 0 && port < 0x1_0000)) throw new Error('no port');
      });
      decoding(() => {
        const uuid = decodeMapRequest(bytes);
        if (uuid !== null && uuid.length !== even6.even6.uuid.length) throw new Error('no UUID');
      });
    },
    sources: '/src/fsso/rpc/interfaces/epm',
    seeds: [
      encodeMapRequest(even6.even6),
      encodeMapReply({ interfaceId: even6.even6, port: 49_664 }),
      encodeMapReply(null),
    ],
  },
  'srvsvc-reply': {
    read(bytes) {
      decoding(() => {
        const { sessions, level } = srvsvc.decodeSessionAnswer(bytes);
        if (sessions.length > 0 && !srvsvc.isSessionLevel(level)) throw new Error('sessions of no level');
      });
      decoding(() => srvsvc.decodeSessionQuestion(bytes));
      decoding(() => wkssvc.decodeUserAnswer(bytes));
      decoding(() => wkssvc.decodeUserQuestion(bytes));
    },
    sources: '/src/fsso/rpc/interfaces/',
    seeds: [
      ...[1, 10, 502].map((level) => srvsvc.encodeSessionAnswer({ ...answer, level, sessions })),
      srvsvc.encodeSessionQuestion({ server: '\\\\dc1', level: 10, most: 0xffffffff, resume: 0 }),
      wkssvc.encodeUserAnswer({
        ...answer,
        level: 1,
        users: [{ user: 'anna', domain: 'CORP', logonServer: 'DC1' }],
      }),
    ],
  },
  'remote-time-reply': {
    read(bytes) {
      decoding(() => {
        const { time, status } = decodeTimeAnswer(bytes);
        // Seconds and a status are 32 bits each, whatever is sent.
        if (time !== null && !(time >= 0 && time < 0x1_0000_0000 * 1000)) throw new Error('no time');
        if (!Number.isInteger(status)) throw new Error('no status');
      });
    },
    sources: '/src/fsso/rpc/interfaces/remote-time',
    seeds: [
      encodeTimeAnswer(Date.UTC(2026, 4, 6, 7, 8, 9, 120)),
      encodeTimeAnswer(0),
      // It does not say.
      Buffer.from('0000000005000000', 'hex'),
      encodeTimeQuestion('\\\\dc1'),
    ],
  },
  'eventlog-records': {
    read(bytes) {
      decoding(() => {
        const { records } = eventlog.decodeReadAnswer(bytes);
        decodeEventRecords(records);
      });
      decoding(() => {
        for (const { strings } of decodeEventRecords(bytes))
          if (strings.length * 2 > bytes.length) throw new Error('more strings than there can be');
      });
      decoding(() => eventlog.decodeOpenLog(bytes));
      decoding(() => eventlog.decodeReadLog(bytes));
      decoding(() => eventlog.decodeLogNumber(bytes));
    },
    sources: '/src/fsso/rpc/interfaces/event',
    seeds: [
      Buffer.concat(someRecords.map(encodeEventRecord)),
      eventlog.encodeReadAnswer(900, {
        records: Buffer.concat(someRecords.map(encodeEventRecord)),
        needed: 0,
        status: 0,
      }),
      eventlog.encodeOpenLog('Security'),
    ],
  },
  'winreg-reply': {
    read(bytes) {
      decoding(() => winreg.decodeEnumKeyAnswer(bytes));
      decoding(() => winreg.decodeHandleAnswer(bytes));
      decoding(() => winreg.decodeEnumKey(bytes));
      decoding(() => winreg.decodeOpenUsers(bytes));
    },
    sources: '/src/fsso/rpc/interfaces/winreg',
    seeds: [
      winreg.encodeEnumKeyAnswer({ name: 'S-1-5-21-1-2-3-1104', status: 0 }),
      winreg.encodeHandleAnswer({ handle: Buffer.alloc(20, 7), status: 0 }),
      winreg.encodeEnumKey(Buffer.alloc(20, 7), 1),
    ],
  },
  'even6-reply': {
    read(bytes) {
      decoding(() => {
        for (const result of even6.decodeNextAnswer(bytes).results) even6.binaryXmlOf(result);
      });
      decoding(() => even6.binaryXmlOf(bytes));
      decoding(() => even6.decodeQueryAnswer(bytes));
      decoding(() => even6.decodeChannelAnswer(bytes));
      decoding(() => even6.decodeLogInfoAnswer(bytes));
      decoding(() => even6.decodeRegisterQuery(bytes));
    },
    sources: '/src/fsso/rpc/interfaces/even6',
    seeds: [
      even6.encodeNextAnswer({ results: someResults, status: 0 }),
      even6.encodeQueryAnswer('Security', {
        handle: Buffer.alloc(20, 7),
        control: Buffer.alloc(20, 8),
        status: 0,
      }),
      even6.encodeLogInfoAnswer(18930, 0),
      even6.encodeRegisterQuery('Security', '*[System[(EventID=4768)]]'),
    ],
  },
  'binary-xml': {
    read(bytes) {
      decoding(() => {
        const event = eventOfElement(readBinaryXml(bytes));
        if (event !== null && !Number.isSafeInteger(event.record)) throw new Error('no number of a record');
      });
    },
    sources: '/src/fsso/windows/binary-xml/',
    seeds: someXml,
  },
};
