import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { writeReply } from '../../../src/fsso/wsman/envelope.ts';
import { WsmanFailure } from '../../../src/fsso/wsman/failure.ts';
import { whole } from '../../../src/fsso/wsman/instance.ts';
import { actions, wsmanLimits } from '../../../src/fsso/wsman/profile.ts';
import { logQuery, subscriptionQuery } from '../../../src/fsso/wsman/wql.ts';
import { Relay } from '../../../src/lab/relay.ts';
import { ServiceFault, writeFaultBody } from '../../../src/lab/windows/wsman-server/service-fault.ts';
import { writeTickets, wsmanClient, wsmanServer } from '../../support/wsman.ts';

const query = logQuery({ log: 'Security', ids: [], after: 0, upTo: 1000 });

/** A server with 25 records, of which a client is given 10 at a time; `at` happens before the answer of that number. */
async function inParts(happenings: Readonly<Record<number, 'drop' | 'forget' | 'late'>>) {
  const { server, log } = await wsmanServer();
  writeTickets(log, 25);
  const client = wsmanClient(server.port, { limits: { ...wsmanLimits, pullItems: 10 } });
  await client.identify();
  const answer = server.service.answer.bind(server.service);
  let answers = 0;
  vi.spyOn(server.service, 'answer').mockImplementation(async (bytes, user, hasRights) => {
    answers += 1;
    const happening = happenings[answers];
    if (happening === 'drop') server.dropConnections();
    if (happening === 'forget') server.service.forget();
    if (happening !== 'late') return answer(bytes, user, hasRights);
    const fault = new ServiceFault('w', 'TimedOut', 'The operation has timed out.', 0x80338029, 'Receiver');
    const body = writeFaultBody(fault);
    return {
      bytes: writeReply({ action: actions.fault, messageId: 'uuid:1', relatesTo: '', body }),
      status: 500,
    };
  });
  return { client, server, answers: () => answers };
}

const all = Array.from({ length: 25 }, (_, at) => 25 - at);

test.each([
  ['the connection is lost', 'drop', 2],
  ['the server forgets where it stood', 'forget', 1],
] as const)(
  'a query is begun anew where %s between two parts, and brings nothing twice',
  async (_, what, logins) => {
    const { client } = await inParts({ 3: what });
    const { items, isComplete } = await client.enumerate(query, 1000);
    expect(items.map((item) => whole(item, 'RecordNumber'))).toEqual(all);
    expect([isComplete, client.logins]).toEqual([true, logins]);
  },
);

test('a query is begun anew once only', async () => {
  const { client, answers } = await inParts({ 2: 'forget', 4: 'forget', 6: 'forget' });
  await expect(client.enumerate(query, 1000)).rejects.toMatchObject({ scope: 'context' });
  expect(answers()).toBe(4);
});

test('a part that is not there in time is waited for again, and not for ever', async () => {
  const { client } = await inParts({ 2: 'late', 3: 'late', 5: 'late' });
  expect((await client.enumerate(query, 1000)).items).toHaveLength(25);
  const { client: unlucky } = await inParts({ 2: 'late', 3: 'late', 4: 'late', 5: 'late' });
  await expect(unlucky.enumerate(query, 1000)).rejects.toThrow('nothing comes, and no end of it');
});

test('whoever gives up while others have their turn does not wait for them, and they go on', async () => {
  const { server, log } = await wsmanServer();
  const client = wsmanClient(server.port);
  const { context } = await client.subscribe(subscriptionQuery('Security', []), 60_000);
  const long = client.pull(context, 60_000);
  const stop = new AbortController();
  const reason = new Error('enough');
  const waiting = client.identify(stop.signal);
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  // Only now is there something that the other has waited for.
  writeTickets(log, 1);
  expect((await long).items).toHaveLength(1);
  expect(client.logins).toBe(1);
});

test('a client that is closed while it logs in lets go of its connection at once', async () => {
  const ended = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const silent = createServer((socket) => {
    socket.on('error', () => {}).on('close', () => ended.resolve());
    socket.on('data', () => begun.resolve());
  });
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  onTestFinished(() => void silent.close());
  const client = wsmanClient((silent.address() as { port: number }).port);
  const asked = client.identify().catch((error: unknown) => error);
  await begun.promise;
  client.close();
  expect(await asked).toBeInstanceOf(WsmanFailure);
  expect(((await asked) as WsmanFailure).message).toContain('by us');
  await ended.promise;
});

test('what waits behind a server that hangs ends when the client is closed', async () => {
  const { server } = await wsmanServer();
  const relay = await Relay.start({ address: '127.0.0.1', port: server.port });
  onTestFinished(() => relay.stop());
  const client = wsmanClient(relay.port);
  await client.identify();
  relay.freeze();
  const asked = [client.identify(), client.enumerate(query, 1)].map((each) => each.catch((error) => error));
  client.close();
  for (const each of asked) expect((await each).message).toContain('by us');
});
