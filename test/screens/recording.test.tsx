import { expect, test, vi } from 'vitest';
import type { RecordingControl, RecordingResult } from '../../src/recording-control.ts';
import type { Replay, ReplayState } from '../../src/replay.ts';
import { renderScreen } from '../support/render-screen.tsx';
import { collector, connector, logon, start } from '../support/rows.ts';

vi.setConfig({ testTimeout: 60_000 });

class Recording implements RecordingControl {
  file: string | null = null;
  readonly #listeners = new Set<() => void>();
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
  redacted = false;
  async record(file: string, redactNames: boolean): Promise<RecordingResult> {
    this.redacted = redactNames;
    if (file === '/full') {
      const problem = { stage: 'recording', code: null, message: 'the disk is full', cause: '', fix: [] };
      return { ok: false, problem };
    }
    return this.#now(file);
  }
  async end(): Promise<RecordingResult> {
    return this.#now(null);
  }
  #now(file: string | null): RecordingResult {
    this.file = file;
    for (const listener of this.#listeners) listener();
    return { ok: true, message: file === null ? 'ended' : 'begun' };
  }
}

test(':record FILE begins a recording, the first line says so, and :record off ends it', async () => {
  const recording = new Recording();
  const screen = await renderScreen({ recording, changes: [connector({ name: 'hq' })] });
  const first = () => screen.text().split('\n')[0] ?? '';
  expect(first()).not.toContain('REC');
  await screen.press(':', ...'record a b.rec', '\r');
  expect(recording.file).toBe('a b.rec');
  expect(first()).toMatch(/^fabrictop REC {2}EMS 1\/1 up/);
  expect(recording.redacted).toBe(false);
  await screen.press(':', ...'record off', '\r');
  expect(recording.file).toBeNull();
  expect(first()).not.toContain('REC');
  await screen.press(':', ...'record /full --redact-names', '\r');
  expect(recording.redacted).toBe(true);
  expect(screen.text()).toContain('the disk is full');
  expect(first()).not.toContain('REC');
});

const state: ReplayState = {
  began: start,
  ended: start + 60_000,
  speed: 1,
  paused: true,
  over: false,
  seeking: null,
};
const replay: Replay = {
  state,
  now: start,
  subscribe: () => () => {},
  toggle() {},
  step() {},
  seek() {},
  setSpeed() {},
};

test('a replay asks nobody, and so no question is asked before', async () => {
  const screen = await renderScreen({ replay, changes: [collector(), logon(0)], keys: ['u', 'C'] });
  expect(screen.text()).toContain('This is a replay: there is nobody who could be asked');
  expect(screen.text()).not.toContain('Clear all');
  await screen.press(':', ...'record x.rec', '\r');
  expect(screen.text()).toContain('it is recorded already');
});

test('the first line of a replay has the number of users at 80 columns', async () => {
  const changes = [connector({ name: 'hq' }), collector(), logon(0), logon(1)];
  const screen = await renderScreen({ replay, changes });
  expect(screen.text().split('\n')[0]).toBe(
    'REPLAY 01-15 09:00:00 UTC PAUSED  EMS 1/1 up  collectors 1/1 up  users 2',
  );
});
