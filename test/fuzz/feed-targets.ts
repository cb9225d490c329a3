import { decodeSrvAnswer, encodeSrvQuestion } from '../../src/fsso/collector/controllers/srv-message.ts';
import { readAccounting } from '../../src/fsso/collector/feeds/radius/attributes.ts';
import { decodeRadius, encodeAccountingRequest } from '../../src/fsso/collector/feeds/radius/packet.ts';
import { SyslogFraming } from '../../src/fsso/collector/feeds/syslog/framing.ts';
import { knownRules } from '../../src/fsso/collector/feeds/syslog/known-rules.ts';
import { Pattern } from '../../src/fsso/collector/feeds/syslog/pattern.ts';
import { SyslogRule } from '../../src/fsso/collector/feeds/syslog/rule.ts';
import { readLogon } from '../../src/fsso/collector/feeds/windows/event-logon.ts';
import { cutEvents, readEvent } from '../../src/fsso/collector/feeds/windows/event-xml.ts';
import { DatagramFrames } from '../../src/fsso/wire/datagram-frames.ts';
import { DecodeError } from '../../src/fsso/wire/element.ts';
import { datagramExamples } from '../fsso/wire/examples.ts';
import { networkLogon, ticket, windowsEvent } from '../support/windows-event.ts';
import type { Target } from './targets.ts';

const longest = 200;
const srvQuestion = encodeSrvQuestion(7, '_ldap._tcp.dc._msdcs.corp.example');

function framed(pieces: Iterable<Buffer>): string {
  const framing = new SyslogFraming(longest);
  const found: string[] = [];
  let tooLong = 0;
  for (const piece of pieces) {
    const frames = framing.push(piece);
    tooLong += frames.tooLong;
    for (const message of frames.messages) {
      if (message.length > longest) throw new Error('a message is longer than it may be');
      found.push(message.toString('hex'));
    }
    if (framing.buffered > longest + 8) throw new Error('keeps too much');
  }
  return `${found.join(' ')} ${tooLong} ${framing.finish()?.toString('hex')}`;
}

const rules = knownRules.map((options) => new SyslogRule(options));

/** What the feeds of a collector read from strangers. */
export const feedTargets: Readonly<Record<string, Target>> = {
  'syslog-stream': {
    read(bytes) {
      const whole = framed([bytes]);
      const pieces = framed(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} in one piece, ${pieces} octet by octet`);
    },
    sources: '/src/fsso/collector/feeds/syslog/',
    seeds: ['<13>a line\n<14>another\r\n', '10 <13>counted9 <13>again\n', '722051 no count\n<1>x'].map(
      (text) => Buffer.from(text),
    ),
  },
  'agent-stream': {
    read(bytes) {
      const count = (pieces: readonly Buffer[]): string => {
        const frames = new DatagramFrames();
        let found = 0;
        try {
          for (const piece of pieces)
            for (const datagram of frames.push(piece)) {
              found += 1;
              if (datagram.readUInt16BE(0) !== datagram.length) throw new Error('not cut by its length');
            }
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          // In one piece, those before the wrong length are not handed out either.
          return 'broken';
        }
        return String(found);
      };
      const whole = count([bytes]);
      const pieces = count(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} in one piece, ${pieces} octet by octet`);
    },
    sources: '/src/fsso/wire/datagram-frames',
    seeds: datagramExamples.map(({ hex }) => Buffer.from(hex + hex, 'hex')),
  },
  'syslog-line': {
    read(bytes) {
      const line = bytes.toString('utf8');
      for (const rule of rules) {
        const reading = rule.read(line);
        if (reading.kind === 'logon' && reading.username === null) throw new Error('a logon of nobody');
      }
      try {
        new Pattern(line).read(line);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    },
    sources: '/src/fsso/collector/feeds/syslog/',
    seeds: [
      '<189>logid="0101039947" tunnelip=10.0.0.7 user="anna" group="a,b"',
      '<189>logid="0101039948" tunnelip=2001:db8::7 user="N/A"',
      'user="{{:domain}}\\{{:username}}" ip={{:client_ip}}',
    ].map((text) => Buffer.from(text)),
  },
  srv: {
    read(bytes) {
      const asked = Buffer.concat([srvQuestion, bytes]);
      asked.writeUInt16BE(0x8180, 2);
      asked.writeUInt16BE(100, 6);
      const answer = decodeSrvAnswer(asked, srvQuestion);
      for (const { target } of answer?.records ?? [])
        if (target.length > 255) throw new Error('a name is longer than names are');
    },
    sources: '/src/fsso/collector/controllers/srv-message',
    seeds: ['c00c0021000100000384000d0000006401850464633031c021', 'c02f00010001000003840004 0a000001'].map(
      (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'),
    ),
  },
  'windows-events': {
    read(bytes) {
      const text = bytes.toString('latin1');
      const { found, rest } = cutEvents(text);
      if (rest > text.length) throw new Error('used more than there is');
      for (const xml of found) {
        const event = readEvent(xml);
        if (event) readLogon(event, new Set([4624, 4768, 4769, 4770, 4776]), 'CORP');
      }
    },
    sources: '/src/fsso/collector/feeds/windows/',
    seeds: [
      ticket('anna', '10.0.0.7'),
      `<Events>${networkLogon('J\u00fcrgen', '10.0.0.8')}</Events>`,
      windowsEvent(4776, { TargetUserName: 'a&b', Workstation: 'PC1', Status: '0x0' }),
    ].map((text) => Buffer.from(text)),
  },
  radius: {
    read(bytes) {
      try {
        readAccounting(decodeRadius(bytes));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    },
    sources: '/src/fsso/collector/feeds/radius/',
    seeds: [
      encodeAccountingRequest(
        7,
        [
          { type: 40, value: Buffer.from([0, 0, 0, 1]) },
          { type: 1, value: Buffer.from('CORP\\anna') },
          { type: 8, value: Buffer.from([10, 0, 0, 7]) },
          { type: 26, value: Buffer.from([0, 0, 0x30, 0x44, 1, 7, 0x73, 0x74, 0x61, 0x66, 0x66]) },
          { type: 97, value: Buffer.from([0, 64, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1]) },
          { type: 168, value: Buffer.alloc(16, 7) },
        ],
        'secret',
      ),
    ],
  },
};
