import { createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { sealedContentType, writeSealed } from '../../../src/fsso/wsman/encryption.ts';
import { WsmanFailure } from '../../../src/fsso/wsman/failure.ts';
import { wsmanLimits } from '../../../src/fsso/wsman/profile.ts';
import { logQuery, subscriptionQuery } from '../../../src/fsso/wsman/wql.ts';
import { Relay } from '../../../src/lab/relay.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { writeTickets, wsmanClient, wsmanServer } from '../../support/wsman.ts';

const query = logQuery({ log: 'Security', ids: [], after: 0, upTo: 1000 });

/** Lets time pass until something has failed. */
async function hurried(clock: ManualClock, promise: Promise<unknown>): Promise<WsmanFailure> {
  let isOver = false;
  const failed = failure(promise).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(1000);
    await new Promise((done) => setImmediate(done));
  }
  return failed;
}

const failure = (promise: Promise<unknown>): Promise<WsmanFailure> =>
  promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error: unknown) => {
      if (error instanceof WsmanFailure) return error;
      throw error;
    },
  );

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

/** Something that answers each connection's first bytes with a text of its own. */
const answering = (text: string, goesOn = true) =>
  listen(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => (goesOn ? socket.write(text) : socket.end(text)));
    }),
  );

const http = (status: string, headers: readonly string[], body = '') =>
  [`HTTP/1.1 ${status}`, `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');

/** A relay in front of a server of the lab that may change what the server answers. */
async function between(change: (bytes: Buffer, answer: number) => Buffer) {
  const { server, log } = await wsmanServer();
  writeTickets(log, 50);
  const { connect } = await import('node:net');
  const port = await listen(
    createServer((client: Socket) => {
      const behind = connect(server.port, '127.0.0.1');
      let answers = 0;
      for (const socket of [client, behind]) socket.on('error', () => {});
      client.on('data', (bytes) => behind.write(bytes));
      behind.on('data', (bytes) => {
        answers += 1;
        client.write(change(bytes, answers));
      });
      client.on('close', () => behind.destroy());
      behind.on('close', () => client.destroy());
    }),
  );
  return { server, port };
}

test('nobody who listens, and a name that there is not', async () => {
  const { server } = await wsmanServer();
  const { port } = server;
  await server.stop();
  expect((await failure(wsmanClient(port).identify())).problem).toMatchObject({
    stage: 'tcp',
    code: 'ECONNREFUSED',
    fix: expect.arrayContaining([expect.stringContaining('winrm quickconfig')]),
  });
  const nowhere = wsmanClient(port, { server: { host: 'dc01.invalid', port, tls: null } });
  expect((await failure(nowhere.identify())).problem.stage).toBe('resolve');
});

test('a server that takes connections and says nothing is given up in time, and asked again later', async () => {
  const { server, log } = await wsmanServer();
  writeTickets(log, 3);
  const relay = await Relay.start({ address: '127.0.0.1', port: server.port });
  onTestFinished(() => relay.stop());
  const clock = new ManualClock();
  const client = wsmanClient(relay.port, { clock });
  await client.identify();
  relay.freeze();
  expect((await hurried(clock, client.enumerate(query, 10))).message).toContain('did not answer within 20 s');
  expect(client.isConnected).toBe(false);
  relay.thaw();
  expect((await client.enumerate(query, 10)).items).toHaveLength(3);
});

test('a connection that is cut at any moment of an answer ends in a failure, and the next question is answered', async () => {
  for (const at of [0, 1, 20, 200, 2000]) {
    let isCutting = false;
    const { port } = await between((bytes) => {
      if (!isCutting) return bytes;
      isCutting = false;
      return bytes.subarray(0, at);
    });
    const clock = new ManualClock();
    const client = wsmanClient(port, { clock });
    await client.identify();
    isCutting = true;
    await hurried(clock, client.enumerate(query, 100));
    expect((await client.enumerate(query, 100)).items, `cut at ${at}`).toHaveLength(50);
  }
});

test('an answer of which one bit was changed is not believed', async () => {
  // The third answer is the first that is sealed: the login has two.
  const { port } = await between((bytes, answer) => {
    if (answer < 3) return bytes;
    const changed = Buffer.from(bytes);
    const place = changed.indexOf('application/octet-stream\r\n') + 60;
    changed[place] = (changed[place] ?? 0) ^ 1;
    return changed;
  });
  expect((await failure(wsmanClient(port).identify())).problem).toMatchObject({
    stage: 'authentication',
    message: expect.stringContaining('wrong seal'),
  });
});

test('an answer in clear text to a sealed message is not believed', async () => {
  const { port } = await between((bytes, answer) =>
    answer < 3 ? bytes : Buffer.from(http('200 OK', ['Content-Type: application/soap+xml'], '<a/>')),
  );
  expect((await failure(wsmanClient(port).identify())).message).toContain(
    'in clear text what has to be sealed',
  );
});

test('an answer that was recorded and is repeated is not believed', async () => {
  let recorded: Buffer | null = null;
  const { port } = await between((bytes, answer) => {
    if (answer === 3) recorded = Buffer.from(bytes);
    return answer < 4 ? bytes : (recorded as Buffer);
  });
  const client = wsmanClient(port);
  await client.identify();
  expect((await failure(client.identify())).message).toContain('wrong seal');
});

test.each([
  ['another web server', http('404 Not Found', []), 'wsman', 'no WS-Management'],
  [
    'a server without Negotiate',
    http('401 Unauthorized', ['WWW-Authenticate: Kerberos']),
    'authentication',
    'does not offer',
  ],
  [
    'a server that breaks off',
    http('401 Unauthorized', ['WWW-Authenticate: Negotiate']),
    'authentication',
    'cannot agree on NTLM',
  ],
  [
    'a challenge that is none',
    http('401 Unauthorized', ['WWW-Authenticate: Negotiate AAAA']),
    'wsman',
    'no WS-Management',
  ],
  ['a redirection', http('302 Found', ['Location: http://elsewhere/']), 'wsman', 'status 302'],
  ['a server that takes nobody from here', http('403 Forbidden', []), 'wsman', 'forbids'],
  ['a server that is overloaded', http('503 Service Unavailable', []), 'wsman', 'status 503'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', 'wsman', 'not HTTP'],
  ['a header without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, 'wsman', 'header is too long'],
])('%s is told as such', async (_what, text, stage, message) => {
  const { problem } = await failure(wsmanClient(await answering(text)).identify());
  expect(problem.stage).toBe(stage);
  expect(problem.message).toContain(message);
});

test('behind an answer that ends the connection the next question has another, without a failure between', async () => {
  const { server, port } = await between((bytes, answer) =>
    answer < 3
      ? bytes
      : Buffer.from(
          bytes.toString('latin1').replace('Connection: keep-alive', 'Connection: close'),
          'latin1',
        ),
  );
  const client = wsmanClient(port);
  const { context } = await client.subscribe(subscriptionQuery('Security', []), 60_000);
  expect((await client.pull(context, 20)).items).toEqual([]);
  expect((await client.pull(context, 20)).items).toEqual([]);
  expect(client.logins).toBe(3);
  expect(server.counts.refusals).toBe(0);
});

test('a body that does not end is given up at its limit', async () => {
  const { port } = await between((bytes, answer) =>
    answer < 3
      ? bytes
      : Buffer.concat([
          Buffer.from(
            `HTTP/1.1 200 OK\r\nContent-Type: ${sealedContentType}\r\nContent-Length: 9999999\r\n\r\n`,
          ),
          Buffer.alloc(200_000, 'x'),
        ]),
  );
  const client = wsmanClient(port, { limits: { ...wsmanLimits, bodyBytes: 100_000 } });
  expect((await failure(client.identify())).message).toContain('more than 100000 octets');
});

test('sealed nonsense of the length that it says is refused before it is opened', async () => {
  const body = writeSealed({ signature: Buffer.alloc(16), sealed: Buffer.from('abc') }, 4).toString('latin1');
  const { port } = await between((bytes, answer) =>
    answer < 3 ? bytes : Buffer.from(http('200 OK', [`Content-Type: ${sealedContentType}`], body), 'latin1'),
  );
  expect((await failure(wsmanClient(port).identify())).message).toContain('3 octets that says 4');
});

test('a question may be given up while the login is under way', async () => {
  const port = await listen(createServer((socket) => socket.on('error', () => {})));
  const stop = new AbortController();
  const asked = wsmanClient(port).identify(stop.signal);
  const reason = new Error('enough');
  setImmediate(() => stop.abort(reason));
  await expect(asked).rejects.toBe(reason);
});
