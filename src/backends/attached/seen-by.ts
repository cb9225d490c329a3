import { isFeedKind, seeingModes } from '../../fsso/collector/seeing-modes.ts';
import type { ModeVerdict } from '../../logon-evidence.ts';
import type { ToldLogon } from '../collector-control/logon-lines.ts';
import type { StatusDocument } from '../collector-control/protocol.ts';

/** The events that are read of each controller whose log is polled, by the name that its logons have for `agent`. */
export type EventIds = ReadonlyMap<string, readonly number[]>;

export function eventIdsOf({ feeds }: StatusDocument): EventIds {
  const polled = feeds.flatMap((feed) => feed.polled ?? []);
  return new Map(
    polled.flatMap(({ name, eventIds }) => (eventIds === null ? [] : [[name, eventIds] as const])),
  );
}

const unknown: readonly never[] = [];

/** For each way of seeing logons whether it would have seen this one; empty where the collector tells too little to say. */
export function seenBy(
  { feed, agent, evidence }: Pick<ToldLogon, 'feed' | 'agent' | 'evidence'>,
  eventIds: EventIds,
): readonly ModeVerdict[] {
  if (feed === null || !isFeedKind(feed)) return unknown;
  // A collector of before evidence was kept.
  if (feed === 'poller' && evidence === null) return unknown;
  return seeingModes(feed, evidence, eventIds.get(agent) ?? null);
}
