import { expect, test, vi } from 'vitest';
import { encodeGateLink } from '../../../../src/fsso/collector/ntlm/gate-link/messages.ts';
import { mostGateNegotiations } from '../../../../src/fsso/wire/profile.ts';
import { asker, begin, collector, gate, patience, rawGate } from './linked.ts';

const begun = (negotiation: number) =>
  encodeGateLink({ ...begin, negotiation, negotiate: Buffer.from('anna') });
const answer = (negotiation: number) =>
  encodeGateLink({ kind: 'answer', negotiation, authenticate: Buffer.from('anna') });

test('a gate that answers one challenge twice is let go', async () => {
  const { port, events, verifier } = await collector();
  verifier.holds = true;
  const { socket, closed } = await rawGate(port);
  socket.write(Buffer.concat([begun(1), answer(1), answer(1)]));
  await closed;
  expect(events).toContainEqual(
    expect.objectContaining({ msg: 'gate disconnected', why: 'it answered one challenge twice' }),
  );
});

test('a collector holds no more negotiations of one gate than it may, and refuses the rest at once', async () => {
  const { port, link } = await collector();
  const { socket, said } = await rawGate(port);
  socket.write(Buffer.concat(Array.from({ length: mostGateNegotiations + 1 }, (_, at) => begun(at + 1))));
  await vi.waitFor(() => expect(said).toHaveLength(mostGateNegotiations + 2), patience);
  expect(link.health.negotiating).toBe(mostGateNegotiations);
  expect(said.filter(({ kind }) => kind === 'verdict')).toMatchObject([
    { negotiation: mostGateNegotiations + 1, verdict: { kind: 'busy' } },
  ]);
});

test('a gate asks no more at once than it may', async () => {
  const { port } = await collector();
  const { link } = gate([port]);
  await link.start();
  const asked = Array.from({ length: mostGateNegotiations + 1 }, () =>
    link.begin(asker()).challenge(Buffer.from('anna')),
  );
  expect(await asked.at(-1)).toMatchObject({ kind: 'busy' });
  expect(await asked.at(-2)).toEqual(Buffer.from('anna'));
});

test('a gate that does not read what it asked for is let go', async () => {
  const { port, events, verifier, link } = await collector();
  // As many groups, with names as long, as a verdict holds.
  verifier.groupNames = Array.from({ length: 2048 }, () => 'g'.repeat(1024));
  const { socket } = await rawGate(port);
  socket.pause();
  for (let number = 1; number <= 40; number++) socket.write(Buffer.concat([begun(number), answer(number)]));
  await vi.waitFor(
    () =>
      expect(events).toContainEqual(
        expect.objectContaining({ msg: 'gate disconnected', why: 'it does not read what it asked for' }),
      ),
    patience,
  );
  expect(link.health.gates).toBe(0);
});
