import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../clock.ts';
import { MessageDecoder } from '../../fsso/wire/decoder.ts';
import {
  encodeAuthResult,
  encodeBulk,
  encodeEvent,
  encodeHello,
  encodeKeepalive,
  type LogonRecord,
} from '../../fsso/wire/messages.ts';
import { challengeBytes, firstSync, messageCodes, names } from '../../fsso/wire/profile.ts';

/** The collector's end of one connection, and what a fault is played with. */
export interface FaultyLine {
  readonly socket: Socket;
  readonly clock: Clock;
  /** Timers that end with the connection. */
  readonly timers: Set<Timer>;
  /** The next sequence number. */
  next(): number;
  /** Told when a request for all logons was answered. */
  answered(): void;
}

const record = (place: number): LogonRecord => ({
  loggedOn: true,
  ip: `10.${(place >> 16) & 255}.${(place >> 8) & 255}.${place & 255}`,
  session: 0,
  user: `USER${place}`,
  domain: 'CORP',
  workstation: `PC-${place}`,
  groups: 'CORP/SALES',
  logonTime: 0,
  kind: 1,
  portRanges: [],
  extra: [],
});

const hello = (sync: number): Buffer =>
  encodeHello('collector', {
    sync,
    name: names.collectorBanner,
    identity: names.collectorIdentity,
    proof: Buffer.alloc(challengeBytes),
  });

/** A proper collector up to SEND_ALL, which `answer` answers. */
function serve(line: FaultyLine, answer: (line: FaultyLine) => void): void {
  const { socket, next } = line;
  const decoder = new MessageDecoder('fortigate');
  socket.write(hello(next()));
  socket.on('data', (bytes: Buffer) => {
    for (const message of decoder.push(bytes)) {
      if (message.kind === 'hello') socket.write(encodeAuthResult(message.sync, 1));
      if (message.kind !== 'send-all') continue;
      answer(line);
      line.answered();
    }
  });
}

const list = ({ socket, next }: FaultyLine, count = 3): void => {
  socket.write(
    encodeBulk(
      next(),
      Array.from({ length: count }, (_, place) => record(place + 1)),
    ),
  );
};

/** A header that announces more than any message has. */
const overlong = (code: number): Buffer => Buffer.from([0x7f, 0xff, 0xff, 0xff, code, 6]);
/** Milliseconds between two octets of a slow one, and between two connections that flap. */
const dripEvery = 1000;
const flapAfter = 2000;
/** Records in one BULK of the hostile one that has a million, and frames of it. */
const recordsPerFrame = 5000;
const frames = 200;

/** What a collector, or what stands in its place, does wrong (docs/protocol/fsso.md, State machines and Limits). */
export const collectorFaults = {
  /** Takes the connection and never says a word: the service hangs, or waits for TLS. */
  silent: () => undefined,
  /** Takes the connection and closes it: the service is stopping, or has its maximum of FortiGates. */
  'closed-at-once': ({ socket }) => socket.end(),
  'another-service': ({ socket }) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
  /** A hello that announces two gigabytes. */
  'overlong-hello': ({ socket }) => socket.write(overlong(messageCodes.hello)),
  'no-verdict': ({ socket, next }) => socket.write(hello(next())),
  'refused-by-status': ({ socket, next }) => {
    const decoder = new MessageDecoder('fortigate');
    socket.write(hello(next()));
    socket.on('data', (bytes: Buffer) => {
      for (const message of decoder.push(bytes))
        if (message.kind === 'hello') socket.end(encodeAuthResult(message.sync, 7));
    });
  },
  /** One octet of its hello a second. */
  'slow-drip': ({ socket, clock, timers, next }) => {
    const bytes = hello(next());
    let at = 0;
    timers.add(clock.every(dripEvery, () => socket.write(bytes.subarray(at, ++at))));
  },
  /** A good list, and then an event whose length is a lie. */
  'wrong-length': (line) =>
    serve(line, () => {
      list(line);
      line.socket.write(overlong(messageCodes.event));
    }),
  /** Ends the connection in the middle of its list, as in a restart. */
  'restart-in-bulk': (line) =>
    serve(line, () => {
      const bytes = encodeBulk(line.next(), [record(1), record(2), record(3)]);
      line.socket.end(bytes.subarray(0, bytes.length - 20));
    }),
  /** Numbers of its messages are left out. */
  'sequence-gaps': (line) =>
    serve(line, () => {
      list(line);
      for (let skipped = 0; skipped < 4; skipped++) line.next();
      line.socket.write(encodeEvent(line.next(), record(4)));
    }),
  /** Messages and attributes that nobody knows, between good ones. */
  'unknown-messages': (line) =>
    serve(line, () => {
      line.socket.write(Buffer.from('0000000a8e06deadbeef', 'hex'));
      list(line);
      line.socket.write(Buffer.from('0000000c9906cafecafecafe', 'hex'));
      const strange = { code: 0x5e, type: 9, value: Buffer.from('ff00ff', 'hex') };
      line.socket.write(encodeEvent(line.next(), { ...record(4), extra: [strange] }));
    }),
  /** A million logons, whatever the gate thinks of it. */
  'million-records': (line) =>
    serve(line, ({ socket, next }) => {
      let frame = 0;
      const pour = (): void => {
        while (frame < frames && !socket.destroyed) {
          const from = frame * recordsPerFrame;
          frame += 1;
          const records = Array.from({ length: recordsPerFrame }, (_, place) => record(from + place));
          if (!socket.write(encodeBulk(next(), records))) return void socket.once('drain', pour);
        }
        if (!socket.destroyed) socket.write(encodeKeepalive(next()));
      };
      pour();
    }),
  /** Serves, and drops everybody two seconds later, again and again. */
  flapping: (line) =>
    serve(line, () => {
      list(line);
      line.timers.add(line.clock.after(flapAfter, () => line.socket.end()));
    }),
} satisfies Record<string, (line: FaultyLine) => unknown>;

export type CollectorFaultName = keyof typeof collectorFaults;

/** The number before the first message of a line. */
export const beforeFirst = firstSync.collector;
