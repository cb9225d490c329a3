import { expect, onTestFinished, test, vi } from 'vitest';
import { commands, statuses } from '../../../src/fsso/smb/profile.ts';
import { connectSmb, type SmbSession } from '../../../src/fsso/smb/session.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { credentials, ScriptedServer } from './scripted-server.ts';

const timeoutMs = 5000;

async function begun(): Promise<{ server: ScriptedServer; session: SmbSession; clock: ManualClock }> {
  const clock = new ManualClock();
  const server = new ScriptedServer(clock);
  onTestFinished(() => server.stop());
  const port = await server.start();
  const session = await connectSmb({
    ...{ host: '127.0.0.1', port, credentials, clock, timeoutMs },
    dialects: ['2.1'],
  });
  onTestFinished(() => session.close());
  return { server, session, clock };
}

const asked = (server: ScriptedServer, count: number) =>
  vi.waitFor(() => expect(server.asked.length).toBe(count), { timeout: 20_000, interval: 2 });

test('a login is signed from its last answer on', async () => {
  const { session } = await begun();
  expect(session).toMatchObject({ dialect: '2.1', signed: true, encrypted: false });
  expect(await session.echo()).toBe(0);
});

test('answers find their requests, in whatever order they come', async () => {
  const { server, session } = await begun();
  const held: (() => void)[] = [];
  server.onRequest = ({ header }) => {
    held.push(() =>
      server.answer(header, { status: header.command === commands.create ? statuses.notSupported : 0 }),
    );
    if (held.length === 3) for (const answer of held.reverse()) answer();
  };
  const results = await Promise.allSettled([session.echo(), session.openPipe('srvsvc'), session.echo()]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('with one credit one request is under way, and the others wait for it', async () => {
  const { server, session } = await begun();
  server.credits = 0;
  const waiting: (() => void)[] = [];
  let most = 0;
  server.onRequest = ({ header }) => {
    waiting.push(() => server.answer(header));
    most = Math.max(most, waiting.length);
  };
  // Ten were granted at the start; more are asked than that.
  const all = Promise.all(Array.from({ length: 25 }, () => session.echo()));
  const done = all.then(() => true);
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  await vi.waitFor(
    () => {
      waiting.shift()?.();
      expect(isDone).toBe(true);
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(most).toBeLessThanOrEqual(10);
  expect(new Set(server.asked.map(({ header }) => header.messageId)).size).toBe(25);
});

test('a server that grants no more credits ends the session, and does not make everybody wait for ever', async () => {
  const { server, session } = await begun();
  server.onRequest = ({ header }) => server.answer(header, { credits: 0 });
  const results = await Promise.allSettled(Array.from({ length: 25 }, () => session.echo()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(await session.closed).toMatchObject({ problem: { code: 'no-credit' } });
});

test('an answer that is pending is waited for longer', async () => {
  const { server, session, clock } = await begun();
  server.onRequest = ({ header }) => server.answer(header, { status: statuses.pending, asyncId: 9n });
  const echo = session.echo();
  await asked(server, 1);
  const [{ header }] = server.asked as [(typeof server.asked)[0]];
  // Another answer behind the interim one shows that it was read.
  server.onRequest = ({ header: other }) => server.answer(other);
  await session.echo();
  clock.advance(timeoutMs + 1);
  server.answer(header, { asyncId: 9n, credits: 0 });
  expect(await echo).toBe(timeoutMs + 1);
});

test('an answer that stays pending is cancelled under its number, and the session goes on', async () => {
  const { server, session, clock } = await begun();
  server.onRequest = ({ header }) => server.answer(header, { status: statuses.pending, asyncId: 9n });
  const echo = session.echo();
  await asked(server, 1);
  server.onRequest = ({ header }) => server.answer(header);
  await session.echo();
  const failed = expect(echo).rejects.toMatchObject({
    scope: 'question',
    problem: { code: 'pending-timeout' },
  });
  clock.advance(60_000);
  await failed;
  await vi.waitFor(() => expect(server.commands).toContain(commands.cancel));
  const cancel = server.asked.find(({ header }) => header.command === commands.cancel);
  expect(cancel?.header).toMatchObject({ asyncId: 9n, messageId: server.asked[0]?.header.messageId });
  // The answer that comes all the same belongs to nobody.
  server.answer(server.asked[0]?.header as never, { status: statuses.cancelled, asyncId: 9n });
  await expect(session.echo()).resolves.toBe(0);
});

test('a server that is silent ends the session', async () => {
  const { server, session, clock } = await begun();
  server.onRequest = () => {};
  const echo = expect(session.echo()).rejects.toMatchObject({
    scope: 'server',
    problem: { code: 'answer-timeout' },
  });
  await asked(server, 1);
  clock.advance(timeoutMs);
  await echo;
  expect(await session.closed).toMatchObject({ problem: { code: 'answer-timeout' } });
});

test('whoever closes waits for a silent machine a second, and no longer', async () => {
  const { server, session, clock } = await begun();
  const heard = new Promise<void>((resolve) => {
    server.onLogoff = () => resolve();
  });
  const closed = session.close();
  await heard;
  clock.advance(1000);
  await closed;
});

test('a request that gets no credit while others are pending fails alone', async () => {
  const { server, session, clock } = await begun();
  server.onRequest = ({ header }) => {
    // The last one is answered, and shows that all before it were told to wait.
    const isLast = server.asked.length === 10;
    server.answer(header, isLast ? { credits: 0 } : { status: statuses.pending, asyncId: 9n, credits: 0 });
  };
  const stop = new AbortController();
  const pending = Array.from({ length: 9 }, () => session.echo(stop.signal).catch(() => 'broken off'));
  await session.echo();
  const late = expect(session.echo()).rejects.toMatchObject({ scope: 'question', problem: { code: 'busy' } });
  clock.advance(timeoutMs);
  await late;
  stop.abort();
  expect(await Promise.all(pending)).toEqual(Array.from({ length: 9 }, () => 'broken off'));
  // There is no credit for a farewell either.
  server.cut();
});

test('an aborted request is cancelled at the server, and its late answer is dropped', async () => {
  const { server, session } = await begun();
  server.onRequest = ({ header }) => {
    if (header.command === commands.cancel) return;
    if (server.asked.length > 1) server.answer(header);
  };
  const stop = new AbortController();
  const echo = session.echo(stop.signal);
  await asked(server, 1);
  stop.abort(new Error('enough'));
  await expect(echo).rejects.toThrow('enough');
  await asked(server, 2);
  expect(server.commands).toEqual([commands.echo, commands.cancel]);
  expect(server.asked[1]?.header.messageId).toBe(server.asked[0]?.header.messageId);
  server.answer(server.asked[0]?.header as never);
  await expect(session.echo()).resolves.toBe(0);
});

test('a request that is aborted beforehand is never sent', async () => {
  const { server, session } = await begun();
  await expect(session.echo(AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  await session.echo();
  expect(server.commands).toEqual([commands.echo]);
});

test('an answer without a signature ends the session', async () => {
  const { server, session } = await begun();
  server.signs = false;
  await expect(session.echo()).rejects.toMatchObject({ problem: { code: 'wrong-signature' } });
  expect(await session.closed).toMatchObject({ scope: 'server' });
});

test('an answer to another command, or to nothing, ends the session', async () => {
  for (const more of [{ command: commands.read }, { messageId: 999n }]) {
    const { server, session } = await begun();
    server.onRequest = ({ header }) => server.answer(header, more);
    await expect(session.echo()).rejects.toMatchObject({ problem: { stage: 'smb', code: 'bad-value' } });
  }
});

test.each([statuses.sessionExpired, statuses.sessionDeleted])(
  'a session that is over (%i) is told of even unsigned, and ends',
  async (status) => {
    const { server, session } = await begun();
    server.signs = false;
    server.onRequest = ({ header }) => server.answer(header, { status });
    await expect(session.echo()).rejects.toMatchObject({ problem: { code: 'session-ended' } });
  },
);

test('words that nobody asked for are passed over', async () => {
  const { server, session } = await begun();
  server.onRequest = ({ header }) => {
    server.answer(header, { messageId: 0xffff_ffff_ffff_ffffn, command: 18, credits: 0 });
    server.answer(header);
  };
  await expect(session.echo()).resolves.toBe(0);
});

test('a dialect that was not offered is refused', async () => {
  const clock = new ManualClock();
  const server = new ScriptedServer(clock);
  onTestFinished(() => server.stop());
  const port = await server.start();
  const attempt = connectSmb({ host: '127.0.0.1', port, clock, credentials, dialects: ['3.1.1'] });
  await expect(attempt).rejects.toMatchObject({ problem: { stage: 'smb', code: 'nonsense' } });
});

test('a port where nobody listens is named as such', async () => {
  const clock = new ManualClock();
  const server = new ScriptedServer(clock);
  const port = await server.start();
  await server.stop();
  await expect(connectSmb({ host: '127.0.0.1', port, clock, credentials })).rejects.toMatchObject({
    problem: { stage: 'tcp', code: 'ECONNREFUSED' },
  });
});
