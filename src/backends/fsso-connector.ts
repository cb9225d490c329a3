import type { Clock } from '../clock.ts';
import type { FssoChange, LinkReport } from '../fsso/gate/changes.ts';
import { FssoConnector, type FssoConnectorOptions } from '../fsso/gate/connector.ts';
import { connectSocket } from '../fsso/gate/transport.ts';
import { splitGroups } from '../fsso/wire/groups.ts';
import type { Problem } from '../problem.ts';
import { runInSlices } from '../slices.ts';
import type { ActionResult, Actions, CountOffer, LogonChoice } from '../state/actions.ts';
import type { CollectorRow } from '../state/changes.ts';
import { eventsOf } from './fsso-events.ts';
import { connectorOptions, type FssoSetup } from './fsso-setup.ts';
import type { HistoryTap } from './history/recorder.ts';
import type { LinkWatch } from './link-watch.ts';
import { type ListOutcome, ListWaiters } from './list-waiters.ts';
import { choiceTest } from './logon-choice.ts';
import type { Sink, Source } from './source.ts';
import { TableRow } from './table-row.ts';
import { type WhySource, whyConnector } from './why/gather.ts';

/** The FSSO part of the actions. */
export type FssoActions = Pick<Actions, 'refreshLogons' | 'countLogons' | 'clearLogons' | 'failBack'>;

/** A number of logons, or why there is none. */
export type Counted = { ok: true; count: number } | { ok: false; problem: Problem };

/** The adapter of one FSSO connector. */
export interface FssoSource extends Source {
  /** The connector and its table as they stand. */
  why(): WhySource;
  refreshLogons(): ActionResult;
  /** Asks like `refreshLogons`, and waits so many milliseconds until the answer is complete. */
  awaitLogons(limitMs: number): Promise<ListOutcome>;
  countLogons(choice: LogonChoice): Promise<Counted>;
  /** How many were cleared. */
  clearLogons(choice: LogonChoice): Promise<Counted>;
  failBack(): ActionResult;
}

/** Texts of groups whose split form is kept, because most users share a few. */
const mostGroupTexts = 4096;

/** Who else hears of a connector, and what it is made with in a replay. */
export interface FssoSurroundings {
  readonly history?: HistoryTap | null;
  readonly watch?: LinkWatch | null;
  /** How connections are opened, and numbers from 0 to 1 drawn. */
  readonly engine?: Pick<FssoConnectorOptions, 'connect' | 'random'>;
}

/**
 * Turns what the connector of one `user fsso` entry reports into changes of the stores, and tells the history and a recording,
 * where there is one. Nothing happens before `start`.
 */
