import type { Clock } from '../../clock.ts';

/** The way to a working connector, in order (docs/protocol/ems.md, State machine). */
export const stageNames = [
  /** Of EMS Cloud alone. */
  'entitlement',
  'reach',
  'tls',
  'certificate',
  'serial number',
  'acceptance',
  'registration',
  'data',
] as const;
export type StageName = (typeof stageNames)[number];

/** `stopped`: the connector got no further. */
export type StageState = 'open' | 'running' | 'done' | 'stopped';

export interface Stage {
  name: StageName;
  state: StageState;
  /** Milliseconds, of the last time that it was gone through; null when it was not. */
  tookMs: number | null;
}

/** Times the stages of one try. Those not reached yet are open. */
export class StageLine {
  readonly #clock: Clock;
  #stages: readonly Stage[];
  #begun = 0;

  constructor(clock: Clock, type: 'ems' | 'ems-cloud') {
    this.#clock = clock;
    this.#stages = stageNames
      .filter((name) => type === 'ems-cloud' || name !== 'entitlement')
      .map((name) => ({ name, state: 'open', tookMs: null }));
  }

  /** Makes it the running stage; those before are done. */
  enter(name: StageName): void {
    const now = this.#clock.now();
    const place = this.#stages.findIndex((stage) => stage.name === name);
    this.#stages = this.#stages.map((stage, index) => {
      if (index > place) return { name: stage.name, state: 'open', tookMs: null };
      if (index === place) return { name, state: 'running', tookMs: null };
      if (stage.state === 'running') return { ...stage, state: 'done', tookMs: now - this.#begun };
      return { ...stage, state: 'done', tookMs: stage.tookMs ?? 0 };
    });
    this.#begun = now;
  }

  /** The running stage ended well, and with it the try. */
  finish(): void {
    this.#end('done');
  }

  /** The running stage is where the try ended. */
  stop(): void {
    this.#end('stopped');
  }

  get stages(): readonly Stage[] {
    return this.#stages;
  }

  #end(state: 'done' | 'stopped'): void {
    const tookMs = this.#clock.now() - this.#begun;
    this.#stages = this.#stages.map((stage) =>
      stage.state === 'running' ? { ...stage, state, tookMs } : stage,
    );
  }
}
