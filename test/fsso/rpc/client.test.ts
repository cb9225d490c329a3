import { describe, expect, test, vi } from 'vitest';
import { bindRpc, type RpcInterface } from '../../../src/fsso/rpc/client.ts';
import { RpcBindRefused, RpcClosed, RpcDecodeError, RpcFault } from '../../../src/fsso/rpc/errors.ts';
import type { BindAckPdu, Pdu, RequestPdu } from '../../../src/fsso/rpc/pdu.ts';
import { authTypes, pduFlags, pduTypes } from '../../../src/fsso/rpc/profile.ts';
import type { Around, RpcSecurity } from '../../../src/fsso/rpc/security.ts';
import { type Answer, bindAck, response, ScriptedPipe } from '../../support/rpc-pipe.ts';

const echo: RpcInterface = {
  name: 'echo',
  pipe: 'echo',
  uuid: '60a15ec5-4de8-11d7-a637-005056a20182',
  major: 1,
  minor: 0,
};

/** Binds, and answers requests; fragments of a request are gathered. */
const serving = (answer: (stub: Buffer, pdu: RequestPdu) => readonly Pdu[] | null): Answer => {
  let stub = Buffer.alloc(0);
  return (pdu) => {
    if (pdu.type === pduTypes.bind) return [bindAck(pdu)];
    if (pdu.type !== pduTypes.request) return [];
    stub = Buffer.concat([stub, pdu.stub]);
    if ((pdu.flags & pduFlags.last) === 0) return [];
    const whole = stub;
    stub = Buffer.alloc(0);
    return answer(whole, pdu);
  };
};