export function createFssoSource(
  setup: FssoSetup,
  clock: Clock,
  { history = null, watch = null, engine = {} }: FssoSurroundings = {},
): FssoSource {
  const { name } = setup.config;
  const origin = { connector: name, identity: setup.identity };
  const groups = new Map<string, readonly string[]>();
  let sink: Sink = () => {};

  const groupsOf = (text: string): readonly string[] => {
    const known = groups.get(text);
    if (known !== undefined) return known;
    if (groups.size >= mostGroupTexts) groups.clear();
    const split = splitGroups(text);
    groups.set(text, split);
    return split;
  };

  const waiters = new ListWaiters(clock);
  const stopped = Promise.withResolvers<Counted>();

  const take = (change: FssoChange): void => {
    history?.note(name, change);
    waiters.note(change);
    if (change.kind === 'link')
      sink({ table: 'collectors', op: 'put', row: collectorRow(name, change.link) });
    else if (change.kind === 'logon' && change.op === 'remove')
      sink({ table: 'logons', op: 'remove', id: change.logon.key });
    else if (change.kind === 'logon') {
      const row = new TableRow(name, change.logon, groupsOf(change.logon.record.groups));
      sink({ table: 'logons', op: 'put', row });
    }
    for (const row of eventsOf(change, origin, clock)) sink({ table: 'events', op: 'append', row });
  };

  const recorder = watch?.recorder ?? null;
  const connect = engine.connect ?? connectSocket;
  const connector = new FssoConnector(
    {
      ...connectorOptions(setup, clock),
      ...(recorder ? { random: () => recorder.random(name) } : {}),
      ...engine,
      connect: watch ? watch.traffic.over(name, connect) : connect,
    },
    take,
  );

  return {
    name,
    start(given) {
      sink = given;
      history?.watch(name, () => connector.logons.values());
      recorder?.started(setup, () => ({ links: connector.links, logons: connector.logons.values() }));
      connector.start();
    },
    async stop() {
      waiters.stop();
      stopped.resolve(wasStopped(name));
      await connector.stop();
      history?.left(name);
      recorder?.stopped(name);
    },
    why: () => ({ connector: whyConnector(setup, connector.links), logons: connector.logons.values() }),
    refreshLogons() {
      recorder?.did(name, 'refreshLogons');
      if (!connector.refreshLogons()) return notConnected(connector);
      const active = connector.links.find((link) => link.active);
      return { ok: true, message: `${active?.server ?? name} was asked for all its logons` };
    },
    async awaitLogons(limitMs) {
      recorder?.did(name, 'refreshLogons');
      return connector.refreshLogons() ? waiters.wait(limitMs) : notConnected(connector);
    },
    async countLogons(choice) {
      const chosen = choiceTest(choice, clock.now());
      if (!chosen.ok) return chosen;
      const { promise, resolve } = Promise.withResolvers<Counted>();
      let count = 0;
      function* steps() {
        for (const logon of connector.logons.values()) {
          if (chosen.ok && chosen.test({ connector: name, logon })) count += 1;
          yield;
        }
        resolve({ ok: true, count });
      }
      runInSlices(clock, steps());
      return promise;
    },
    async clearLogons(choice) {
      recorder?.did(name, 'clearLogons', choice);
      const chosen = choiceTest(choice, clock.now());
      if (!chosen.ok) return chosen;
      const cleared = connector.clearLogons((logon) => chosen.test({ connector: name, logon }));
      return Promise.race([stopped.promise, cleared.then((count): Counted => ({ ok: true, count }))]);
    },
    failBack() {
      recorder?.did(name, 'failBack');
      const first = connector.links[0]?.server;
      if (!connector.failBack()) return { ok: true, message: `${name} is at its first collector, ${first}` };
      return { ok: true, message: `${name} begins again at ${first}` };
    },
  };
}

/** Hands each action to the connector that it names. */
export function fssoActions(sources: readonly FssoSource[]): FssoActions {
  const run = async (
    name: string,
    act: (source: FssoSource) => ActionResult | Promise<ActionResult>,
  ): Promise<ActionResult> => {
    const source = sources.find((each) => each.name === name);
    return source === undefined ? noSuchConnector(name) : act(source);
  };
  return {
    refreshLogons: (name) => run(name, (source) => source.refreshLogons()),
    async countLogons(choice): Promise<CountOffer> {
      const counts: (readonly [string, number])[] = [];
      for (const source of sources) {
        const counted = await source.countLogons(choice);
        if (!counted.ok) return counted;
        if (counted.count > 0) counts.push([source.name, counted.count]);
      }
      return { ok: true, counts };
    },
    clearLogons: (name, choice = {}) =>
      run(name, async (source) => {
        const cleared = await source.clearLogons(choice);
        return cleared.ok ? { ok: true, message: clearedText(name, cleared.count) } : cleared;
      }),
    failBack: (name) => run(name, (source) => source.failBack()),
  };
}

function clearedText(connector: string, count: number): string {
  const logons = count === 1 ? '1 logon' : `${count} logons`;
  return `${logons} of ${connector} cleared; ${count === 1 ? 'it returns' : 'they return'} by events or a refresh`;
}

function collectorRow(connector: string, link: LinkReport): CollectorRow {
  return { id: `${connector}|${link.server}`, connector, ...link };
}

function wasStopped(connector: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: {
      stage: 'logons',
      code: null,
      message: `${connector} was stopped meanwhile`,
      cause: 'Its configuration was changed, or the dashboard ends.',
      fix: ['ask again'],
    },
  };
}

function notConnected(connector: FssoConnector): { ok: false; problem: Problem } {
  const problem = connector.links.find((link) => link.problem !== null)?.problem;
  return {
    ok: false,
    problem: {
      stage: problem?.stage ?? 'connection',
      code: problem?.code ?? null,
      message: 'no collector is connected',
      cause: problem ? `${problem.message}. ${problem.cause}` : 'The connector is still connecting.',
      fix: problem?.fix ?? ['wait until a collector is online'],
    },
  };
}

function noSuchConnector(name: string): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: {
      stage: 'connection',
      code: null,
      message: `there is no FSSO connector "${name}"`,
      cause: 'The name is not in the configuration.',
      fix: ['choose a connector of the list'],
    },
  };
}
