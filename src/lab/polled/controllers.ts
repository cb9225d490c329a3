import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { MakeFeed } from '../../fsso/collector/feeds/feed.ts';
import { type PollTarget, pollingFeed } from '../../fsso/collector/feeds/polling/polling-feed.ts';
import { polledIdSettings } from '../../fsso/collector/feeds/windows/event-logon.ts';
import type { PollMode } from '../../fsso/windows/reading.ts';
import { openSmbLink } from '../../fsso/windows/smb-link.ts';
import { connectWmi } from '../../fsso/windows/wmi-link.ts';
import { loopback, passwordBytes } from '../loopback.ts';
import { domain } from '../people.ts';
import { LabMachine, type LabRight } from '../windows/machine.ts';
import { WindowsServer } from '../windows/windows-server.ts';
import { WsmanLabServer } from '../windows/wsman-server/server.ts';
import type { LogonPlace } from '../working-day.ts';
import { networkLogonsAt, sessionsAt, ticketsAt } from './controller.ts';
import { startTroubles } from './troubles.ts';

/** What a lab has of domain controllers that its collector asks itself. */
export interface PolledControllers {
  /** Where people log on. */
  readonly places: readonly LogonPlace[];
  readonly feed: MakeFeed;
}

const dnsDomain = 'corp.example';
/** Of each: the rhythm of a demo is quicker than that of a product. */
const secondsBetweenPolls = { 'event-log': 5, netapi: 5, wmi: 3 } as const satisfies Record<PollMode, number>;
/** Who came before the first poll. */
const historyMs = 600_000;
/** So small that the first controller's log wraps while it may not be read. */
const mostRecords = 35;

/**
 * Three domain controllers on loopback, each polled in a way of its own, by one account: the event log over RPC, sessions, and the event
 * log over WS-Management. Their names are those of the story; they listen where the system chose. `stops` takes what ends them.
 */
export async function startPolledControllers(
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<PolledControllers> {
  const account = {
    user: 'svc-fsso',
    domain,
    password: randomBytes(passwordBytes).toString('hex'),
  };
  const machine = (name: string, rights: readonly LabRight[], most?: number) =>
    new LabMachine({
      ...{ name, domain, dnsDomain, accounts: [{ ...account, rights }] },
      ...(most === undefined ? {} : { mostRecords: most }),
    });
  const first = machine('DC01', ['event-log'], mostRecords);
  const second = machine('DC02', ['sessions']);
  const third = machine('DC03', ['event-log']);

  const serve = async (served: LabMachine) => {
    const server = await WindowsServer.start({ machine: served, clock });
    stops.push(() => server.stop());
    return server;
  };
  const [firstServer, secondServer] = await Promise.all([serve(first), serve(second)]);
  const thirdServer = new WsmanLabServer({ machine: third, clock });
  await thirdServer.start();
  stops.push(() => thirdServer.stop());
  stops.push(startTroubles({ denied: first, cleared: third, account: account.user }, clock));

  const common = (name: string, mode: PollMode) => ({
    ...{ name: `${name.toLowerCase()}.${dnsDomain}`, mode, log: 'Security', domain },
    ids: polledIdSettings[2] ?? [],
    account: `${domain}\\${account.user}`,
    seconds: secondsBetweenPolls[mode],
  });
  const overSmb = (server: WindowsServer, mode: 'event-log' | 'netapi'): PollTarget => {
    const target = common(server.machine.name, mode);
    const { name, log } = target;
    const place = { host: loopback, port: server.port, name, credentials: account };
    return { ...target, open: (signal) => openSmbLink({ ...place, mode, log, clock, signal }) };
  };
  return {
    places: [ticketsAt(first, clock), sessionsAt(second, clock), networkLogonsAt(third, clock)],
    feed: pollingFeed({
      pace: { seconds: null, periods: [] },
      targets: [
        overSmb(firstServer, 'event-log'),
        overSmb(secondServer, 'netapi'),
        {
          ...common(third.name, 'wmi'),
          open: (signal) =>
            connectWmi(
              {
                server: { host: loopback, port: thirdServer.port, tls: null },
                login: { kind: 'negotiate', credentials: account },
                ...{ log: 'Security', clock },
              },
              signal,
            ),
        },
      ],
      ...{ domains: [], exchange: [], bookmarks: null, historyMs, atOnce: 3 },
    }),
  };
}
