import { expect, test } from 'vitest';
import { LinkTraffic, type Passage } from '../../../src/fsso/gate/traffic.ts';
import type { Connect, TransportEvents } from '../../../src/fsso/gate/transport.ts';
import { MessageDecoder } from '../../../src/fsso/wire/decoder.ts';
import { encodeHello, encodeKeepalive, encodeSendAll } from '../../../src/fsso/wire/messages.ts';

/** A connection whose events the test makes, and what was really written on it. */
function open(traffic: LinkTraffic) {
  let events: TransportEvents | undefined;
  const written: Buffer[] = [];
  const connect: Connect = (_, given) => {
    events = given;
    return { write: (bytes) => void written.push(bytes), close() {}, gone: Promise.resolve() };
  };
  const noted: Buffer[] = [];
  const transport = traffic.over('corp', connect)(
    { host: '::1', port: 8000, purpose: 'login' },
    { opened() {}, received: (bytes) => void noted.push(bytes), closed() {} },
  );
  return { transport, written, noted, events: events as unknown as TransportEvents };
}

test('the response to a challenge goes out, and no listener sees it', () => {
  const traffic = new LinkTraffic();
  const heard: Passage[] = [];
  traffic.listen((_, passage) => heard.push(passage));
  const { transport, written } = open(traffic);
  const proof = Buffer.from('0123456789abcdef');
  const hello = encodeHello('fortigate', { sync: 1, name: 'us', identity: 'FG-root', proof });
  // As a pipelined client writes it: in one piece with what follows.
  const words = Buffer.concat([hello, encodeSendAll(2)]);
  transport.write(words);
  expect(written).toEqual([words]);
  expect(words.includes(proof)).toBe(true);
  const sent = heard.flatMap((passage) => (passage.what === 'sent' ? [passage.bytes] : []));
  expect(Buffer.concat(sent).includes(proof)).toBe(false);
  const [told, next] = [...new MessageDecoder('fortigate').push(Buffer.concat(sent))];
  expect(told).toMatchObject({ kind: 'hello', identity: 'FG-root', proof: Buffer.alloc(16) });
  expect(next).toMatchObject({ kind: 'send-all', sync: 2 });
});

test('whoever begins to listen in the middle of a message is told where the next one begins', () => {
  const traffic = new LinkTraffic();
  const { events, noted } = open(traffic);
  const message = encodeKeepalive(7);
  events.received(message.subarray(0, 3));
  const fresh: boolean[] = [];
  traffic.listen((_, passage) => {
    if (passage.what === 'received') fresh.push(passage.fresh);
  });
  events.received(message.subarray(3, 9));
  events.received(message.subarray(9));
  events.received(message);
  expect(fresh).toEqual([false, false, true]);
  expect(Buffer.concat(noted)).toEqual(Buffer.concat([message, message]));
});
