import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { PollingFeed } from '../../../src/fsso/collector/feeds/polling/polling-feed.ts';
import type { ControllerLink, PollMode } from '../../../src/fsso/windows/reading.ts';
import { openSmbLink } from '../../../src/fsso/windows/smb-link.ts';
import { connectWmi } from '../../../src/fsso/windows/wmi-link.ts';
import { LabMachine } from '../../../src/lab/windows/machine.ts';
import { even6Service } from '../../../src/lab/windows/rpc/even6-service.ts';
import { mapperService } from '../../../src/lab/windows/rpc/mapper-service.ts';
import { TcpListener } from '../../../src/lab/windows/rpc/tcp-listener.ts';
import { WindowsServer } from '../../../src/lab/windows/windows-server.ts';
import { WsmanLabServer } from '../../../src/lab/windows/wsman-server/server.ts';
import { type FaultName, FaultRelay, faults, type Manner, type Way } from '../../support/fault-relay.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { OpensslCa } from '../../support/openssl-ca.ts';
import { ticketStrings } from '../../support/scripted-controller.ts';

// Every way of polling, with every fault that a network has, in either direction and at many places of a conversation: whoever is in
// the log is a logon once, and polling comes back by itself. The clock is a test's own, and moves when nothing passes any more.

const account = { user: 'svc-fsso', domain: 'CORP', password: 'Poll-Passw0rd1' };
const openssl = new OpensslCa();
afterAll(() => openssl.remove());
const authority = openssl.authority('/CN=Machines');
const identity = openssl.issue({
  subject: '/CN=dc1',
  issuer: authority,
  extensions: [['subjectAltName', 'IP:127.0.0.1']],
});

interface WayOfPolling {
  readonly mode: PollMode;
  /** Starts what answers; says where. */
  serve(machine: LabMachine, clock: Clock): Promise<{ port: number; stop(): Promise<void> }>;
  open(port: number, clock: Clock, signal: AbortSignal): Promise<ControllerLink>;
  readonly oversize?: (bytes: Buffer) => Buffer;
}

const smb = (mode: 'event-log' | 'netapi', absent: readonly string[] = []): WayOfPolling => ({
  mode,
  serve: (machine, clock) => {
    for (const name of absent) machine.absent.add(name);
    return WindowsServer.start({ machine, clock });
  },
  open: (port, clock, signal) =>
    openSmbLink({
      ...{ host: '127.0.0.1', port, credentials: account, mode, log: 'Security', clock, signal },
    }),
});

/** Over TCP alone: the port of SMB is closed, and the endpoint mapper sends to the relay. */
function rpcOverTcp(): WayOfPolling {
  const told = { mapper: 0, port: 0, closed: 0 };
  return {
    mode: 'event-log',
    async serve(machine, clock) {
      const server = await WindowsServer.start({ machine, clock, overTcp: true });
      await server.close('smb', 'mapper');
      const mapper = new TcpListener({
        ...{ machine, clock, host: '127.0.0.1', port: 0 },
        served: () => [
          mapperService(
            () => [even6Service(machine)],
            () => told.port,
          ),
        ],
      });
      await mapper.start();
      Object.assign(told, { mapper: mapper.port, closed: server.port });
      const stop = async () => void (await Promise.all([mapper.stop(), server.stop()]));
      return { port: server.rpcPort ?? 0, stop };
    },
    open(port, clock, signal) {
      told.port = port;
      return openSmbLink({
        ...{ host: '127.0.0.1', port: told.closed, mapperPort: told.mapper, credentials: account },
        ...{ mode: 'event-log', log: 'Security', clock, signal },
      });
    },
  };
}

/** An HTTP body that is longer than any. */
const endless = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(/(content-length: )\d+/i, '$1999999999'), 'latin1');

const wmi = (subscribes: boolean, isSecure: boolean): WayOfPolling => ({
  mode: 'wmi',
  serve: async (machine, clock) => {
    const tls = isSecure ? { certificate: identity.certificate, key: identity.key, der: identity.der } : null;
    const server = new WsmanLabServer({ clock, machine, ...(tls && { tls }) });
    await server.start();
    return server;
  },
  open: (port, clock, signal) => {
    const tls = isSecure ? { ca: [authority.certificate], checksName: true } : null;
    const login = { kind: 'negotiate', credentials: account } as const;
    return connectWmi(
      { server: { host: '127.0.0.1', port, tls }, login, log: 'Security', clock, subscribes },
      signal,
    );
  },
  ...(!isSecure && { oversize: endless }),
});

const ways: Readonly<Record<string, WayOfPolling>> = {
  'MS-EVEN6 over SMB': smb('event-log'),
  'MS-EVEN over SMB': smb('event-log', ['even6']),
  'MS-EVEN6 over TCP': rpcOverTcp(),
  'sessions over SMB': smb('netapi'),
  'WMI by queries, HTTP': wmi(false, false),
  'WMI by subscription, HTTP': wmi(true, false),
  'WMI by queries, HTTPS': wmi(false, true),
};

const periodMs = 5_000;

