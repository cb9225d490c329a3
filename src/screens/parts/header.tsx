import { type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { ReplayState } from '../../replay.ts';
import type { AlertRow } from '../../state/alert-rows.ts';
import { useKeyOf } from '../look.ts';
import { useNow, useServices, useVersion } from '../services.ts';
import { count, dateTime, time } from '../text/format.ts';
import type { Tone } from './columns.ts';
import { composeEnds, type Piece } from './compose-line.ts';
import { Line } from './line.tsx';

/** From so many columns on there is room for the word beside the number of alerts. */
const wideEnough = 100;

/** The first line: the product, how many links are up, who is logged on, how many alerts fire, and the time in UTC, to the minute. */
export function Header({ width }: { readonly width: number }): ReactNode {
  const { stores, banner, replay, recording } = useServices();
  const keyOf = useKeyOf();
  useVersion(stores.connectors);
  useVersion(stores.collectors);
  useVersion(stores.logons);
  useVersion(stores.alerts);
  const frozen = useStore(stores.ui.state, (state) => state.frozen);
  const now = useNow();
  const played = useSyncExternalStore(
    useCallback((listener: () => void) => replay?.subscribe(listener) ?? (() => {}), [replay]),
    () => replay?.state ?? null,
  );
  const recorded = useSyncExternalStore(
    useCallback((listener: () => void) => recording?.subscribe(listener) ?? (() => {}), [recording]),
    () => recording?.file ?? null,
  );
  const ems = [...stores.connectors.values()].filter((row) => row.state !== 'disabled');
  const emsUp = ems.filter((row) => row.state === 'connected').length;
  // A collector in standby is well: another one of its connector is in use. Entries of FortiGates are no links of ours.
  const links = [...stores.collectors.values()].filter(
    (row) => row.state !== 'standby' && row.reported === undefined,
  );
  const linksUp = links.filter((row) => row.state === 'online').length;
  const firing = [...stores.alerts.values()].filter(
    (row) => row.state === 'firing' && row.acknowledgedAt === null,
  );
  const left: Piece[] =
    replay && played
      ? replayPieces(played, now, width)
      : [[banner === '' ? 'fabrictop' : `fabrictop ${banner}`, 'title']];
  if (recorded !== null) left.push([' REC', 'bad']);
  if (ems.length > 0) left.push('  ', health('EMS', emsUp, ems.length));
  if (links.length > 0) left.push('  ', health('collectors', linksUp, links.length));
  // Nobody is known to be logged on, or not, before a collector has been heard.
  if (linksUp > 0 || stores.logons.size > 0) {
    left.push(`  users ${count(stores.logons.size)}`);
  }
  const right: Piece[] = replay ? [] : [[`${time(now).slice(0, 5)} UTC`, 'muted']];
  // On the right, because what is on the left is cut first.
  if (firing.length > 0) right.unshift(alertsPiece(firing, width), '  ');
  if (frozen) right.unshift([`FROZEN (${keyOf('freeze')} goes on)`, 'warn'], '  ');
  return <Line runs={composeEnds(left, right, width)} />;
}

/** That nothing on the screen is now, which moment it is, and how it goes on. */
function replayPieces(
  { speed, paused, over, seeking, ended }: ReplayState,
  now: number,
  width: number,
): Piece[] {
  const full = dateTime(Math.min(now, ended)).slice(0, 19).replace('T', ' ');
  // The year gives way to the number of users.
  const moment = width < wideEnough ? full.slice(5) : full;
  const how = seeking !== null ? 'seeking' : over ? 'END' : paused ? 'PAUSED' : `x${speed}`;
  return [
    ['REPLAY', 'warn'],
    [` ${moment} UTC `, 'title'],
    [how, paused || over ? 'warn' : 'accent'],
  ];
}

/** Counts what nobody has acknowledged; `!` is the mark of what fires. */
function alertsPiece(firing: readonly AlertRow[], width: number): Piece {
  const tone: Tone = firing.some((row) => row.level === 'error') ? 'bad' : 'warn';
  if (width < wideEnough) return [`! ${firing.length}`, tone];
  return [`! ${firing.length} ${firing.length === 1 ? 'alert' : 'alerts'}`, tone];
}

function health(what: string, up: number, of: number): Piece {
  const tone: Tone = up === of ? 'good' : up === 0 ? 'bad' : 'warn';
  return [`${what} ${up}/${of} up`, tone];
}
