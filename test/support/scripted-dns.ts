import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** What the server does with a question: addresses, names of machines for SRV and PTR, a code of failure, or nothing at all. */
export type DnsScript = readonly string[] | 'unknown-name' | 'refused' | 'silent';

const codes = { 'unknown-name': 0x8183, refused: 0x8185 } as const;
const types = { 1: 'A', 12: 'PTR', 28: 'AAAA', 33: 'SRV' } as const;

type RecordType = (typeof types)[keyof typeof types];

/** Octets of an address in a record: 4, or 16 of an IPv6 address without `::`. */
function octets(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  return Buffer.concat(address.split(':').map((part) => Buffer.from(part.padStart(4, '0'), 'hex')));
}

/** A DNS server on loopback that answers as a test says; it is gone at the end of the test. */
export async function scriptedDns(answer: (name: string, type: RecordType) => DnsScript, ttl = 60) {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.subarray(at + 1, at + 1 + length).toString('latin1'));
      at += 1 + length;
    }
    const type = types[question.readUInt16BE(at + 1) as keyof typeof types];
    const name = labels.join('.').toLowerCase();
    questions.push(`${name} ${type}`);
    const said = answer(name, type);
    if (said === 'silent') return;
    const reply = Buffer.from(question.subarray(0, at + 5));
    reply.writeUInt16BE(typeof said === 'string' ? codes[said] : 0x8180, 2);
    reply.writeUInt16BE(typeof said === 'string' ? 0 : said.length, 6);
    reply.fill(0, 8, 12);
    const records = typeof said === 'string' ? [] : said.map((each) => record(type, dataOf(type, each), ttl));
    socket.send(Buffer.concat([reply, ...records]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}

function dataOf(type: RecordType, text: string): Buffer {
  if (type === 'A' || type === 'AAAA') return octets(text);
  const labels = text.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  const name = Buffer.concat([...labels, Buffer.alloc(1)]);
  // Priority 0, weight 100, port 389.
  return type === 'PTR' ? name : Buffer.concat([Buffer.from([0, 0, 0, 100, 1, 133]), name]);
}

function record(type: RecordType, data: Buffer, ttl: number): Buffer {
  const head = Buffer.alloc(12);
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0);
  const [number] = Object.entries(types).find(([, name]) => name === type) ?? [];
  head.writeUInt16BE(Number(number), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
