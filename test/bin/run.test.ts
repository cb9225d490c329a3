import { expect, test } from 'vitest';
import { CommandFailure, exitStatus } from '../../bin/cli.ts';
import { explain } from '../../bin/run.ts';
import { ConfigError } from '../../src/config/error.ts';

const keep = () => '/state/errors.log';

test('a command that fails is its own line and status', () => {
  expect(explain(new CommandFailure('ems137 is down', exitStatus.down), keep)).toEqual({
    lines: ['ems137 is down'],
    status: 1,
  });
  expect(explain(new CommandFailure('no such connector'), keep).status).toBe(2);
});

test('a wrong configuration is all its lines and status 2', () => {
  expect(explain(new ConfigError(['a', 'b']), keep)).toEqual({ lines: ['a', 'b'], status: 2 });
});

test('an unexpected error is one line that says where the details are, without a stack', () => {
  const kept: unknown[] = [];
  const error = new TypeError('x is\nnot \x1b[31ma function');
  const { lines, status } = explain(error, (details) => {
    kept.push(details);
    return '/state/errors.log';
  });
  expect(lines).toEqual([
    'unexpected error: x is\\x0anot \\x1b[31ma function (details are in /state/errors.log)',
  ]);
  expect(status).toBe(1);
  expect(kept).toEqual([error]);
});

test('an unexpected error is told also when no log can be written', () => {
  expect(explain('oops', () => null).lines).toEqual(['unexpected error: oops (no log could be written)']);
});
