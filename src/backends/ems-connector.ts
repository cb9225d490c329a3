import type { Clock, Timer } from '../clock.ts';
import { type ConnectorReport, type ConnectorStatus, EmsConnector } from '../ems/connector.ts';
import { DataFindings } from '../ems/diagnosis/data-findings.ts';
import { diagnosisProblem } from '../ems/diagnosis/diagnose.ts';
import { type EmsTarget, surroundingsOf, targetText } from '../ems/examine.ts';
import type { SyncedFrom } from '../fabric-sync.ts';
import type { Problem } from '../problem.ts';
import { safeText } from '../safe-text.ts';
import type { ActionResult, Actions } from '../state/actions.ts';
import type { ConnectorRow } from '../state/changes.ts';
import { createCertificateViews, type EmsCertificateViews } from './ems-certificate-view.ts';
import { emsEvents } from './ems-events.ts';
import { ExpiryWatch, expiryLookEvery } from './ems-expiry.ts';
import { PlaceWatch } from './ems-place.ts';
import { inventoryChanges, sessionView } from './ems-session-view.ts';
import { panelWords } from './ems-words.ts';
import type { Sink, Source } from './source.ts';

/** The EMS part of the actions. */
export type EmsActions = Pick<Actions, 'acceptCertificate' | 'rejectCertificate' | 'refreshConnector'>;

/** The adapter of one EMS connector. */
export interface EmsSource extends Source {
  acceptCertificate(sha256: string): Promise<ActionResult>;
  rejectCertificate(): Promise<ActionResult>;
  refresh(): Promise<ActionResult>;
}

/**
 * Turns what the connector of one `fctems` entry reports into changes of the stores. `release` is the FortiOS release
 * whose texts apply, `expiry` what sources share so that a certificate is warned of once, `synced` the Fabric revision that
 * the settings are of now. Nothing happens before `start`.
 */
export function createEmsSource(
  target: EmsTarget,
  release: string,
  expiry: ExpiryWatch = new ExpiryWatch(),
  synced: () => SyncedFrom | null = () => null,
): EmsSource {
  const { name } = target;
  const clock: Clock = target.clock;
  let sink: Sink = () => {};
  let before: ConnectorStatus | null = null;
  const views = createCertificateViews(target);
  const place = new PlaceWatch(target);
  const data = new DataFindings();
  let looks: Timer | null = null;

  const warnOfExpiry = (): void => {
    for (const row of expiry.due(connector.status.chain, name, clock.now()))
      sink({ table: 'events', op: 'append', row });
  };

  const take = (report: ConnectorReport): void => {
    if (report.kind === 'status') {
      const row = connectorRow(target, release, report.status, views);
      row.synced = synced();
      const found = data.advice(report.status, { ...surroundingsOf(target), server: row.server });
      if (found.length > 0) row.advice = found.map((each) => diagnosisProblem(each));
      sink({ table: 'connectors', op: 'put', row });
    }
    if (report.kind === 'inventory') {
      data.take(report.change);
      for (const change of inventoryChanges(name, report.change, clock.now())) sink(change);
    }
    for (const row of emsEvents(report, before, name, clock.now()))
      sink({ table: 'events', op: 'append', row });
    if (report.kind === 'status') {
      before = report.status;
      for (const row of place.look(report.status, clock.now())) sink({ table: 'events', op: 'append', row });
      warnOfExpiry();
    }
  };

  const connector = new EmsConnector(target, release, take);

  return {
    name,
    start(given) {
      sink = given;
      looks = clock.every(expiryLookEvery, warnOfExpiry);
      take({ kind: 'status', status: connector.status });
      connector.start();
    },
    kept: () => take({ kind: 'status', status: connector.status }),
    async stop() {
      looks?.cancel();
      await connector.stop();
      sink = () => {};
    },
    acceptCertificate: async (sha256) =>
      result(await connector.accept(sha256), `The certificate of ${name} was accepted`),
    rejectCertificate: async () =>
      result(await connector.reject(), `The certificate of ${name} was rejected; nothing is pinned`),
    refresh: async () => result(await connector.refresh(), `${name} is connected`),
  };
}

/** Hands each action to the connector that it names. */
export function emsActions(sources: readonly EmsSource[]): EmsActions {
  const run = async (
    name: string,
    act: (source: EmsSource) => Promise<ActionResult>,
  ): Promise<ActionResult> => {
    const source = sources.find((each) => each.name === name);
    return source === undefined ? { ok: false, problem: noSuchConnector(name) } : act(source);
  };
  return {
    acceptCertificate: (name, sha256) => run(name, (source) => source.acceptCertificate(sha256)),
    rejectCertificate: (name) => run(name, (source) => source.rejectCertificate()),
    refreshConnector: (name) => run(name, (source) => source.refresh()),
  };
}

function result(problem: Problem | null, message: string): ActionResult {
  return problem === null ? { ok: true, message } : { ok: false, problem };
}

function connectorRow(
  target: EmsTarget,
  release: string,
  status: ConnectorStatus,
  views: EmsCertificateViews,
): ConnectorRow {
  const { state, serialNumber, failure } = status;
  return {
    id: target.name,
    name: target.name,
    type: target.type,
    server: targetText(target),
    state,
    since: status.since,
    ...panelWords[state],
    serialNumber: serialNumber === null ? null : safeText(serialNumber),
    tenantId: status.session.tenantId,
    lastSuccess: status.lastSuccess,
    latencyMs: status.latencyMs,
    nextTryAt: status.nextTryAt,
    chain: views.chain(status),
    chainIncomplete: status.chainIncomplete,
    trusted: status.trusted,
    chainInvalid: failure?.fault === 'certificate-invalid',
    pinned: status.pinned,
    pin: views.pin(status),
    problem: failure?.problemFor(release) ?? null,
    session: sessionView(status),
    synced: null,
  };
}

function noSuchConnector(name: string): Problem {
  return {
    stage: 'configuration',
    code: null,
    message: `there is no EMS connector "${safeText(name)}"`,
    cause: 'The name is not in the configuration.',
    fix: ['choose a connector of the list'],
  };
}
