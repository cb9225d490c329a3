import type { Clock } from '../../clock.ts';

/** The parts of the way to a link that logons come over, in their order. */
export const stageNames = ['TCP', 'TLS', 'hello', 'authentication', 'group filter', 'first bulk'] as const;
export type StageName = (typeof stageNames)[number];

/** One part of the way. `stopped`: the link got no further. */
export interface Stage {
  readonly name: StageName;
  readonly state: 'open' | 'running' | 'done' | 'stopped';
  /** Milliseconds; null until it ended. */
  readonly tookMs: number | null;
}

/** How far one attempt at a collector came, and how long each stage took. Stages that a link has no use for are left out. */
export class Stages {
  readonly #clock: Clock;
  readonly #stages: { name: StageName; state: Stage['state']; tookMs: number | null; began: number }[];

  constructor(clock: Clock, left: readonly StageName[]) {
    this.#clock = clock;
    this.#stages = stageNames
      .filter((name) => !left.includes(name))
      .map((name) => ({ name, state: 'open', tookMs: null, began: 0 }));
  }

  get all(): Stage[] {
    return this.#stages.map(({ name, state, tookMs }) => ({ name, state, tookMs }));
  }

  /** The stage under way is done, and this one begins. */
  begin(name: StageName): void {
    this.#end('done');
    const stage = this.#stages.find((each) => each.name === name);
    if (stage) Object.assign(stage, { state: 'running', tookMs: null, began: this.#clock.now() });
  }

  /** The stage under way is done, and none follows for now. */
  done(): void {
    this.#end('done');
  }

  /** The stage under way is as far as the link came. */
  stop(): void {
    this.#end('stopped');
  }

  #end(state: 'done' | 'stopped'): void {
    for (const stage of this.#stages) {
      if (stage.state !== 'running') continue;
      stage.state = state;
      stage.tookMs = this.#clock.now() - stage.began;
    }
  }
}
