import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { openOutput } from '../../../src/screens/terminal/output.ts';

function fakeTerminal(handle: unknown = {}) {
  const written: string[] = [];
  const stream = Object.assign(new EventEmitter(), {
    writableNeedDrain: false,
    _handle: handle,
    write: (text: string) => written.push(text) > 0,
  });
  return { stream, stdout: stream as unknown as WriteStream, written };
}

const nothing = (): void => {};

test('a write does not wait for a slow terminal while the dashboard runs', () => {
  const blocking: boolean[] = [];
  const { stream, stdout } = fakeTerminal({ setBlocking: (on: boolean) => blocking.push(on) });
  const output = openOutput(stdout, nothing);
  expect(blocking).toEqual([false]);
  expect(output.isBehind()).toBe(false);
  stream.writableNeedDrain = true;
  expect(output.isBehind()).toBe(true);
  output.block(true);
  expect(blocking).toEqual([false, true]);
});

test.each([[null], [{}], [{ setBlocking: 1 }]])('a stream whose handle is %j is used as it is', (handle) => {
  expect(() => openOutput(fakeTerminal(handle).stdout, nothing)).not.toThrow();
});

test('a text is copied by OSC 52, a longer one than terminals take is not', () => {
  const { stdout, written } = fakeTerminal();
  const output = openOutput(stdout, nothing);
  expect(output.copy('10.0.0.1')).toBe(true);
  expect(written).toEqual([`\x1b]52;c;${Buffer.from('10.0.0.1').toString('base64')}\x07`]);
  expect(output.copy('x'.repeat(60_000))).toBe(false);
  expect(written).toHaveLength(1);
});

test('a terminal that goes away is no error of the program, then and afterwards', () => {
  const { stream, stdout } = fakeTerminal();
  let errors = 0;
  let gone = 0;
  stream.on('error', () => {
    errors += 1;
  });
  const output = openOutput(stdout, () => {
    gone += 1;
  });
  stream.emit('error', new Error('write EIO'));
  output.close();
  stream.emit('error', new Error('write EIO'));
  expect([gone, errors]).toEqual([2, 0]);
});

test('after the dashboard the stream has its own listeners again', () => {
  const { stream, stdout } = fakeTerminal();
  let errors = 0;
  stream.on('error', () => {
    errors += 1;
  });
  openOutput(stdout, nothing).close();
  stream.emit('error', new Error('write EPIPE'));
  expect(errors).toBe(1);
});
