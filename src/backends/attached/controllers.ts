import { modeMisses } from '../../fsso/collector/feeds/polling/mode-misses.ts';
import type { ControllerMode, ControllerRow, ControllerState } from '../../state/changes.ts';
import type { StatusDocument } from '../collector-control/protocol.ts';
import { timeOf } from './facts.ts';

type Polled = NonNullable<StatusDocument['feeds'][number]['polled']>[number];
type Known = StatusDocument['domain-controllers'][number];

const states: Readonly<Record<string, ControllerState>> = {
  waiting: 'waiting',
  ok: 'ok',
  behind: 'behind',
  slow: 'slow',
  failed: 'failed',
};

/** Every domain controller that a status tells of: once for each poller of it, and once where nobody polls it. */
export function controllerRows(collector: string, status: StatusDocument): ControllerRow[] {
  // Polling names a machine as the configuration does, by name or by address.
  const known = new Map(
    status['domain-controllers'].flatMap((each) =>
      [each.name.toLowerCase(), ...each.addresses].map((key) => [key, each] as const),
    ),
  );
  const polled = status.feeds.flatMap((feed) => feed.polled ?? []);
  const rows = polled.map((each) => polledRow(collector, each, known.get(each.name.toLowerCase())));
  const isPolled = new Set(polled.map(({ name }) => known.get(name.toLowerCase())));
  return [
    ...rows,
    ...status['domain-controllers']
      .filter((each) => !isPolled.has(each))
      .map((each) => toldRow(collector, each)),
  ];
}

function idOf(collector: string, name: string, mode: string, log: string | null): string {
  return `${collector}|${name}|${mode}|${log ?? ''}`;
}

function modeOf(mode: string): ControllerMode {
  return Object.hasOwn(modeMisses, mode) ? (mode as ControllerMode) : 'none';
}

function polledRow(collector: string, polled: Polled, known: Known | undefined): ControllerRow {
  const { name, domain, mode, state, misses, problem, lastEvent, lastPoll, nextPoll, log, ...polling } =
    polled;
  return {
    id: idOf(collector, name, mode, log),
    collector,
    name,
    domain: known?.domain ?? domain,
    addresses: known?.addresses ?? [],
    mode: modeOf(mode),
    state: states[state] ?? 'waiting',
    agent: null,
    lastEvent: timeOf(lastEvent),
    misses,
    otherModes: otherModes(mode),
    polling: { ...polling, log, lastPoll: timeOf(lastPoll), nextPoll: timeOf(nextPoll) },
    problem,
  };
}

function toldRow(collector: string, { name, domain, addresses, agent, lastEvent }: Known): ControllerRow {
  return {
    id: idOf(collector, name, 'agent', null),
    collector,
    name,
    domain,
    addresses,
    mode: agent === null ? 'none' : 'agent',
    state: agent === null ? 'not-reported' : 'ok',
    agent,
    lastEvent: timeOf(lastEvent),
    misses: agent === null ? 'Every logon there: no agent reports for it, and nobody polls it.' : '',
    otherModes: otherModes(''),
    polling: null,
    problem: null,
  };
}

/** The ways of polling beside this one, and what each could not see. */
function otherModes(mode: string): ControllerRow['otherModes'] {
  return Object.entries(modeMisses).flatMap(([other, misses]) =>
    other === mode ? [] : [[other as ControllerMode, misses] as const],
  );
}
