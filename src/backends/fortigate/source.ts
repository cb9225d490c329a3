import { HttpFailure, type HttpFault } from '../../ems/http-failure.ts';
import { safeText } from '../../safe-text.ts';
import type { ActionResult } from '../../state/actions.ts';
import type { EventLevel, GatePolicies } from '../../state/changes.ts';
import { problemOf } from '../ems-admin.ts';
import { PeerWatch, type WatchState } from '../peer-watch.ts';
import type { Sink, Source } from '../source.ts';
import { aloneRow, entryRow, rowId } from './entry-rows.ts';
import { type GateFacts, gateFacts, gateGroups, gatePolicies, noFacts } from './gate-row.ts';
import type { FortigateConnector } from './reading.ts';
import { ReportedRows } from './reported-rows.ts';
import { isPartial } from './rest.ts';
import type { FortigateTarget } from './setup.ts';
import { type Entry, type FortigateSnapshot, readSnapshot } from './snapshot.ts';

/** The adapter of one FortiGate. */
export interface FortigateSource extends Source {
  /** Whether the row of this id, of EMS connectors or of logons, is one of its own. */
  owns(row: string): boolean;
  verify(row: string, fingerprint: string): Promise<ActionResult>;
  unverify(row: string): Promise<ActionResult>;
  /** Logs the user of a row of logons off. */
  logOff(row: string): Promise<ActionResult>;
  /** Reads its policies and groups, for who looks at them. */
  readPolicies(): Promise<ActionResult>;
  refresh(): Promise<ActionResult>;
}

/** A wrong token is told once and not tried again by itself: FortiOS locks out who tries too often. */
const untilAsked: ReadonlySet<HttpFault> = new Set(['unauthorized']);
const ofTrust: ReadonlySet<HttpFault> = new Set(['not-trusted', 'other-name']);

