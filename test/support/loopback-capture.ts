import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { runTool } from '../oracles/tool.ts';

/** What one side of a connection, or of a flow of datagrams, sent. */
export interface Carried {
  /** `tcp`, `udp`, or `tls` for what was inside of a connection over TLS. */
  readonly layer: 'tcp' | 'udp' | 'tls';
  /** `address:port` of both ends, the sender first. */
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
}

const patience = { timeout: 20_000, interval: 100 };

/** Packets on the loopback interface taken by dumpcap and put together by tshark. */
export class LoopbackCapture {
  readonly file: string;
  readonly #child: ChildProcess;
  readonly #marker: Socket;
  #said = '';

  private constructor(directory: string, filter: string, marker: Socket) {
    this.#marker = marker;
    this.file = join(directory, 'capture.pcapng');
    this.#child = spawn(
      'dumpcap',
      [
        '-q',
        '-i',
        'lo',
        '-B',
        '64',
        '-a',
        'duration:600',
        '-w',
        this.file,
        '-f',
        `(${filter}) or udp port ${marker.address().port}`,
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    this.#child.stderr?.on('data', (text: string) => {
      this.#said += text;
    });
  }

  /** Begins with the packets of a filter of pcap. It ends with `stop`, and after ten minutes. */
  static async start(directory: string, filter: string): Promise<LoopbackCapture> {
    const marker = createSocket('udp4');
    await new Promise<void>((bound) => marker.bind(0, '127.0.0.1', bound));
    const capture = new LoopbackCapture(directory, filter, marker);
    await capture.#isTaken();
    return capture;
  }

  /** Ends. Throws where a packet was missed: then nothing could be said of what was not found. */
  async stop(): Promise<void> {
    // What waits in the system's buffer when dumpcap is ended is lost.
    await this.#isTaken();
    this.#marker.close();
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await ended;
    if (!/received\/dropped on interface '[^']+': [1-9]\d*\/0 /.test(this.#said))
      throw new Error(`the capture is not whole: ${this.#said}`);
  }

  /** Until a packet that leaves now, and so all before it, is in the file. */
  async #isTaken(): Promise<void> {
    const token = randomBytes(16);
    await vi.waitFor(() => {
      this.#marker.send(token, this.#marker.address().port, '127.0.0.1');
      if (!existsSync(this.file) || !readFileSync(this.file).includes(token))
        throw new Error(`dumpcap takes nothing: ${this.#said}`);
    }, patience);
  }

  /** Everything that was sent, each direction by itself; over TLS also what was inside, where `keyLog` has its keys. */
  carried(keyLog: string): Carried[] {
    const tshark = (...more: string[]) =>
      runTool('tshark', ['-r', this.file, '-o', `tls.keylog_file:${keyLog}`, ...more], 'tshark').toString();
    const streams = (field: string, filter: string) => [
      ...new Set(
        tshark('-Y', filter, '-T', 'fields', '-e', field)
          .split('\n')
          .filter((line) => line !== ''),
      ),
    ];
    const follow = [
      ...streams('tcp.stream', 'tcp').map((stream) => `tcp,raw,${stream}`),
      ...streams('udp.stream', 'udp').map((stream) => `udp,raw,${stream}`),
      ...streams('tcp.stream', 'tls').map((stream) => `tls,raw,${stream}`),
    ];
    const text = tshark('-q', ...follow.flatMap((each) => ['-z', `follow,${each}`]));
    const found = text.split(/^=+$\n/m).flatMap(readFollowed);
    // Of what is inside of TLS tshark does not always know both ends; those of the connection are the same.
    const ends = new Map(
      found.filter(({ layer }) => layer === 'tcp').map((each) => [each.stream, each.ends]),
    );
    return found.flatMap(({ layer, stream, ends: own, bytes }) => {
      const [first, second] = own;
      const both = layer === 'udp' ? own : (ends.get(stream) ?? own);
      const [from, to] = both[0] === first || both[1] === second ? both : [both[1], both[0]];
      return [
        { layer, from, to, bytes: bytes[0] },
        { layer, from: to, to: from, bytes: bytes[1] },
      ];
    });
  }
}

interface Followed {
  readonly layer: Carried['layer'];
  readonly stream: string;
  readonly ends: readonly [string, string];
  readonly bytes: readonly [Buffer, Buffer];
}

/** One stream as tshark prints it: what the second end sent is indented. */
function readFollowed(text: string): Followed[] {
  const layer = /^Follow: (tcp|udp|tls),raw$/m.exec(text)?.[1] as Carried['layer'] | undefined;
  const [, stream = '', first = '', second = ''] =
    /^Filter: \w+\.stream eq (\d+)\nNode 0: (.*)\nNode 1: (.*)$/m.exec(text) ?? [];
  if (layer === undefined) return [];
  const lines = text.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const bytes = (isSecond: boolean) =>
    Buffer.concat(
      lines
        .filter((line) => line.startsWith('\t') === isSecond)
        .map((line) => Buffer.from(line.trim(), 'hex')),
    );
  return [{ layer, stream, ends: [first, second], bytes: [bytes(false), bytes(true)] }];
}
