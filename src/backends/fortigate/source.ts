import { HttpFailure, type HttpFault } from '../../ems/http-failure.ts';
import { safeText } from '../../safe-text.ts';
import type { ActionResult } from '../../state/actions.ts';
import type { EventLevel, FortigateRow } from '../../state/changes.ts';
import { problemOf } from '../ems-admin.ts';
import { Poller } from '../poller.ts';
import type { Sink, Source } from '../source.ts';
import type { FortigateOverview } from './client.ts';
import { fortigateProfile } from './profile.ts';
import type { FortigateCertificate, FortigateConnector } from './reading.ts';
import type { FortigateTarget } from './setup.ts';

/** The adapter of one FortiGate. */
export interface FortigateSource extends Source {
  /** Whether the row of this id is one of its own. */
  owns(row: string): boolean;
  verify(row: string, fingerprint: string): Promise<ActionResult>;
  unverify(row: string): Promise<ActionResult>;
  refresh(): Promise<ActionResult>;
}

/** One entry of the FortiGate with what it says about the certificate. */
interface Entry {
  readonly connector: FortigateConnector;
  readonly certificate: FortigateCertificate | null;
}

/** A wrong token is told once and not tried again by itself: FortiOS locks out who tries too often. */
const untilAsked: ReadonlySet<HttpFault> = new Set(['unauthorized']);
const ofTrust: ReadonlySet<HttpFault> = new Set(['not-trusted', 'other-name']);

/** Turns what a FortiGate tells about its EMS connectors into rows of the stores. */
export function createFortigateSource({ name, client, clock, trust }: FortigateTarget): FortigateSource {
  let sink: Sink = () => {};
  let failure: HttpFailure | null = null;
  let overview: FortigateOverview | null = null;
  let entries = new Map<string, Entry>();
  let shown = new Set<string>();
  let lastSuccess: number | null = null;
  let unsubscribe = () => {};

  const event = (level: EventLevel, text: string) =>
    sink({
      table: 'events',
      op: 'append',
      row: { time: clock.now(), level, source: name, logId: null, text: safeText(text) },
    });

  const read = async (signal: AbortSignal) => {
    const found = await client.overview(signal);
    const read = new Map<string, Entry>();
    for (const connector of found.connectors) {
      // One that was left out is no reason to lose the others.
      const certificate = await client.certificate(connector, signal).catch((error: unknown) => {
        if (error instanceof HttpFailure) return null;
        throw error;
      });
      read.set(rowId(name, connector), { connector, certificate });
    }
    tellChanges(entries, read);
    overview = found;
    entries = read;
    failure = null;
    lastSuccess = clock.now();
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

  const put = (nextTryAt: number | null) => {
    const common = { fortigate: name, lastSuccess, nextTryAt, problem: failure?.problem ?? null };
    const facts = { ...common, serial: overview?.serial ?? null, version: overview?.version ?? null };
    const rows = [...entries].map(([id, entry]) => entryRow(id, entry, facts));
    const all = rows.length === 0 ? [aloneRow(name, facts)] : rows;
    const ids = new Set(all.map(({ id }) => id));
    for (const id of shown) if (!ids.has(id)) sink({ table: 'fortigates', op: 'remove', id });
    for (const row of all) sink({ table: 'fortigates', op: 'put', row });
    shown = ids;
  };

  const poller = new Poller(clock, async (signal) => {
    let wait: number | null = fortigateProfile.pollEvery;
    try {
      await read(signal);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (failure?.message !== error.message) event('warning', error.message);
      failure = error;
      if (untilAsked.has(error.fault)) wait = null;
      else if (error.fault === 'throttled') wait = error.retryAfterMs ?? fortigateProfile.throttledWait;
    }
    put(wait === null ? null : clock.now() + wait);
    return wait;
  });

  const change = async (
    row: string,
    act: (connector: FortigateConnector) => Promise<unknown>,
    message: (connector: FortigateConnector) => string,
  ): Promise<ActionResult> => {
    const entry = entries.get(row);
    if (!entry) return { ok: false, problem: noSuchRow };
    try {
      await act(entry.connector);
      event('notice', message(entry.connector));
      await poller.afresh();
      return { ok: true, message: message(entry.connector) };
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  };

  return {
    name,
    start(given) {
      sink = given;
      put(null);
      unsubscribe = trust.onChange(() => {
        if (failure !== null && ofTrust.has(failure.fault)) void poller.now();
      });
      void poller.now();
    },
    async stop() {
      unsubscribe();
      await poller.stop();
      sink = () => {};
    },
    owns: (row) => entries.has(row),
    verify: (row, fingerprint) =>
      change(
        row,
        (connector) => client.verify(connector, fingerprint),
        (connector) => `${name} accepts the certificate of its connector ${connector.name}`,
      ),
    unverify: (row) =>
      change(
        row,
        (connector) => client.unverify(connector),
        (connector) => `${name} no longer accepts the certificate of its connector ${connector.name}`,
      ),
    async refresh() {
      await poller.now();
      return failure === null
        ? { ok: true, message: `FortiGate ${name} was asked` }
        : { ok: false, problem: failure.problem };
    },
  };
}

const noSuchRow = {
  stage: 'configuration',
  code: null,
  message: 'The FortiGate no longer has this connector',
  cause: 'It was removed or renamed there.',
  fix: ['Choose a connector of the list.'],
} as const;

function rowId(fortigate: string, { name, id, vdom }: FortigateConnector): string {
  return `${fortigate}|${name === '' ? `number ${id}` : name}${vdom === null ? '' : `|${vdom}`}`;
}

type Facts = Pick<FortigateRow, 'fortigate' | 'serial' | 'version' | 'lastSuccess' | 'nextTryAt' | 'problem'>;

function entryRow(id: string, { connector, certificate }: Entry, facts: Facts): FortigateRow {
  const {
    id: number,
    serialNumber: emsSerial,
    cloud: _cloud,
    capabilities: _capabilities,
    ...said
  } = connector;
  return {
    ...said,
    id,
    ...facts,
    number,
    emsSerial,
    certificate: connector.certificate ?? certificate?.status ?? null,
    fingerprint: certificate?.fingerprint ?? null,
    subject: certificate?.subject ?? null,
    issuer: certificate?.issuer ?? null,
    validTo: certificate?.validTo ?? null,
  };
}

/** A FortiGate that has not answered, or has no connector. */
function aloneRow(name: string, facts: Facts): FortigateRow {
  return {
    id: name,
    ...facts,
    name: null,
    number: null,
    vdom: null,
    enabled: null,
    server: null,
    connected: null,
    verified: null,
    status: null,
    connection: null,
    certificate: null,
    websocket: null,
    emsSerial: null,
    tenantId: null,
    dirtyReason: null,
    fingerprint: null,
    subject: null,
    issuer: null,
    validTo: null,
  };
}
