import { VirtualClock } from '../../src/virtual-clock.ts';

/** A clock that stands still until a test advances it. */
export class ManualClock extends VirtualClock {
  constructor(start = Date.UTC(2026, 0, 15, 9, 0, 0)) {
    super(start);
  }
}
