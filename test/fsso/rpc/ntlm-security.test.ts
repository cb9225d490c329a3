import { describe, expect, test } from 'vitest';
import { NtlmError } from '../../../src/fsso/ntlm/ntlm-error.ts';
import { bindRpc, type RpcInterface } from '../../../src/fsso/rpc/client.ts';
import { RpcBindRefused, RpcDecodeError, RpcFault } from '../../../src/fsso/rpc/errors.ts';
import { NtlmBinding } from '../../../src/fsso/rpc/ntlm-security.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { RpcEndpoint } from '../../../src/lab/windows/rpc/endpoint.ts';
import { EndpointLogin } from '../../../src/lab/windows/rpc/endpoint-login.ts';
import type { Caller } from '../../../src/lab/windows/rpc/service.ts';
import { EndpointPipe } from '../../support/endpoint-pipe.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock();
const credentials = { user: 'svc-fsso', domain: 'CORP', password: 'Svc-Passw0rd1' };
const echo: RpcInterface = {
  ...{ name: 'echo', pipe: 'echo', uuid: '60a15ec5-4de8-11d7-a637-005056a20182', major: 1, minor: 0 },
};
const machine = new LabMachine({
  ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example' },
  accounts: [{ ...credentials, rights: [] }],
});

type Way = ConstructorParameters<typeof NtlmBinding>[1]['way'];
type Level = ConstructorParameters<typeof NtlmBinding>[1]['level'];

/** A server that answers what it was sent, to those who logged in. */
function echoing(understands = true) {
  const callers: Caller[] = [];
  const endpoint = new RpcEndpoint({
    address: '49152',
    served: [
      {
        interfaceId: echo,
        bind(caller) {
          callers.push(caller);
          return { call: (_opnum, stub) => Buffer.from(stub) };
        },
      },
    ],
    caller: null,
    logIn: (verifier) =>
      understands ? EndpointLogin.begin(verifier, { machine, clock, address: '10.0.0.9' }) : null,
  });
  return { pipe: new EndpointPipe(endpoint), callers };
}

const security = (way: Way, level: Level, password = credentials.password) =>
  new NtlmBinding({ ...credentials, password }, { clock, host: 'dc1.corp.example', way, level });

const kinds = [
  ['spnego', 'privacy'],
  ['spnego', 'integrity'],
  ['ntlm', 'privacy'],
  ['ntlm', 'integrity'],
] as const;

describe.each(kinds)('a binding logged in by %s, with %s', (way, level) => {
  test('carries calls of several fragments both ways, one after the other', async () => {
    const { pipe, callers } = echoing();
    const client = await bindRpc(pipe, echo, { security: security(way, level) });
    for (const length of [30_001, 0, 1, 16, 5_840, 64_000]) {
      const stub = Buffer.from(Array.from({ length }, (_, index) => index % 251));
      expect((await client.call(1, stub)).equals(stub)).toBe(true);
    }
    expect(callers).toMatchObject([{ user: 'svc-fsso', domain: 'CORP', address: '10.0.0.9' }]);
  });

  test(level === 'privacy' ? 'shows nothing of them' : 'shows them, signed', async () => {
    const { pipe } = echoing();
    const heard: Buffer[] = [];
    pipe.onAnswer = (bytes) => {
      heard.push(bytes);
      return bytes;
    };
    const client = await bindRpc(pipe, echo, { security: security(way, level) });
    await client.call(1, Buffer.from('who is logged on where'));
    const seen = [...pipe.sent, ...heard].filter((bytes) => bytes.includes('logged on'));
    expect(seen).toHaveLength(level === 'privacy' ? 0 : 2);
  });

  // Of the header: the flags of the fragment and the hint; the stub; the filling; the verifier; the signature.
  test.each([3, 16, 30, -30, -20, -10, -1])('ends where byte %i of an answer was changed', async (place) => {
    const { pipe } = echoing();
    const client = await bindRpc(pipe, echo, { security: security(way, level) });
    await client.call(1, Buffer.from('first'));
    pipe.onAnswer = (bytes) => {
      const at = place < 0 ? bytes.length + place : place;
      // Not the order of fragments, which is looked at too.
      bytes[at] = (bytes[at] as number) ^ (place === 3 ? 0x20 : 0x04);
      return bytes;
    };
    const failed = await client.call(1, Buffer.from('second')).catch((error: unknown) => error);
    expect(failed instanceof NtlmError || failed instanceof RpcDecodeError, String(failed)).toBe(true);
    expect(client.isOpen).toBe(false);
    expect(pipe.isClosed).toBe(true);
  });

  test('ends where a fragment was left out, or came twice', async () => {
    for (const kind of ['left out', 'twice']) {
      const { pipe } = echoing();
      const client = await bindRpc(pipe, echo, { security: security(way, level) });
      let count = 0;
      let last: Buffer = Buffer.alloc(0);
      pipe.onAnswer = (bytes) => {
        count += 1;
        if (count !== 3) {
          last = bytes;
          return bytes;
        }
        // One in the middle, so that the order of fragments alone does not tell.
        return kind === 'twice' ? last : null;
      };
      await expect(client.call(1, Buffer.alloc(30_000)), kind).rejects.toBeInstanceOf(NtlmError);
    }
  });

  test('is refused with a wrong password', async () => {
    const { pipe, callers } = echoing();
    const called = bindRpc(pipe, echo, { security: security(way, level, 'wrong') }).then((client) =>
      client.call(1, Buffer.from('x')),
    );
    await expect(called).rejects.toMatchObject(
      way === 'spnego'
        ? { name: RpcBindRefused.name, kind: 'login', reason: 5 }
        : { name: RpcFault.name, status: 5 },
    );
    expect(callers).toEqual([]);
  });

  test('is refused where the server does not know that kind of login', async () => {
    const { pipe } = echoing(false);
    const bound = bindRpc(pipe, echo, { security: security(way, level) });
    await expect(bound).rejects.toMatchObject({ name: RpcBindRefused.name, kind: 'nak', reason: 8 });
    expect(pipe.isClosed).toBe(true);
  });
});

test('without a login nobody is answered', async () => {
  const { pipe, callers } = echoing();
  const client = await bindRpc(pipe, echo);
  await expect(client.call(1, Buffer.from('x'))).rejects.toMatchObject({ status: 5 });
  expect(callers).toEqual([]);
});
