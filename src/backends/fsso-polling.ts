import { getServers } from 'node:dns';
import type { Clock, Timer } from '../clock.ts';
import { AgentlessTable } from '../fsso/collector/agentless.ts';
import type { Entry, EntryChange } from '../fsso/collector/entry.ts';
import type { PolledController } from '../fsso/collector/feeds/feed.ts';
import type { CollectorRow, LinkState, LogonRow } from '../state/changes.ts';
import { collectorLine } from './collector-lines.ts';
import type { FssoPollingSetup } from './fsso-polling-setup.ts';
import type { Sink, Source } from './source.ts';

/** Between two looks at how the domain controller is polled, in milliseconds. */
const lookEvery = 1000;

/** The table of an entry of `user fsso-polling`; nothing is polled before it is started. */
export function agentlessTable(
  { config, target, directories }: FssoPollingSetup,
  clock: Clock,
  told: {
    readonly changed: (change: EntryChange) => void;
    readonly report: ConstructorParameters<typeof AgentlessTable>[0]['report'];
  },
): AgentlessTable {
  return new AgentlessTable({
    ...{ target, directories, clock, ...told },
    historyMs: config['logon-history'] * 3_600_000,
    groups: config.adgrp,
    dns: getServers(),
  });
}

/** Polls a domain controller and shows whom it tells of beside the logons of collectors. */
export function createFssoPollingSource(setup: FssoPollingSetup, clock: Clock): Source {
  const { name } = setup;
  const server = setup.target.name;
  let sink: Sink = () => {};
  let timer: Timer | null = null;
  const shown = new Set<string>();
  let since = clock.now();
  let state: LinkState = 'connecting';
  const table = agentlessTable(setup, clock, {
    changed(change) {
      const { entry } = change;
      if (change.kind === 'logon') {
        shown.add(entry.key);
        sink({ table: 'logons', op: 'put', row: logonRow(name, server, entry, table.expiryOf(entry)) });
      } else if (change.kind === 'logoff') {
        shown.delete(entry.key);
        sink({ table: 'logons', op: 'remove', id: idOf(name, entry) });
      }
    },
    report(event) {
      const row = collectorLine(event, clock.now());
      if (row !== null) sink({ table: 'events', op: 'append', row });
    },
  });

  const look = (): void => {
    const { controller } = table;
    const now = stateOf(controller);
    if (now !== state) since = clock.now();
    state = now;
    sink({ table: 'collectors', op: 'put', row: row(controller) });
  };

  const row = (controller: PolledController | null): CollectorRow => ({
    id: `${name}|${server}`,
    connector: name,
    server,
    position: 1,
    active: true,
    state,
    version: controller?.means ?? null,
    since,
    lastHeard: controller?.lastPoll ?? null,
    nextTryAt: controller?.nextPoll ?? null,
    logons: shown.size,
    events: controller?.logons ?? 0,
    gaps: controller?.lost ?? 0,
    unknown: 0,
    clockSkewMs: controller === null || controller.clockSkew === null ? null : controller.clockSkew * 1000,
    problem: controller?.problem ?? null,
  });

  return {
    name,
    start(given) {
      sink = given;
      look();
      void table.start();
      timer = clock.every(lookEvery, look);
    },
    async stop() {
      timer?.cancel();
      await table.stop();
      sink = () => {};
    },
  };
}

function stateOf(controller: PolledController | null): LinkState {
  if (controller === null || controller.state === 'waiting') return 'connecting';
  return controller.state === 'failed' ? 'failed' : 'online';
}

const idOf = (connector: string, { ip, session }: Entry) => `${connector}|${ip}|${session}`;

function logonRow(connector: string, server: string, entry: Entry, expiresAt: number | null): LogonRow {
  const { ip, session, user, domain, workstation, groups, logonTime, updatedAt } = entry;
  return {
    id: idOf(connector, entry),
    ...{ connector, server, ip, session, user, domain, workstation },
    groups: groups.names,
    logonTime: logonTime * 1000,
    receivedAt: updatedAt,
    portRanges: [],
    stale: false,
    expiresAt,
  };
}
