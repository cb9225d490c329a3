import { eventOf } from '../../src/fsso/windows/wmi-log.ts';
import { readSealed, writeSealed } from '../../src/fsso/wsman/encryption.ts';
import {
  readEnumerate,
  readEnumerateReply,
  readPull,
  readPullReply,
  readRelease,
  writeEnumerate,
  writeEnumerateReply,
  writePullReply,
} from '../../src/fsso/wsman/enumeration.ts';
import {
  type Envelope,
  readEnvelope,
  readIdentity,
  writeIdentity,
  writeReply,
  writeRequest,
} from '../../src/fsso/wsman/envelope.ts';
import {
  readReference,
  readRenew,
  readRenewReply,
  readSubscribe,
  readSubscribeReply,
  writeRenewReply,
  writeSubscribe,
  writeSubscribeReply,
} from '../../src/fsso/wsman/eventing.ts';
import { readFault, writeFault } from '../../src/fsso/wsman/fault.ts';
import { faultFailure } from '../../src/fsso/wsman/fault-problems.ts';
import { moment, property, values, whole } from '../../src/fsso/wsman/instance.ts';
import { actions, allClasses } from '../../src/fsso/wsman/profile.ts';
import { readInstance, readSelectors, writeSelectors } from '../../src/fsso/wsman/transfer.ts';
import { recordKeys } from '../../src/fsso/wsman/wql.ts';
import { WsmanDecodeError } from '../../src/fsso/wsman/xml.ts';
import { SecurityLog } from '../../src/lab/windows/security-log.ts';
import {
  recordInstance,
  subjectOf,
  writeCreation,
  writeInstance,
} from '../../src/lab/windows/wsman-server/log-classes.ts';
import { fits, parseWql, WqlError } from '../../src/lab/windows/wsman-server/wql.ts';
import type { Target } from './targets.ts';

const expected = (read: () => unknown, refusal: new (...parameters: never[]) => Error): void => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
  }
};

const bodies: readonly ((envelope: Envelope) => unknown)[] = [
  ...[readEnumerate, readEnumerateReply, readPull, readPullReply, readRelease, readIdentity],
  ...[readReference, readRenew, readRenewReply, readSubscribe, readSubscribeReply, readSelectors],
];

const place = { host: 'dc1', port: 5985, login: 'CORP\\svc' };

function readItems(envelope: Envelope): void {
  for (const { children } of envelope.body?.children ?? [])
    for (const item of children) {
      property(item, 'User');
      values(item, 'InsertionStrings');
      const record = whole(item, 'RecordNumber');
      if (record !== null && !Number.isSafeInteger(record)) throw new Error(`record ${record}`);
      const time = moment(item, 'TimeGenerated');
      if (time !== null && !Number.isInteger(time)) throw new Error(`the moment ${time}`);
    }
}

const log = new SecurityLog({ computer: 'DC01' });
const record = log.write({ id: 4768, strings: ['anna', 'CORP'], generated: 1_768_467_600 });
const instance = recordInstance(log, record);
const items = [writeInstance(instance, null), writeCreation(instance)];
const reply = (body: string) =>
  writeReply({ action: actions.pullResponse, messageId: 'uuid:1', relatesTo: 'uuid:2', body });
const request = (body: string, reference = '') =>
  writeRequest({
    reference,
    ...{
      action: actions.enumerate,
      to: 'http://dc1:5985/wsman',
      resource: allClasses,
      messageId: 'uuid:1',
      body,
    },
    ...{ envelopeBytes: 512_000, timeoutMs: 15_000 },
  });

/** What servers of WS-Management answer, and what the lab's is asked. */
export const wsmanTargets: Readonly<Record<string, Target>> = {
  'wsman-reply': {
    read: (bytes) =>
      expected(() => {
        const envelope = readEnvelope(bytes);
        for (const read of bodies) expected(() => read(envelope), WsmanDecodeError);
        readItems(envelope);
        expected(() => eventOf(readInstance(envelope)), WsmanDecodeError);
        expected(() => faultFailure(readFault(envelope), place), WsmanDecodeError);
      }, WsmanDecodeError),
    sources: '/src/fsso/wsman/',
    seeds: [
      reply(writeEnumerateReply('uuid:3', items, false)),
      reply(writePullReply('', items, true)),
      reply(
        writeSubscribeReply('http://dc1/', { identifier: 'uuid:4', context: 'uuid:5', expiresMs: 60_000 }),
      ),
      reply(writeRenewReply(60_000)),
      reply(writeFault('Sender', 'w', { kind: 'AccessDenied', windows: 5, reason: 'Access is denied.' })),
      reply(items[0] ?? ''),
      request('', writeSelectors(recordKeys('Security', 7))),
      request(writeEnumerate({ query: 'SELECT * FROM X', items: 10 })),
      request(writeSubscribe({ query: 'SELECT * FROM X', expiresMs: 60_000 })),
      writeIdentity({ protocol: 'a', vendor: 'b', product: 'c' }),
    ],
  },
  'wsman-sealed': {
    read: (bytes) =>
      expected(() => {
        const { signature, sealed, length } = readSealed(bytes);
        if (signature.length + sealed.length > bytes.length || sealed.length !== length)
          throw new Error('more than there is');
      }, WsmanDecodeError),
    sources: '/src/fsso/wsman/encryption',
    seeds: [writeSealed({ signature: Buffer.alloc(16, 1), sealed: Buffer.from('abc') }, 3)],
  },
  wql: {
    read: (bytes) =>
      expected(() => fits(parseWql(bytes.toString('utf8')).test, subjectOf(instance)), WqlError),
    sources: '/src/lab/windows/wsman-server/wql',
    seeds: [
      "SELECT * FROM Win32_NTLogEvent WHERE Logfile = 'Security' AND (EventCode = 4768 OR NOT EventCode <> 4769) AND RecordNumber > 5",
      "SELECT * FROM Win32_NTLogEvent WHERE TimeGenerated >= '20260115090000.000000+000' AND RecordNumber <= 9",
      "SELECT A, B FROM __InstanceCreationEvent WITHIN 5 WHERE TargetInstance ISA 'Win32_NTLogEvent' AND User LIKE 'a%_' AND T = NULL",
    ].map((text) => Buffer.from(text)),
  },
};
