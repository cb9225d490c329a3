import { momentExpected, parseMoment } from '../../../moment.ts';
import { replaySpeeds } from '../../../replay.ts';
import type { Binding } from '../binding.ts';
import type { Controls, Situation } from '../controls.ts';

function needsReplay({ replay }: Situation): string | undefined {
  return replay ? undefined : 'Nothing is replayed: "fabrictop replay FILE" plays a recording';
}

function jump(by: number): Binding['run'] {
  return ({ replay }) => replay?.seek(replay.now + by);
}

function setSpeed(controls: Controls, text: string): void {
  const speed = /^\d{1,4}([.]\d{1,2})?$/.test(text) ? Number(text) : 0;
  if (speed < replaySpeeds.slowest || speed > replaySpeeds.fastest)
    controls.tell(`Expected a number from ${replaySpeeds.slowest} to ${replaySpeeds.fastest}`);
  else controls.replay?.setSpeed(speed);
}

/** What moves a recording that is played. */
export const replayBindings: readonly Binding[] = [
  {
    id: 'replay.pause',
    keys: ['z'],
    command: 'pause',
    help: 'Pause the replay, or go on',
    group: 'Replay',
    disabled: needsReplay,
    run: ({ replay }) => replay?.toggle(),
  },
  {
    id: 'replay.step',
    keys: ['.'],
    command: 'step',
    help: 'Pause the replay, and play only what came next',
    group: 'Replay',
    disabled: needsReplay,
    run: ({ replay }) => replay?.step(),
  },
  {
    id: 'replay.forward',
    keys: ['}'],
    command: 'forward',
    help: 'Ten seconds on in the recording',
    group: 'Replay',
    disabled: needsReplay,
    run: jump(10_000),
  },
  {
    id: 'replay.rewind',
    keys: ['{'],
    command: 'rewind',
    help: 'Back ten seconds in the recording',
    group: 'Replay',
    disabled: needsReplay,
    run: jump(-10_000),
  },
  {
    id: 'replay.minute-forward',
    keys: [')'],
    command: 'minute-forward',
    help: 'One minute on in the recording',
    group: 'Replay',
    disabled: needsReplay,
    run: jump(60_000),
  },
  {
    id: 'replay.minute-back',
    keys: ['('],
    command: 'minute-back',
    help: 'Back one minute in the recording',
    group: 'Replay',
    disabled: needsReplay,
    run: jump(-60_000),
  },
  {
    id: 'replay.seek',
    keys: ['T'],
    command: 'seek',
    argument: 'moment',
    help: 'To a moment of the recording, in UTC: 09:14, 09:14:30, "2026-11-22 09:14", or 5m before what is shown',
    group: 'Replay',
    disabled: needsReplay,
    run: (controls, { argument }) => {
      const { replay } = controls;
      if (replay === null) return;
      if (argument === undefined) {
        controls.openCommandBar('seek ');
        return;
      }
      // A time without a date is one of the recording, and not of today.
      const isTime = /^\d{1,2}:\d{2}/.test(argument);
      const at = parseMoment(argument, isTime ? replay.state.ended : replay.now, { utc: true });
      if (at === null) controls.tell(`${argument}: ${momentExpected}`);
      else replay.seek(at);
    },
  },
  {
    id: 'replay.speed',
    keys: ['S'],
    command: 'speed',
    argument: 'number',
    help: 'Play so many times as fast as it was recorded, 0.1 to 1000',
    group: 'Replay',
    disabled: needsReplay,
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('speed ');
      else setSpeed(controls, argument);
    },
  },
];