/** A domain controller of the lab, the relay before it, and a feed that polls it. */
async function polled(way: WayOfPolling) {
  const clock = new ManualClock();
  // The server's own, so that ours is seen to have nothing left in the end.
  const theirs = new ManualClock();
  const pass = (ms: number) => {
    theirs.advance(ms);
    clock.advance(ms);
  };
  const machine = new LabMachine({
    ...{ name: 'DC1', domain: 'CORP', dnsDomain: 'corp.example', mostRecords: 100_000 },
    accounts: [{ ...account, rights: ['sessions', 'event-log'] }],
  });
  const server = await way.serve(machine, theirs);
  const relay = await FaultRelay.start({
    port: server.port,
    ...(way.oversize && { oversize: way.oversize }),
  });
  const users: string[] = [];
  const feed = new PollingFeed(
    {
      targets: [
        {
          ...{ name: 'dc1', mode: way.mode, log: 'Security', domain: 'CORP', ids: [4768] },
          ...{ account: account.user, seconds: periodMs / 1000 },
          open: (signal) => way.open(relay.port, clock, signal),
        },
      ],
      ...{ domains: [], exchange: [], bookmarks: null, historyMs: 0, atOnce: 1, random: () => 0.5 },
      pace: { seconds: null, periods: [] },
    },
    {
      clock,
      report: () => {},
      sink: { logon: ({ user }) => void users.push(user), logoff: () => {} },
    },
  );
  /** Whoever takes leave of a machine that is gone waits for its answer. */
  const stop = async () => {
    let isOver = false;
    const over = feed.stop().then(() => {
      isOver = true;
    });
    await relay.quiet();
    if (!isOver) pass(periodMs);
    await over;
  };
  onTestFinished(async () => {
    await stop();
    await relay.stop();
    await server.stop();
  });
  let written = 0;
  /** So many people log on. */
  const logOn = (count: number) => {
    for (let each = 0; each < count; each++) {
      written += 1;
      const since = clock.now();
      const age = () => Math.floor((clock.now() - since) / 1000);
      if (way.mode === 'netapi')
        machine.sessions.push({
          ...{ client: `\\\\10.${written >> 16}.${(written >> 8) & 255}.${written & 255}`, guest: false },
          ...{ user: `user${written}` },
          get activeSeconds() {
            return age();
          },
          get idleSeconds() {
            return age();
          },
        });
      else
        machine.security.write({
          ...{ id: 4768, generated: Math.floor(since / 1000) },
          strings: ticketStrings(`user${written}`, '10.0.0.7'),
        });
    }
  };
  const due = () => Array.from({ length: written }, (_, index) => `user${index + 1}`);
  const controller = () => feed.health.polled?.[0];
  /** Time passes in which nothing is done to it, until all is well; at most so many minutes. */
  const untilWell = async (minutes: number): Promise<void> => {
    for (let left = (minutes * 60_000) / periodMs; ; left--) {
      await relay.quiet();
      const { state, lag } = controller() ?? {};
      if (state === 'ok' && (lag?.records ?? 0) === 0 && users.length >= written) return;
      if (left <= 0) throw new Error(`not well again: ${JSON.stringify(controller())}`);
      pass(periodMs);
    }
  };
  await feed.start();
  await relay.quiet();
  pass(periodMs);
  await untilWell(1);
  return { clock, pass, relay, stop, users, logOn, due, untilWell, controller };
}

// Logins take about 2,000 bytes, and a poll about as many.
const places = [0, 70, 400, 1500, 4000];
const directions: readonly Way[] = ['fromServer', 'fromClient'];

describe.each(Object.keys(ways))('%s', (name) => {
  const way = ways[name] as WayOfPolling;

  test.each(Object.keys(faults) as FaultName[])('%s', async (fault) => {
    const { clock, pass, relay, stop, users, logOn, due, untilWell, controller } = await polled(way);
    let struck = 0;
    for (const direction of directions)
      for (const place of places) {
        logOn(3);
        relay.arm(fault, direction, place);
        for (let polls = 0; polls < 4 && relay.isArmed; polls++) {
          pass(periodMs);
          await relay.quiet();
        }
        if (!relay.isArmed) struck += 1;
        relay.disarm();
        // A login that was harmed may be taken for a wrong password, which nobody tries again for five minutes.
        await untilWell(15);
        expect(users, `${fault} of ${direction} at ${place}`).toEqual(due());
        expect(relay.open).toBeLessThanOrEqual(1);
      }
    expect(struck).toBeGreaterThan(directions.length * 2);
    expect(controller()).toMatchObject({ lost: 0 });
    await stop();
    await relay.quiet();
    expect(relay.open).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test.each<Manner>(['byte by byte', 'together', 'late'])('%s is no fault at all', async (manner) => {
    const { pass, relay, users, logOn, due, untilWell, controller } = await polled(way);
    relay.manner = manner;
    for (let round = 0; round < 2; round++) {
      logOn(5);
      pass(periodMs);
      await untilWell(1);
    }
    expect(users).toEqual(due());
    expect(controller()).toMatchObject({ failures: 0, lost: 0 });
    expect(relay.taken).toBe(1);
  });
});
