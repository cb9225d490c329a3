import { expect, test } from 'vitest';
import type { Entry } from '../../../src/backends/recording/format.ts';
import { lineOf, readEntry } from '../../../src/backends/recording/format.ts';
import { Player } from '../../../src/backends/recording/player.ts';
import { systemClock } from '../../../src/clock.ts';
import { LinkTraffic } from '../../../src/fsso/gate/traffic.ts';
import { encodeAuthResult, encodeBulk, encodeHello } from '../../../src/fsso/wire/messages.ts';
import { createStores } from '../../../src/state/stores.ts';
import { logon } from '../../support/fake-network.ts';
import { fssoEntry } from '../../support/fsso-entry.ts';

const logons = 50_000;

/** A connector that gets a long list in its first second. */
function longList(): Entry[] {
  const began = Date.UTC(2026, 0, 15, 9);
  const records = Array.from({ length: logons }, (_, index) =>
    logon({ ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, user: `USER${index}` }),
  );
  const stream = Buffer.concat([
    encodeHello('collector', { sync: 100_001, name: 'FSSO', identity: 'C', proof: Buffer.alloc(16) }),
    encodeAuthResult(1, 1),
    encodeBulk(100_002, records),
  ]);
  const chunk = 65_536;
  const received = Array.from({ length: Math.ceil(stream.length / chunk) }, (_, index): Entry => {
    const bytes = stream.subarray(index * chunk, (index + 1) * chunk);
    return { at: began + 10, kind: 'received', link: 1, bytes };
  });
  const { servers, ...config } = fssoEntry({ name: 'corp', servers: [{ server: '127.0.0.1', port: 8000 }] });
  const entries: Entry[] = [
    { at: began, kind: 'connector', config: { ...config, servers }, identity: 'FG-root', passwords: [false] },
    { at: began, kind: 'begun', link: 1, name: 'corp', server: '127.0.0.1:8000', purpose: 'login' },
    { at: began, kind: 'opened', link: 1 },
    ...received,
    { at: began + 1000, kind: 'end', reason: 'enough' },
  ];
  // As they come from a file.
  return entries.map((entry) => readEntry(lineOf(entry).trimEnd()));
}

// The time is what docs/recording.md promises for going back, which builds everything again; a busy machine has several times as much.
test('going back in a recording of 50,000 logons takes seconds at most, in slices that let keys through', async () => {
  const entries = longList();
  const header = {
    fabrictop: 'recording',
    version: 1,
    program: 'x',
    began: entries[0]?.at ?? 0,
    namesRedacted: false,
  } as const;
  const ended = entries.at(-1)?.at ?? 0;
  const player = new Player({
    recording: { header, entries, ended, problem: null },
    clock: systemClock,
    traffic: new LinkTraffic(),
    speed: 1,
  });
  const stores = createStores(player.clock);
  player.start(stores.apply);
  const seek = async (at: number) => {
    player.seek(at);
    while (player.state.seeking !== null) await new Promise((resolve) => setImmediate(resolve));
    stores.flush();
  };
  await seek(ended);
  expect(stores.logons.size).toBe(logons);
  const before = performance.now();
  await seek(ended - 1);
  const took = performance.now() - before;
  expect(took).toBeLessThan(20_000);
  expect(stores.logons.size).toBe(logons);
  await player.stop();
}, 60_000);
