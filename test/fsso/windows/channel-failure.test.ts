import { expect, test } from 'vitest';
import { RpcBindRefused, RpcDecodeError, RpcFault } from '../../../src/fsso/rpc/errors.ts';
import {
  accountRefused,
  channelFailure,
  type FailedPart,
} from '../../../src/fsso/windows/netlogon/channel-failure.ts';

test.each<[Error, FailedPart, boolean]>([
  [new RpcFault(5), 'key', false],
  [new RpcFault(0x721), 'key', false],
  [new RpcFault(0x1c00001a), 'key', false],
  [new RpcFault(0x6f7), 'call', true],
  [new RpcBindRefused('nak', 9, 'netlogon: the login was refused'), 'key', false],
  [new RpcBindRefused('rejected', 1, 'lsarpc: the interface is not served there'), 'way', true],
  [new RpcDecodeError('truncated', 0, 'it ends'), 'way', true],
  [new Error('anything else'), 'way', true],
])('%s is a failure of the %s, and may have been heard on its way: %s', (error, part, wasAsked) => {
  const failure = channelFailure('dc1', error);
  expect(failure).toMatchObject({ part, wasAsked: false });
  expect(failure.asked()).toMatchObject({ part, wasAsked });
  expect(failure.asked().notAsked()).toMatchObject({ part, wasAsked: false });
  expect(failure.problem).toMatchObject({ message: expect.stringContaining('dc1') });
  expect(failure.problem.fix.length).toBeGreaterThan(0);
});

test.each([
  [0xc0000022, /password of the machine account/],
  [0xc000018b | 0, /no such machine account/],
  [0xc0000388, /more secure/],
  [0xc00000df, /no reason but STATUS_NO_SUCH_DOMAIN|no reason but 0xc00000df/],
])('a machine account that is refused with %i is told why', (status, cause) => {
  const { problem } = accountRefused('dc1', 'COLLECTOR$', status);
  expect(problem.cause).toMatch(cause);
  expect(problem.message).toBe('dc1 refused the machine account COLLECTOR$');
  expect(problem.code).toMatch(/^0xc[\da-f]{7}$/);
  expect(problem.fix.length).toBeGreaterThan(0);
});
