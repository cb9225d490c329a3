import { readPaste } from '../../src/ems/fcnacd.ts';
import { decodeDatagram } from '../../src/fsso/wire/datagram.ts';
import { MessageDecoder } from '../../src/fsso/wire/decoder.ts';
import { DecodeError } from '../../src/fsso/wire/element.ts';
import { defaultLimits, type Sender } from '../../src/fsso/wire/profile.ts';
import { logonFields } from '../../src/query/logon-fields.ts';
import { parseQuery } from '../../src/query/query.ts';
import { datagramExamples, messageExamples } from '../fsso/wire/examples.ts';
import { controlTargets } from './control-targets.ts';
import { directoryTargets } from './directory-targets.ts';
import { feedTargets } from './feed-targets.ts';
import { labWindowsTargets } from './lab-windows-targets.ts';
import { ntlmTargets } from './ntlm-targets.ts';
import { peerTargets } from './peer-targets.ts';
import { rpcTargets } from './rpc-targets.ts';
import { smbTargets } from './smb-targets.ts';
import { wsmanTargets } from './wsman-targets.ts';

/** A reader of hostile bytes. `read` throws when it breaks its word; what it refuses in its own way is no failure. */
export interface Target {
  read(bytes: Buffer): void;
  /** Sources whose coverage guides, as a part of their path. */
  readonly sources: string;
  readonly seeds: readonly Buffer[];
}

function expected(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

/** The stream in one piece and octet by octet gives as many messages, and never keeps more than it was given. */
function stream(from: Sender): Target {
  const count = (pieces: Iterable<Buffer>): number => {
    const decoder = new MessageDecoder(from);
    let messages = 0;
    let given = 0;
    expected(() => {
      for (const piece of pieces) {
        given += piece.length;
        for (const _ of decoder.push(piece)) messages += 1;
        if (decoder.buffered > defaultLimits[from].beforeHello + 2 * given) throw new Error('keeps too much');
      }
    });
    return messages;
  };
  return {
    read(bytes) {
      const whole = count([bytes]);
      const pieces = count(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
      if (whole !== pieces) throw new Error(`${whole} messages in one piece, ${pieces} octet by octet`);
    },
    sources: '/src/fsso/wire/',
    seeds: messageExamples.map(({ hex }) => Buffer.from(hex, 'hex')),
  };
}

export const targets: Readonly<Record<string, Target>> = {
  ...controlTargets,
  ...feedTargets,
  ...peerTargets,
  ...directoryTargets,
  ...smbTargets,
  ...wsmanTargets,
  ...rpcTargets,
  ...ntlmTargets,
  ...labWindowsTargets,
  'collector-stream': stream('collector'),
  'fortigate-stream': stream('fortigate'),
  datagram: {
    read: (bytes) => expected(() => void decodeDatagram(bytes)),
    sources: '/src/fsso/wire/',
    seeds: datagramExamples.map(({ hex }) => Buffer.from(hex, 'hex')),
  },
  query: {
    read(bytes) {
      const text = bytes.toString('utf8');
      const query = parseQuery(text, logonFields);
      if (!query.ok && !(query.position >= 1 && query.position <= [...text].length + 1))
        throw new Error(`the error is at ${query.position}, outside of the text`);
    },
    sources: '/src/query/',
    seeds: [
      'user:alice group:"VPN USERS" ip:10.1.0.0/16 ws:pc* source:dc01 age:<10m',
      'status:stale or -session:3 (port:1300 ip:2001:db8::/32) age:1h..2d',
    ].map((text) => Buffer.from(text)),
  },
  paste: {
    read: (bytes) => void readPaste(bytes.toString('utf8')),
    sources: '/src/ems/fcnacd',
    seeds: [
      'Error 1--94-0-401 in get SN call: Authentication denied.\n',
      '[ec_ez_worker_process:402] Call completed with failure.\n"""\nError (-1@_get_capabilities:440).\n',
    ].map((text) => Buffer.from(text)),
  },
};
