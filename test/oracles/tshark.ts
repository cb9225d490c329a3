import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './tool.ts';

/** What Wireshark's dissector of UDP 8002 makes of one datagram; a field that it does not find is empty. */
export interface Dissection {
  recognised: boolean;
  malformed: boolean;
  length: number;
  /** Unix seconds. */
  time: number;
  ip: string;
  textLength: number;
  text: string;
  host: string;
  domain: string;
  user: string;
  version: string;
  /** Number of port ranges as the datagram says it; null where tshark sees no terminal server. */
  rangeCount: number | null;
  portRanges: [first: number, last: number][];
  /** Addresses it sees in a tail. */
  otherAddresses: string[];
}

const fields = [
  'frame.protocols',
  '_ws.malformed',
  'fortinet_sso.length',
  'fortinet_sso.timestamp',
  'fortinet_sso.client_ip',
  'fortinet_sso.payload_length',
  'fortinet_sso.string',
  'fortinet_sso.host',
  'fortinet_sso.domain',
  'fortinet_sso.user',
  'fortinet_sso.version',
  'fortinet_sso.tsagent.port_range.number',
  'fortinet_sso.tsagent.port_range.min',
  'fortinet_sso.tsagent.port_range.max',
  'fortinet_sso.unknown.ipv4',
];
// tshark writes a tab in a field as an escape, so a tab ends one; the lists hold numbers and addresses only.
const fieldEnd = '\t';
const valueEnd = ',';

const run = (tool: string, args: readonly string[]) => runTool(tool, args, 'tshark').toString();

/** The version line of tshark. Throws where tshark or its companion text2pcap cannot run. */
export function tsharkVersion(): string {
  run('text2pcap', ['--version']);
  return run('tshark', ['--version']).split('\n')[0] as string;
}

/** Puts each payload in a UDP datagram to port 8002 and has tshark dissect them; the answers come in the same order. */
export function dissect(payloads: readonly Buffer[]): Dissection[] {
  const directory = mkdtempSync(join(tmpdir(), 'fabrictop-tshark-'));
  try {
    const dump = join(directory, 'hex');
    const capture = join(directory, 'capture');
    writeFileSync(dump, payloads.map(hexDump).join(''));
    run('text2pcap', ['-q', '-4', '127.0.0.51,127.0.0.1', '-u', '51000,8002', dump, capture]);
    const output = run('tshark', [
      ...['-r', capture, '-T', 'fields', '-E', 'separator=/t', '-E', `aggregator=${valueEnd}`],
      ...fields.flatMap((field) => ['-e', field]),
    ]);
    const lines = output.split('\n').slice(0, -1);
    if (lines.length !== payloads.length)
      throw new Error(`tshark printed ${lines.length} lines for ${payloads.length} datagrams`);
    return lines.map(parse);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One packet in the form that text2pcap reads: offset 0 begins it. */
function hexDump(payload: Buffer): string {
  return `000000 ${payload.toString('hex').replace(/../g, '$& ')}\n`;
}

function parse(line: string): Dissection {
  const cells = line.split(fieldEnd);
  const cell = (name: string) => cells[fields.indexOf(name)] ?? '';
  const list = (name: string) => (cell(name) === '' ? [] : cell(name).split(valueEnd));
  const rangeCount = cell('fortinet_sso.tsagent.port_range.number');
  const last = list('fortinet_sso.tsagent.port_range.max');
  return {
    recognised: cell('frame.protocols').split(':').includes('fortinet_sso'),
    malformed: cell('_ws.malformed') !== '',
    length: Number(cell('fortinet_sso.length')),
    // Releases differ in the form of a time, not in its value, once the billionths are gone.
    time: Date.parse(cell('fortinet_sso.timestamp').replace(/\.0+/, '')) / 1000,
    ip: cell('fortinet_sso.client_ip'),
    textLength: Number(cell('fortinet_sso.payload_length')),
    text: cell('fortinet_sso.string'),
    host: cell('fortinet_sso.host'),
    domain: cell('fortinet_sso.domain'),
    user: cell('fortinet_sso.user'),
    version: cell('fortinet_sso.version'),
    rangeCount: rangeCount === '' ? null : Number(rangeCount),
    portRanges: list('fortinet_sso.tsagent.port_range.min').map((first, index) => [
      Number(first),
      Number(last[index]),
    ]),
    otherAddresses: list('fortinet_sso.unknown.ipv4'),
  };
}
