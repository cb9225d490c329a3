import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { MakeFeed } from '../../fsso/collector/feeds/feed.ts';
import { ntlmFeed } from '../../fsso/collector/ntlm/ntlm-feed.ts';
import { loopback, passwordBytes } from '../loopback.ts';
import { domain, type Person } from '../people.ts';
import type { NetlogonUser } from '../windows/netlogon/domain.ts';
import { NetlogonServer } from '../windows/netlogon/server.ts';
import type { LogonPlace } from '../working-day.ts';
import { LabBrowser } from './browser.ts';

/** What a lab has of a collector that asks browsers who they are. */
export interface LabGate {
  readonly feed: MakeFeed;
  /** Where people open a page. */
  readonly place: LogonPlace;
  /** To be told before anybody does: the port that the system chose. */
  readonly listensAt: (port: number) => void;
}

const computer = 'COLLECTOR';
/** One of so many types a wrong password before the right one. */
const mistypedEvery = 8;
/** STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_LOCKED_OUT, STATUS_PASSWORD_EXPIRED: of these people, by their place in the company. */
const refused: ReadonlyMap<number, number> = new Map([
  [4, 0xc0000072],
  [10, 0xc0000234],
  [16, 0xc0000071],
]);
/** Whoever is verified is asked again after so long: the rhythm of a demo is quicker than that of a product. */
const admittedMs = 60_000;

/**
 * A gate of a collector, and a domain controller that gives it verdicts, both on loopback. Workstations have addresses of
 * 127.0.0.0/8, for theirs are not of this machine: 10.20.21.2 is 127.20.21.2. `stops` takes what ends it.
 */
export async function startGate(
  people: readonly Person[],
  clock: Clock,
  stops: (() => Promise<void> | void)[],
): Promise<LabGate> {
  const secret = () => randomBytes(passwordBytes).toString('hex');
  const machinePassword = secret();
  const password = secret();
  const users: [string, NetlogonUser][] = people.map(({ user }, index) => [
    user,
    { password, status: refused.get(index) ?? 0 },
  ]);
  const controller = new NetlogonServer({
    ...{ domain, computer, password: machinePassword, users: Object.fromEntries(users) },
  });
  const controllerPort = await controller.start();
  stops.push(() => controller.stop());
  const feed = ntlmFeed({
    domains: [
      {
        account: { account: `${computer}$`, domain, password: machinePassword },
        dnsName: 'corp.example',
        controllers: [{ host: loopback, port: controllerPort, mapperPort: controllerPort }],
      },
    ],
    gates: [
      {
        ...{ mode: 'transparent', listen: loopback, port: 0, identity: null },
        ...{ enabledBrowsers: [], guests: false, groups: [], answerWithinMs: 30_000 },
      },
    ],
    ...{ gateLink: null, admittedMs, timeoutMs: 10_000, connectTimeoutMs: 3000 },
    ...{ parallel: 4, mostWaiting: 256, bringsGroups: false },
  });

  let port = 0;
  let logons = 0;
  const browsers = new Set<LabBrowser>();
  stops.push(() => {
    for (const browser of browsers) browser.close();
  });
  return {
    feed,
    listensAt: (given) => {
      port = given;
    },
    place: {
      async logon({ user, domain: named, workstation, ip }) {
        logons += 1;
        const typed = logons % mistypedEvery === 0 ? ['mistyped', password] : [password];
        const browser = new LabBrowser({ port, from: ip.replace(/^\d+\./, '127.'), clock });
        browsers.add(browser);
        try {
          for (const each of typed)
            await browser.browse({ user, domain: named, workstation, password: each });
        } finally {
          browsers.delete(browser);
          browser.close();
        }
      },
    },
  };
}
