import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { encodeGateLink } from '../../../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { asker, authority, begin, collector, gate, patience, rawGate, server, stranger } from './linked.ts';

test('many negotiations go on at once, each with its own challenge and verdict', async () => {
  const { port, verifier, judged, events } = await collector();
  const { link } = gate([port]);
  await link.start();
  const users = Array.from({ length: 200 }, (_, index) => `user${index}`);
  const verdicts = await Promise.all(
    users.map(async (user) => {
      const negotiation = link.begin(asker(`10.0.0.${user.length}`));
      expect(await negotiation.challenge(Buffer.from(user))).toEqual(Buffer.from(user));
      return await negotiation.answer(Buffer.from(user));
    }),
  );
  expect(verdicts.map(({ user }) => user)).toEqual(users);
  expect(verdicts[0]).toMatchObject({ kind: 'ok', domain: 'CORP', groupNames: ['CORP/All'] });
  expect(judged.toSorted()).toEqual(users.map((user) => `${user}@10.0.0.${user.length}`).toSorted());
  expect(verifier.asked[0]).toMatchObject({ wantsGroups: true });
  expect(events).toEqual([expect.objectContaining({ msg: 'gate connected', certificate: 'GATE01' })]);
});

test('what is no Type 1 has its verdict at once', async () => {
  const { port } = await collector();
  const { link } = gate([port]);
  await link.start();
  expect(await link.begin(asker()).challenge(Buffer.alloc(0))).toMatchObject({ kind: 'malformed' });
});

test('an answer before there is a challenge is none, and leaves the challenge to come', async () => {
  const { port, verifier } = await collector();
  const { link } = gate([port]);
  await link.start();
  const hasty = link.begin(asker());
  const challenge = hasty.challenge(Buffer.from('anna'));
  expect(await hasty.answer(Buffer.from('anna'))).toMatchObject({ kind: 'malformed' });
  expect(await challenge).toEqual(Buffer.from('anna'));
  expect(await hasty.answer(Buffer.from('anna'))).toMatchObject({ kind: 'ok' });
  expect(verifier.asked).toHaveLength(1);
});

test('a client that is gone is no logon, also while its verdict is on the way', async () => {
  const { port, verifier, judged, link: served } = await collector();
  const { link } = gate([port]);
  await link.start();
  const early = link.begin(asker('10.0.0.1'));
  await early.challenge(Buffer.from('anna'));
  early.end();
  verifier.holds = true;
  const late = link.begin(asker('10.0.0.2'));
  await late.challenge(Buffer.from('ben'));
  const verdict = late.answer(Buffer.from('ben'));
  await vi.waitFor(() => expect(verifier.held).toHaveLength(1), patience);
  late.end();
  expect(await verdict).toMatchObject({ kind: 'no-collector' });
  await vi.waitFor(() => expect(verifier.ended).toEqual(['10.0.0.1', '10.0.0.2']), patience);
  verifier.held[0]?.();
  verifier.holds = false;
  const next = link.begin(asker('10.0.0.3'));
  await next.challenge(Buffer.from('cleo'));
  await next.answer(Buffer.from('cleo'));
  expect(judged).toEqual(['cleo@10.0.0.3']);
  expect(served.health.negotiating).toBe(0);
});

test('a collector that goes away in the middle ends what waits, and is found again', async () => {
  const first = await collector();
  const { link, clock, warnings } = gate([first.port]);
  await link.start();
  first.verifier.holds = true;
  const open = link.begin(asker());
  await open.challenge(Buffer.from('anna'));
  const waiting = link.begin(asker());
  await waiting.challenge(Buffer.from('ben'));
  const verdict = waiting.answer(Buffer.from('ben'));
  await vi.waitFor(() => expect(first.verifier.held).toHaveLength(1), patience);
  await first.link.stop();
  expect(await verdict).toMatchObject({ kind: 'no-collector', cause: 'the collector went away' });
  expect(await link.begin(asker()).challenge(Buffer.from('x'))).toMatchObject({ kind: 'no-collector' });
  await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('it is tried again')]), patience);
  await collector(first.port);
  clock.advance(1000);
  await vi.waitFor(() => expect(warnings.at(-1)).toContain('gives verdicts again'), patience);
  // An answer to a challenge of the connection before is nobody's.
  expect(await open.answer(Buffer.from('anna'))).toMatchObject({ kind: 'no-collector' });
  const next = link.begin(asker());
  await next.challenge(Buffer.from('cleo'));
  expect(await next.answer(Buffer.from('cleo'))).toMatchObject({ kind: 'ok', user: 'cleo' });
});

test('the next collector is asked where the first one is away', async () => {
  const gone = await collector();
  await gone.link.stop();
  const { port } = await collector();
  const { link, clock } = gate([gone.port, port]);
  await link.start();
  clock.advance(0);
  await vi.waitFor(async () => {
    expect(await link.begin(asker()).challenge(Buffer.from('anna'))).toEqual(Buffer.from('anna'));
  }, patience);
});

