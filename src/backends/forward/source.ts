import type { Clock } from '../../clock.ts';
import type { StoreChange } from '../../state/changes.ts';
import type { Observer, Sink } from '../source.ts';
import { isAtLeast } from './item.ts';
import { Outlet, type OutletStatus } from './outlet.ts';
import type { ForwardTarget } from './setup.ts';

/** The kind of these sources for the reconciler. */
export const forwardKind = 'forward';

/** One receiver that what happens is sent on to. */
export interface ForwardSource extends Observer {
  readonly status: OutletStatus;
}

/** Sends on each line of the event log that the receiver is configured for. */
export function createForwardSource(target: ForwardTarget, clock: Clock): ForwardSource {
  const { name, kind, least, send } = target;
  let sink: Sink = () => {};
  const outlet = new Outlet({
    name,
    kind,
    channel: target.open(clock),
    clock,
    report: (row) => sink({ table: 'events', op: 'append', row }),
  });
  return {
    name,
    get status() {
      return outlet.status;
    },
    start(given) {
      sink = given;
    },
    observe(change: StoreChange) {
      if (change.table !== 'events') return;
      const isAlert = change.row.alert !== undefined;
      if ((send === 'alerts' && !isAlert) || (send === 'events' && isAlert)) return;
      if (isAtLeast(change.row, least)) outlet.push(change.row);
    },
    async stop() {
      sink = () => {};
      await outlet.close();
    },
  };
}
