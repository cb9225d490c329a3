import { describe, expect, test } from 'vitest';
import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from '../../../src/fsso/rpc/errors.ts';
import { statusFailure } from '../../../src/fsso/smb/problems.ts';
import type { WindowsTask } from '../../../src/fsso/windows/statuses.ts';
import { refusedWith, rpcFailure, WindowsFailure } from '../../../src/fsso/windows/windows-failure.ts';

const place = (task: WindowsTask) => ({ host: 'dc1', account: 'CORP\\svc-fsso', task });

describe('a machine that says no', () => {
  test('has the right that is missing told for each task', () => {
    const fix = (task: WindowsTask) => refusedWith('nt', 0xc0000022, place(task)).problem.fix[0];
    expect(fix('event-log')).toBe('put CORP\\svc-fsso into Event Log Readers');
    expect(fix('sessions')).toBe('put CORP\\svc-fsso into Server Operators or Administrators');
    expect(fix('logged-on users')).toBe('put CORP\\svc-fsso into the local Administrators of dc1');
  });

  test.each<[WindowsTask, string]>([
    ['login', 'dc1 does not let CORP\\svc-fsso log in'],
    ['sessions', 'dc1 does not list its sessions for CORP\\svc-fsso'],
    ['event-log', 'dc1 does not let CORP\\svc-fsso read its event log'],
    ['logged-on users', 'dc1 does not tell CORP\\svc-fsso who is logged on'],
  ])('is told in one sentence, be it SMB or RPC that says so (%s)', (task, sentence) => {
    const { host, account } = place(task);
    const told = [
      refusedWith('nt', 0xc0000022, place(task)).problem,
      refusedWith('win32', 5, place(task)).problem,
      statusFailure(0xc0000022, { host, account, port: 445 }, task).problem,
    ];
    expect(new Set(told.map(({ message }) => message))).toEqual(new Set([`access denied: ${sentence}`]));
    expect(new Set(told.map(({ stage }) => stage)).size).toBe(1);
  });

  test('is told with code, message, cause and fix', () => {
    expect(refusedWith('rpc', 0x1c010002, place('logged-on users')).problem).toEqual({
      stage: 'logged-on users',
      code: 'nca_s_op_rng_error',
      message: 'the call is not served there: dc1 does not tell CORP\\svc-fsso who is logged on',
      cause: 'The service that answers this is stopped or disabled on the machine, or it does not have it.',
      fix: ['start the service Workstation (LanmanWorkstation) on dc1'],
    });
  });

  test('with a code that nobody met is told by the code', () => {
    const { problem, status } = refusedWith('win32', 0x3e7, place('sessions'));
    expect(problem.code).toBe('0x000003e7');
    expect(problem.message).toBe('status 0x000003e7: dc1 does not list its sessions for CORP\\svc-fsso');
    expect(problem.fix).toHaveLength(1);
    expect(status).toEqual({ space: 'win32', code: 0x3e7 });
  });

  test('cannot write on the terminal', () => {
    const { problem } = refusedWith('nt', 0xc0000022, {
      host: 'dc\u001b[31m',
      account: 'a\u0007',
      task: 'event-log',
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
    expect(JSON.stringify(problem) + problem.fix.join()).not.toMatch(/[\u0000-\u001f]/);
  });
});

test.each([
  new RpcFault(0x721),
  new RpcBindRefused('rejected', 1, 'eventlog: the interface is not served there'),
  new RpcDecodeError('truncated', 4, 'bytes are missing'),
  new RpcClosed('the binding is closed'),
])('%s of RPC is told as a problem', (error) => {
  const failure = rpcFailure(error, place('ntlm verdict'));
  expect(failure).toBeInstanceOf(WindowsFailure);
  const { problem } = failure as WindowsFailure;
  expect(problem.stage).toBe('ntlm');
  expect([problem.cause, ...problem.fix].every((text) => text !== '')).toBe(true);
});

test('an error that is none of these is handed on', () => {
  const error = new Error('ECONNRESET');
  expect(rpcFailure(error, place('sessions'))).toBe(error);
});
