import { describe, expect, onTestFinished, test } from 'vitest';
import { gate } from '../support/asked/gate.ts';
import { gateLink } from '../support/asked/gate-link.ts';
import { directory, dns } from '../support/asked/names.ts';
import type { Subject } from '../support/asked/subject.ts';
import { type FaultName, faults, type Manner, type Way } from '../support/fault-relay.ts';

// Connections on which one side asks and the other answers (the secure channel has a file of its own), with every fault that a network has: whatever is answered is right,
// nobody waits for ever, the next question after the fault is answered, nothing is asked twice that must not be, and nothing is left.

interface Connection {
  readonly start: () => Promise<Subject>;
  /** What is answered is protected: nothing else than the truth is ever taken for an answer. */
  readonly isProtected: boolean;
}

const connections: Readonly<Record<string, Connection>> = {
  'the link of a gate to its collector': { start: gateLink, isProtected: true },
  'the HTTP of a gate': { start: gate, isProtected: false },
  'LDAP over TLS': { start: directory('ldaps'), isProtected: true },
  'LDAP in the clear': { start: directory('plain'), isProtected: false },
  'DNS over TCP': { start: dns, isProtected: false },
};

const places = [0, 3, 70, 400, 1500, 4000];
const directions: readonly Way[] = ['fromServer', 'fromClient'];
const stepMs = 2_500;

/** What comes of a question, time passing where nothing else does; null where there is no answer. At most so many minutes. */
async function outcomeOf({ relay, pass, ask }: Subject, user: string, minutes: number) {
  let outcome: string | null | undefined;
  ask(user).then(
    (answer) => {
      outcome = answer;
    },
    () => {
      outcome = null;
    },
  );
  for (let left = (minutes * 60_000) / stepMs; ; left--) {
    await relay.quiet();
    if (outcome !== undefined) return outcome;
    if (left <= 0) throw new Error(`${user} is still waited for`);
    pass(stepMs);
  }
}

describe.each(Object.keys(connections))('%s', (name) => {
  const { start, isProtected } = connections[name] as Connection;

  test.each(Object.keys(faults) as FaultName[])('%s', async (fault) => {
    const subject = await start();
    const { relay, pass, clock } = subject;
    onTestFinished(() => relay.stop());
    let user = 0;
    const next = () => `user${user++}`;
    let struck = 0;
    for (const direction of directions)
      for (const place of places) {
        relay.arm(fault, direction, place);
        for (let questions = 0; questions < 4 && relay.isArmed; questions++) {
          const who = next();
          const answer = await outcomeOf(subject, who, 2);
          if (isProtected && answer !== null) expect(answer, `${direction} at ${place}`).toBe(who);
        }
        if (!relay.isArmed) struck += 1;
        relay.disarm();
        for (let tries = 0; ; tries++) {
          const who = next();
          if ((await outcomeOf(subject, who, 2)) === who) break;
          if (tries === 20) throw new Error(`no answer after ${fault} of ${direction} at ${place}`);
          pass(15_000);
        }
      }
    expect(struck).toBeGreaterThan(directions.length);
    if (subject.asked) expect(new Set(subject.asked).size).toBe(subject.asked.length);
    await subject.close();
    await relay.quiet();
    expect(relay.open).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test.each<Manner>(['byte by byte', 'together', 'late'])('%s is no fault at all', async (manner) => {
    const subject = await start();
    const { relay } = subject;
    onTestFinished(() => relay.stop());
    relay.manner = manner;
    for (const user of ['user1', 'user2', 'user3']) expect(await outcomeOf(subject, user, 0.1)).toBe(user);
    await subject.close();
  });
});
