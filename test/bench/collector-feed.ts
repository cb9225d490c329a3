import { createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeHello,
  type LogonRecord,
} from '../../src/fsso/wire/messages.ts';

/** What the thread is started with. */
export interface FeedTask {
  readonly count: number;
  /** Records of one BULK frame. */
  readonly perFrame: number;
}

/** What it is told later: so many changes a second from now on. */
export interface FeedRate {
  readonly perSecond: number;
}

const tickMs = 50;

/** A logon as a site of that size has it: few domains and groups, everything else its own. */
function record(index: number, logonTime: number): LogonRecord {
  return {
    loggedOn: true,
    ip: `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`,
    session: 0,
    user: `USER${String((index * 7_919) % 1_000_003).padStart(7, '0')}`,
    domain: 'CORP',
    workstation: `PC-${String(index).padStart(6, '0')}`,
    groups: `CORP/DEPARTMENT ${index % 40}+CORP/DOMAIN USERS+CORP/SITE ${index % 25}`,
    logonTime,
    kind: 1,
    portRanges: [],
    extra: [],
  };
}

const { count, perFrame } = workerData as FeedTask;
const began = Math.floor(Date.now() / 1_000) - 3_600;
let socket: Socket | null = null;
let next = 0;

// Made before anybody asks, so that this thread takes no time from the one that is measured.
const frames: Buffer[] = [];
for (let start = 0; start < count; start += perFrame) {
  const records = Array.from({ length: Math.min(perFrame, count - start) }, (_, each) =>
    record(start + each, began + ((start + each) % 3_600)),
  );
  frames.push(encodeBulk(100_003, records));
}

const server = createServer((accepted) => {
  socket = accepted;
  const decoder = new MessageDecoder('fortigate');
  accepted.write(
    encodeHello('collector', {
      sync: 100_001,
      name: 'FSSO 5.0.0278',
      identity: 'FSAE_SERVER_10001',
      proof: Buffer.alloc(16),
    }),
  );
  accepted.on('error', () => undefined);
  accepted.on('data', (chunk) => {
    for (const message of decoder.push(chunk)) {
      if (message.kind === 'hello') accepted.write(encodeAuthResult(message.sync, 1));
      if (message.kind === 'send-all') for (const frame of frames) accepted.write(frame);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') parentPort?.postMessage(address.port);
});

let timer: NodeJS.Timeout | null = null;
parentPort?.on('message', ({ perSecond }: FeedRate) => {
  if (timer) clearInterval(timer);
  let owed = 0;
  timer = setInterval(() => {
    owed += (perSecond * tickMs) / 1_000;
    const events: Buffer[] = [];
    for (; owed >= 1; owed -= 1) {
      // A prime step, so that the changes are spread over the whole table.
      next = (next + 7_919) % count;
      events.push(encodeEvent(0, record(next, Math.floor(Date.now() / 1_000))));
    }
    if (events.length > 0) socket?.write(Buffer.concat(events));
  }, tickMs);
});