test('a collector that says nothing is not waited for, and one that is silent for long is left', async () => {
  const { port, verifier, link: served } = await collector();
  const { link, clock, warnings } = gate([port]);
  await link.start();
  verifier.holds = true;
  const negotiation = link.begin(asker());
  await negotiation.challenge(Buffer.from('anna'));
  const verdict = negotiation.answer(Buffer.from('anna'));
  await vi.waitFor(() => expect(verifier.held).toHaveLength(1), patience);
  for (let tens = 0; tens < 6; tens++) {
    const before = served.health.received;
    clock.advance(10_000);
    // Each sign of life is answered.
    if (tens < 5) await vi.waitFor(() => expect(served.health.received).toBeGreaterThan(before), patience);
    await link.begin(asker()).challenge(Buffer.alloc(0));
  }
  expect(await verdict).toMatchObject({ kind: 'no-collector', cause: 'the collector said nothing for 60 s' });
  expect(warnings).toEqual([]);
  clock.advance(40_000);
  await vi.waitFor(() => expect(warnings).toHaveLength(1), patience);
});

test('a gate of another authority is told why not, and so is the collector', async () => {
  const { port, events } = await collector();
  const { link } = gate([port], stranger);
  await expect(link.start()).rejects.toThrow(
    'did not accept our certificate: it has to be one of its gate-link.ca',
  );
  await vi.waitFor(
    () =>
      expect(events).toEqual([
        expect.objectContaining({ why: 'tls-handshake', detail: expect.stringContaining('gate-link.ca') }),
      ]),
    patience,
  );
});

test('a collector that speaks something else is told as such, and not as one that refuses certificates', async () => {
  const other = createServer(
    { cert: server.certificate, key: server.key, ca: authority.certificate, requestCert: true },
    (socket) => {
      socket.on('error', () => {});
      socket.write(encodeGateLink({ kind: 'hello', version: 2 }));
    },
  );
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { link } = gate([(other.address() as AddressInfo).port]);
  await expect(link.start()).rejects.toThrow('speaks another version of the gate link, or none');
});

test.each<[string, readonly Buffer[], string]>([
  ['bytes of another protocol', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], 'no gate link'],
  [
    'a client without an address',
    [encodeGateLink({ ...begin, address: 'somewhere', negotiate: Buffer.from('x') })],
    'no gate link',
  ],
  ['what only a collector says', [encodeGateLink({ kind: 'hello', version: 1 })], 'no gate link'],
  [
    'a negotiation twice',
    [0, 1].map(() => encodeGateLink({ ...begin, negotiate: Buffer.from('x') })),
    'goes on already',
  ],
])('%s ends the connection and no other', async (_what, sent, why) => {
  const { port, events, verifier } = await collector();
  const { link } = gate([port]);
  await link.start();
  const raw = await rawGate(port);
  for (const bytes of sent) raw.socket.write(bytes);
  await raw.closed;
  expect(events).toContainEqual(
    expect.objectContaining({ msg: 'gate disconnected', why: expect.stringContaining(why) }),
  );
  expect(verifier.ended).toHaveLength(verifier.asked.length);
  expect(await link.begin(asker()).challenge(Buffer.from('anna'))).toEqual(Buffer.from('anna'));
});

test('an answer to no challenge is refused, and a client that never answers is forgotten', async () => {
  const { port, clock, verifier, link } = await collector();
  const { socket, said } = await rawGate(port);
  socket.write(encodeGateLink({ kind: 'answer', negotiation: 9, authenticate: Buffer.from('x') }));
  socket.write(encodeGateLink({ ...begin, negotiate: Buffer.from('x') }));
  await vi.waitFor(
    () => expect(said.map(({ kind }) => kind)).toEqual(['hello', 'verdict', 'challenge']),
    patience,
  );
  expect(said[1]).toMatchObject({ negotiation: 9, verdict: { kind: 'too-late' } });
  const alive = clock.now() + 30_000;
  for (let tens = 0; clock.now() < alive; tens++) {
    socket.write(encodeGateLink({ kind: 'alive' }));
    await vi.waitFor(
      () => expect(said.filter(({ kind }) => kind === 'alive')).toHaveLength(tens + 1),
      patience,
    );
    clock.advance(10_000);
  }
  expect(link.health).toMatchObject({ negotiating: 0, unanswered: 1, gates: 1 });
  expect(verifier.ended).toEqual(['10.0.0.9']);
  const closed = new Promise<void>((done) => (socket as Socket).once('close', () => done()));
  clock.advance(30_000);
  await closed;
  expect(link.health.gates).toBe(0);
});
