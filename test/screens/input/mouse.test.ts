import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type MouseEvent, MouseReader } from '../../../src/screens/input/mouse.ts';
import { watchMouse } from '../../../src/screens/terminal/mouse-input.ts';

const read = (...chunks: string[]) => {
  const reader = new MouseReader();
  return chunks.map((chunk) => reader.read(chunk));
};
const nothing = { rest: '', events: [] };
const press = { kind: 'press', x: 4, y: 6 };

test('a button that goes down is an event at its cell, and its way up is none', () => {
  expect(read('\x1b[<0;5;7M')).toEqual([{ rest: '', events: [press] }]);
  expect(read('\x1b[<0;5;7m')).toEqual([nothing]);
});

test('the wheel turns up and down', () => {
  expect(read('\x1b[<64;1;1M\x1b[<65;223;500M')[0]?.events).toEqual([
    { kind: 'wheel-up', x: 0, y: 0 },
    { kind: 'wheel-down', x: 222, y: 499 },
  ]);
});

test.each(['1;5;7M', '2;5;7M', '32;5;7M', '4;5;7M', '16;5;7M', '66;5;7M', '0;0;7M', '999;1;1M'])(
  '%s does nothing and types nothing',
  (sequence) => {
    expect(read(`\x1b[<${sequence}`)).toEqual([nothing]);
  },
);

test('keys before, between and behind are typed', () => {
  expect(read('j\x1b[<0;5;7Mk\x1b[A\x1b[<0;5;7ml')).toEqual([{ rest: 'jk\x1b[Al', events: [press] }]);
});

test('a sequence that a slow line parts is put together', () => {
  expect(read('\x1b[<0;', '5;7', 'Mj')).toEqual([nothing, nothing, { rest: 'j', events: [press] }]);
});

test('what only begins like one, and other sequences, go on as they are', () => {
  expect(read('\x1b[<', 'x')).toEqual([nothing, { rest: '\x1b[<x', events: [] }]);
  for (const text of ['\x1b', '\x1b[', '\x1b[A', '[<0;5;7M', '\x1b[200~a\x1b[201~'])
    expect(read(text)).toEqual([{ rest: text, events: [] }]);
});

test('whoever reads the input of the terminal gets it without the mouse, until the stream is given back', async () => {
  const stream = new PassThrough();
  stream.setEncoding('utf8');
  const events: MouseEvent[] = [];
  const end = watchMouse(stream as unknown as NodeJS.ReadStream, (event) => events.push(event));
  stream.write('a\x1b[<0;5;7Mb');
  await new Promise((resolve) => stream.once('readable', resolve));
  expect(stream.read()).toBe('ab');
  expect(stream.read()).toBeNull();
  await Promise.resolve();
  expect(events).toEqual([press]);
  end();
  stream.write('\x1b[<0;5;7M');
  await new Promise((resolve) => stream.once('readable', resolve));
  expect(stream.read()).toBe('\x1b[<0;5;7M');
});
