import { describe, expect, onTestFinished, test } from 'vitest';
import { NtlmClient } from '../../../src/fsso/ntlm/client.ts';
import { NtlmServer } from '../../../src/fsso/ntlm/server.ts';
import type { NetworkLogon } from '../../../src/fsso/rpc/interfaces/netlogon.ts';
import { ChannelFailure } from '../../../src/fsso/windows/netlogon/channel-failure.ts';
import { SecureChannel } from '../../../src/fsso/windows/netlogon/secure-channel.ts';
import { NetlogonServer } from '../../../src/lab/windows/netlogon/server.ts';
import { type FaultName, FaultRelay, faults, type Manner, type Way } from '../../support/fault-relay.ts';
import { ManualClock } from '../../support/manual-clock.ts';

// Every fault that a network has, in either direction and at many places of agreement, binding and verdict: no verdict is another than
// the domain controller's, no question is asked twice, and the channel comes back by itself. The clock moves when nothing passes any more. It
// takes long because it is the matrix of all of that.

const wrongPassword = 0xc000006a;
const timeoutMs = 10_000;
const longestRestMs = 30_000;
/** One person a question, so that each question is known on the other side. */
const people = Object.fromEntries(
  Array.from({ length: 2000 }, (_, index) => [`user${index}`, { password: 'right', groups: [513] }]),
);

async function struck(manner: Manner = 'at once') {
  const clock = new ManualClock();
  const server = new NetlogonServer({
    ...{ domain: 'CORP', computer: 'COLLECTOR', password: 'machine', users: people },
    groupNames: { 513: 'Domain Users' },
  });
  const relay = await FaultRelay.start({ port: await server.start() });
  relay.manner = manner;
  const channel = new SecureChannel({
    ...{ host: '127.0.0.1', port: relay.port, mapperPort: relay.port, clock, connectTimeoutMs: 3_000 },
    ...{ timeoutMs, parallel: 2, account: { account: 'COLLECTOR$', domain: 'CORP', password: 'machine' } },
  });
  onTestFinished(async () => {
    channel.close();
    await relay.stop();
    await server.stop();
  });
  let asked = 0;
  const logon = (password: string): NetworkLogon => {
    const client = new NtlmClient({ user: `user${asked++}`, domain: 'CORP', password }, { clock });
    const names = { domain: 'CORP', computer: 'COLLECTOR' };
    const challenging = new NtlmServer({ clock, names });
    return challenging.read(client.authenticate(challenging.challenge(client.negotiate())).message);
  };
  /** What comes of something, however long it takes; time passes when nothing else does. */
  const settled = async <Result>(work: Promise<Result>): Promise<Result | ChannelFailure> => {
    let isOver = false;
    const over = work
      .catch((error: unknown) => {
        if (error instanceof ChannelFailure) return error;
        throw error;
      })
      .finally(() => {
        isOver = true;
      });
    for (let seconds = 0; !isOver && seconds <= timeoutMs / 1000; seconds++) {
      await relay.quiet();
      if (!isOver) clock.advance(1000);
    }
    return over;
  };
  /** Its status; or why there is none. */
  const verdict = async (password = 'right'): Promise<number | ChannelFailure> => {
    const reply = await settled(channel.verify(logon(password)));
    return reply instanceof ChannelFailure ? reply : reply.status;
  };
  return { clock, server, relay, channel, settled, verdict };
}

// An agreement takes about 500 bytes of each side, a binding 150, a verdict 600.
const places = [0, 70, 200, 450, 600];
const ways: readonly Way[] = ['fromServer', 'fromClient'];

describe('the secure channel', () => {
  test.each(Object.keys(faults) as FaultName[])('%s', async (fault) => {
    const { clock, server, relay, channel, verdict } = await struck();
    let strikes = 0;
    for (const way of ways)
      for (const place of places) {
        const where = `${fault} of ${way} at ${place}`;
        // From the agreement on, and from a binding that stands.
        for (const isFresh of [true, false]) {
          if (isFresh) server.forget();
          else expect(await verdict(), where).toBe(0);
          relay.arm(fault, way, place);
          for (let times = 0; times < 3 && relay.isArmed; times++) {
            const said = [await verdict(), await verdict('wrong')];
            for (const [index, due] of [0, wrongPassword].entries())
              if (!(said[index] instanceof ChannelFailure)) expect(said[index], where).toBe(due);
            clock.advance(longestRestMs);
          }
          if (!relay.isArmed) strikes += 1;
          relay.disarm();
          // What came behind an answer is noticed with the next one.
          if ((await verdict()) !== 0) clock.advance(longestRestMs);
          expect(await verdict(), where).toBe(0);
          expect(channel.health, where).toMatchObject({ problem: null, connections: 1, waiting: 0 });
          expect(relay.open, where).toBe(1);
        }
      }
    expect(strikes).toBeGreaterThan(ways.length * places.length);
    expect(new Set(server.asked).size).toBe(server.asked.length);
    channel.close();
    await relay.quiet();
    expect(relay.open).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test.each<Manner>(['byte by byte', 'together', 'late'])('%s is no fault at all', async (manner) => {
    const { relay, verdict } = await struck(manner);
    expect(await verdict()).toBe(0);
    expect(await verdict('wrong')).toBe(wrongPassword);
    // One that agreed, one that asks.
    expect(relay.taken).toBe(2);
  });

  test.each(Object.keys(faults) as FaultName[])('names groups or says that it cannot: %s', async (fault) => {
    const { clock, relay, channel, settled } = await struck();
    const sids = ['S-1-5-21-1-2-3-513', 'S-1-5-21-1-2-3-999'];
    const due = [{ name: 'Domain Users', domain: 'CORP', use: 2 }, null];
    for (const way of ways)
      for (const place of places) {
        relay.arm(fault, way, place);
        const names = await settled(channel.namesOf(sids));
        if (!(names instanceof ChannelFailure)) expect(names).toEqual(due);
        relay.disarm();
        expect(await settled(channel.namesOf(sids)), `${fault} of ${way} at ${place}`).toEqual(due);
        expect(relay.open).toBe(0);
      }
    expect(clock.waiting).toBe(0);
  });
});