describe('an RPC client', () => {
  test('calls one after the other, and reads answers in any pieces', async () => {
    const pipe = new ScriptedPipe(
      serving((stub, pdu) => [
        response(pdu, stub.subarray(0, 2), pduFlags.first),
        response(pdu, stub.subarray(2, 3), 0),
        response(pdu, stub.subarray(3), pduFlags.last),
      ]),
      7,
    );
    const client = await bindRpc(pipe, echo);
    const answers = await Promise.all([
      client.call(1, Buffer.from('first')),
      client.call(2, Buffer.from('second')),
    ]);
    expect(answers.map(String)).toEqual(['first', 'second']);
    expect(pipe.heard.map((pdu) => (pdu.type === pduTypes.request ? pdu.opnum : pdu.type))).toEqual([
      pduTypes.bind,
      1,
      2,
    ]);
    await client.close();
    expect(pipe.isClosed).toBe(true);
    await expect(client.call(1, Buffer.alloc(0))).rejects.toBeInstanceOf(RpcClosed);
  });

  test('sends a long stub in fragments that the server takes', async () => {
    const pipe = new ScriptedPipe(serving((stub, pdu) => [response(pdu, Buffer.from(String(stub.length)))]));
    const client = await bindRpc(pipe, echo);
    expect(String(await client.call(0, Buffer.alloc(10_000)))).toBe('10000');
    const requests = pipe.heard.filter((pdu) => pdu.type === pduTypes.request);
    expect(requests.map(({ flags }) => flags)).toEqual([pduFlags.first, 0, pduFlags.last]);
    expect(requests.every(({ stub }) => stub.length + 24 <= 4280)).toBe(true);
    expect(requests[0]?.allocHint).toBe(10_000);
  });

  test('a fault is typed, and leaves the binding good', async () => {
    const pipe = new ScriptedPipe(
      serving((stub, pdu) =>
        pdu.opnum === 9
          ? [
              {
                type: pduTypes.fault,
                flags: 3,
                callId: pdu.callId,
                auth: null,
                contextId: 0,
                status: 0x1c010002,
              },
            ]
          : [response(pdu, stub)],
      ),
    );
    const client = await bindRpc(pipe, echo);
    const fault = await client.call(9, Buffer.alloc(0)).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(RpcFault);
    expect(fault).toMatchObject({ status: 0x1c010002 });
    expect(String(await client.call(1, Buffer.from('still')))).toBe('still');
  });

  test.each([
    ['an answer to another call', (pdu: Pdu) => [{ ...response(pdu, Buffer.alloc(0)), callId: 99 }]],
    ['a PDU that answers no call', (pdu: Pdu) => [bindAck(pdu)]],
    ['a middle fragment first', (pdu: Pdu) => [response(pdu, Buffer.alloc(4), 0)]],
    ['more than is taken', (pdu: Pdu) => [response(pdu, Buffer.alloc(101))]],
    ['no PDU at all', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
  ])('%s ends the binding', async (_name, answer) => {
    const pipe = new ScriptedPipe((pdu) => (pdu.type === pduTypes.bind ? [bindAck(pdu)] : answer(pdu)));
    const client = await bindRpc(pipe, echo, { longestReply: 100 });
    await expect(client.call(1, Buffer.alloc(0))).rejects.toBeInstanceOf(RpcDecodeError);
    expect(pipe.isClosed).toBe(true);
    await expect(client.call(1, Buffer.alloc(0))).rejects.toBeInstanceOf(RpcClosed);
  });

  test('a pipe that ends in the middle of an answer is said to have ended', async () => {
    const pipe = new ScriptedPipe(serving((stub, pdu) => [response(pdu, stub, pduFlags.first)]));
    const client = await bindRpc(pipe, echo);
    await expect(client.call(1, Buffer.from('x'))).rejects.toBeInstanceOf(RpcClosed);
  });

  test('an aborted call ends the binding, one that was not sent does not', async () => {
    const pipe = new ScriptedPipe(serving((stub, pdu) => (pdu.opnum === 9 ? null : [response(pdu, stub)])));
    const client = await bindRpc(pipe, echo);
    const early = AbortSignal.abort(new Error('too late'));
    await expect(client.call(1, Buffer.alloc(0), early)).rejects.toThrow('too late');
    expect(client.isOpen).toBe(true);
    const control = new AbortController();
    const call = client.call(9, Buffer.alloc(0), control.signal);
    const next = client.call(1, Buffer.alloc(0));
    await vi.waitFor(() => expect(pipe.heard.at(-1)).toMatchObject({ opnum: 9 }));
    control.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    await expect(next).rejects.toBeInstanceOf(RpcClosed);
    expect(pipe.isClosed).toBe(true);
  });

  test.each([
    [
      'a bind_nak',
      (pdu: Pdu): Pdu => ({ type: pduTypes.bindNak, flags: 3, callId: pdu.callId, auth: null, reason: 2 }),
      'echo: a limit of the server is reached',
    ],
    [
      'a rejected interface',
      (pdu: Pdu): Pdu =>
        bindAck(pdu, {
          results: [
            { result: 2, reason: 1, transfer: { uuid: '00000000-0000-0000-0000-000000000000', version: 0 } },
          ],
        }),
      'echo: the interface is not served there',
    ],
  ])('%s says why, and closes the pipe', async (_name, answer, text) => {
    const pipe = new ScriptedPipe((pdu) => [answer(pdu)]);
    const refused = await bindRpc(pipe, echo).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RpcBindRefused);
    expect((refused as Error).message).toBe(text);
    expect(pipe.isClosed).toBe(true);
  });

  test('a server that takes fragments of no bytes is refused', async () => {
    const pipe = new ScriptedPipe((pdu) => [bindAck(pdu, { maxReceive: 0 })]);
    await expect(bindRpc(pipe, echo)).rejects.toBeInstanceOf(RpcDecodeError);
  });

  /** Turns every byte round, and signs with the length. */
  const security = (): RpcSecurity => {
    const turned = (stub: Buffer) => Buffer.from(stub.map((byte) => byte ^ 0xff));
    return {
      type: authTypes.ntlm,
      level: 6,
      contextId: 0,
      signatureBytes: 4,
      signsHeaders: false,
      isAnswered: false,
      first: () => Buffer.from('hello'),
      next: (token) => Buffer.from(`${token}!`),
      protect: (stub) => ({ stub: turned(stub), signature: Buffer.from(String(stub.length).padStart(4)) }),
      unprotect(stub, signature) {
        if (Number(signature.toString()) !== stub.length) throw new Error('a wrong signature');
        return turned(stub);
      },
    };
  };

  test('a login goes through three messages, and calls are protected both ways', async () => {
    const server = security();
    const heard: string[] = [];
    const pipe = new ScriptedPipe((pdu) => {
      heard.push(pdu.auth?.token.toString() ?? 'none');
      if (pdu.type === pduTypes.bind)
        return [
          bindAck(pdu, { auth: { type: 10, level: 6, padding: 0, contextId: 0, token: Buffer.from('who') } }),
        ];
      if (pdu.type !== pduTypes.request || pdu.auth === null) return [];
      const clear = server.unprotect(pdu.stub, pdu.auth.token, pdu.around as Around);
      const { stub, signature } = server.protect(clear, pdu.around as Around);
      return [{ ...response(pdu, stub), auth: { ...pdu.auth, token: signature } }];
    });
    const client = await bindRpc(pipe, echo, { security: security() });
    expect(String(await client.call(1, Buffer.from('seventeen letters')))).toBe('seventeen letters');
    expect(heard).toEqual(['hello', 'who!', '  32']);
  });

  test.each([
    ['with a signature, ends the binding: what it goes over is not laid down', true],
    ['without one leaves the binding good', false],
  ])('a fault %s', async (_name, isSigned) => {
    const auth = { type: 10, level: 6, padding: 0, contextId: 0, token: Buffer.from('who') };
    const pipe = new ScriptedPipe((pdu) => {
      if (pdu.type === pduTypes.bind) return [bindAck(pdu, { auth })];
      if (pdu.type !== pduTypes.request) return [];
      const fault = { type: pduTypes.fault, flags: 3, callId: pdu.callId, contextId: 0, status: 5 };
      return [{ ...fault, auth: isSigned ? auth : null }];
    });
    const client = await bindRpc(pipe, echo, { security: security() });
    await expect(client.call(1, Buffer.from('x'))).rejects.toMatchObject({ status: 5 });
    expect(client.isOpen).toBe(!isSigned);
    expect(pipe.isClosed).toBe(isSigned);
  });

  test.each([
    ['of another kind', { type: 9 }],
    ['of another level', { level: 5 }],
    ['of another login', { contextId: 7 }],
  ])('an answer with a protection %s is refused', async (_name, change) => {
    const server = security();
    const pipe = new ScriptedPipe((pdu) => {
      const auth = { type: 10, level: 6, padding: 0, contextId: 0, token: Buffer.from('who') };
      if (pdu.type === pduTypes.bind) return [bindAck(pdu, { auth })];
      if (pdu.type !== pduTypes.request || pdu.auth === null) return [];
      const { stub, signature } = server.protect(Buffer.alloc(16), pdu.around as Around);
      return [{ ...response(pdu, stub), auth: { ...pdu.auth, token: signature, ...change } }];
    });
    const client = await bindRpc(pipe, echo, { security: security() });
    await expect(client.call(1, Buffer.from('x'))).rejects.toThrow('without the protection');
  });

  test('a login that comes to no end is given up', async () => {
    const auth = { type: 9, level: 6, padding: 0, contextId: 0, token: Buffer.from('more') };
    const pipe = new ScriptedPipe((pdu) => {
      const type = pdu.type === pduTypes.bind ? pduTypes.bindAck : pduTypes.alterContextResponse;
      return [{ ...(bindAck(pdu, { auth }) as BindAckPdu), type }];
    });
    const endless = { ...security(), isAnswered: true };
    await expect(bindRpc(pipe, echo, { security: endless })).rejects.toThrow('comes to no end');
    expect(pipe.heard.length).toBeLessThan(10);
    expect(pipe.isClosed).toBe(true);
  });

  test('an answer without the protection that was agreed on is refused', async () => {
    const pipe = new ScriptedPipe(serving((stub, pdu) => [response(pdu, stub)]));
    const client = await bindRpc(pipe, echo, { security: security() });
    await expect(client.call(1, Buffer.from('x'))).rejects.toThrow('without the protection');
  });
});