/** Turns what a FortiGate tells, about its EMS connectors and about users, into rows of the stores. */
export function createFortigateSource({ name, client, clock, trust }: FortigateTarget): FortigateSource {
  let sink: Sink = () => {};
  let snapshot: FortigateSnapshot | null = null;
  let facts: GateFacts = noFacts;
  let policies: GatePolicies | null = null;
  let latest: WatchState = { failure: null, lastSuccess: null, nextTryAt: null };
  let reading = new AbortController();
  let entries = new Map<string, Entry>();
  let shown = new Set<string>();
  let told = new Set<string>();
  const reported = new ReportedRows(name, (change) => sink(change));

  const event = (level: EventLevel, text: string) =>
    sink({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level, source: name, logId: null, text: safeText(text) },
    });

  const read = async (signal: AbortSignal) => {
    const found = await readSnapshot(client, signal);
    snapshot = found;
    facts = gateFacts(found, client.profile.calls, clock.now());
    if (found.ems.value) {
      const now = new Map(found.ems.value.map((entry) => [rowId(name, entry.connector), entry]));
      tellChanges(entries, now);
      entries = now;
    }
    tellParts(found);
    reported.take(found, clock.now());
  };

  const tellChanges = (before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>) => {
    for (const [id, { connector }] of after) {
      const was = before.get(id)?.connector;
      if (!was || was.connected === connector.connected || connector.connected === null) continue;
      const word = connector.connected ? 'is connected' : 'is no longer connected';
      event(
        connector.connected ? 'notice' : 'warning',
        `${connector.name} ${word}: ${connector.status ?? ''}`,
      );
    }
  };

  // What a token may not see is no fault of the FortiGate; it is said once for as long as it holds.
  const tellParts = ({ ems, fsso, users, endpoints }: FortigateSnapshot) => {
    const now = new Set([ems, fsso, users, endpoints].flatMap(({ failure }) => failure?.message ?? []));
    if (users.value?.isCut) now.add('There are more users than the FortiGate told');
    if (endpoints.value?.isCut) now.add('There are more endpoints than the FortiGate told');
    for (const text of now) if (!told.has(text)) event('notice', text);
    told = now;
  };

  const putGate = () => {
    const { failure, lastSuccess, nextTryAt } = latest;
    const problem = failure?.problem ?? null;
    sink({
      table: 'gates',
      op: 'put',
      row: { id: name, ...facts, policies, lastSuccess, nextTryAt, problem },
    });
  };

  const put = (state: WatchState) => {
    const { failure, lastSuccess, nextTryAt } = state;
    latest = state;
    putGate();
    if (failure !== null) reported.markStale();
    const shared = {
      fortigate: name,
      lastSuccess,
      nextTryAt,
      problem: (failure ?? snapshot?.ems.failure)?.problem ?? null,
      serial: snapshot?.facts.serial ?? null,
      version: snapshot?.facts.version ?? null,
    };
    const rows = [...entries].map(([id, entry]) => entryRow(id, entry, shared));
    const all = rows.length === 0 ? [aloneRow(name, shared)] : rows;
    const ids = new Set(all.map(({ id }) => id));
    for (const id of shown) if (!ids.has(id)) sink({ table: 'fortigates', op: 'remove', id });
    for (const row of all) sink({ table: 'fortigates', op: 'put', row });
    shown = ids;
  };

  const watch = new PeerWatch({
    clock,
    trust,
    pollEvery: client.profile.timers.pollEvery,
    throttledWait: client.profile.timers.throttledWait,
    untilAsked,
    ofTrust,
    read,
    put,
    event,
  });

  const change = async (act: () => Promise<ActionResult>): Promise<ActionResult> => {
    try {
      const result = await act();
      if (!result.ok) return result;
      event('notice', result.message);
      await watch.afresh();
      return result;
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  };
  const readPolicies = async (): Promise<ActionResult> => {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    const { identity, profile } = client;
    let result: ActionResult = { ok: true, message: `${name} told its policies` };
    try {
      policies = gatePolicies(await identity.policies(name, signal), profile.calls, clock.now());
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (signal.aborted) return { ok: true, message: `${name} was not asked to the end` };
      const groups = isPartial(error) ? await identity.groups(signal).catch(orNull) : null;
      policies = gateGroups(groups, error, profile.calls, clock.now());
      result = { ok: false, problem: error.problem };
    }
    if (!signal.aborted) putGate();
    return result;
  };
  const ofEntry = async (
    row: string,
    act: (connector: FortigateConnector) => Promise<unknown>,
    message: (connector: FortigateConnector) => string,
  ): Promise<ActionResult> => {
    const entry = entries.get(row);
    if (!entry) return gone('The FortiGate no longer has this connector', 'It was removed or renamed there.');
    return change(async () => {
      await act(entry.connector);
      return { ok: true, message: message(entry.connector) };
    });
  };

  return {
    name,
    start(given) {
      sink = given;
      watch.start();
    },
    async stop() {
      reading.abort();
      await watch.stop();
      sink = () => {};
    },
    owns: (row) => entries.has(row) || reported.user(row) !== undefined,
    verify: (row, fingerprint) =>
      ofEntry(
        row,
        (connector) => client.verify(connector, fingerprint),
        (connector) => `${name} accepts the certificate of its connector ${connector.name}`,
      ),
    unverify: (row) =>
      ofEntry(
        row,
        (connector) => client.unverify(connector),
        (connector) => `${name} no longer accepts the certificate of its connector ${connector.name}`,
      ),
    logOff: (row) =>
      change(async () => {
        const user = reported.user(row);
        const isDone = user !== undefined && (await client.identity.deauthenticate(user));
        if (!isDone)
          return gone(
            `${name} no longer has this user`,
            'He logged off, or logged on anew, since the list was read.',
          );
        return { ok: true, message: `${user.user} at ${user.ip} was logged off on ${name}` };
      }),
    readPolicies,
    refresh: () => watch.refresh(`FortiGate ${name} was asked`),
  };
}

/** What has no groups either has no more to tell. */
function orNull(error: unknown): null {
  if (error instanceof HttpFailure) return null;
  throw error;
}

function gone(message: string, cause: string): ActionResult {
  const fix = ['Choose one of the list as it is now; ":refresh" asks the FortiGate again.'];
  return { ok: false, problem: { stage: 'configuration', code: null, message, cause, fix } };
}
