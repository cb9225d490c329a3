import { alertsKind, createAlertsSource } from '../src/backends/alerts/source.ts';
import { attachedKind } from '../src/backends/attached/actions.ts';
import { createAttachedSource } from '../src/backends/attached/source.ts';
import { attachedTargets } from '../src/backends/attached/targets.ts';
import { createEmsAdminSource } from '../src/backends/ems-admin.ts';
import { prepareAdmins } from '../src/backends/ems-admin-setup.ts';
import { createCaSource } from '../src/backends/ems-ca-source.ts';
import { createEmsSource } from '../src/backends/ems-connector.ts';
import { ExpiryWatch } from '../src/backends/ems-expiry.ts';
import { openTrust, prepareEms } from '../src/backends/ems-setup.ts';
import { withFabric } from '../src/backends/fabric-config.ts';
import { prepareFabric } from '../src/backends/fabric-setup.ts';
import { createFabricSource, fabricKind } from '../src/backends/fabric-source.ts';
import { type FortigateTarget, prepareFortigates } from '../src/backends/fortigate/setup.ts';
import { createFortigateSource } from '../src/backends/fortigate/source.ts';
import type { OutletStatus } from '../src/backends/forward/outlet.ts';
import { prepareForward } from '../src/backends/forward/setup.ts';
import { createForwardSource, forwardKind } from '../src/backends/forward/source.ts';
import { createFssoSource } from '../src/backends/fsso-connector.ts';
import { prepareFsso } from '../src/backends/fsso-setup.ts';
import { HistoryRecorder } from '../src/backends/history/recorder.ts';
import type { LinkWatch } from '../src/backends/link-watch.ts';
import { createMetricsSource, metricsKind } from '../src/backends/metrics/source.ts';
import type { Wanted } from '../src/backends/reconciler.ts';
import type { Clock } from '../src/clock.ts';
import { historyPath } from '../src/config/history.ts';
import type { LoadedConfig } from '../src/config/load.ts';
import type { WriteGuard } from '../src/verbs.ts';

/** The trust store, as the setup of EMS connectors opens it. */
type TrustStore = Awaited<ReturnType<typeof openTrust>>;

/** What a configuration asks for: sources that are not made yet, and the trust store that they share. */
export interface Plan {
  readonly wanted: readonly Wanted[];
  readonly trust: TrustStore | null;
  /** Takes what FSSO connectors report; null where the history is off. */
  readonly history: HistoryRecorder | null;
  /** What policies are read from, where the configuration has none. */
  readonly fortigates: readonly FortigateTarget[];
  /** EMS entries that have the settings of the Fabric's root. */
  readonly synced: NonNullable<LoadedConfig['synced']>;
}

/** Looks at a configuration before it is taken over, and says what to do when it is. @throws ConfigError to refuse it */
export type TakeOver = (loaded: LoadedConfig) => Promise<() => void>;

/** What a program wants of its targets beside their configuration. */
export interface TargetOptions {
  /** Hears what passes over the links. */
  readonly watch?: LinkWatch | null;
  /** Only what peers tell: no history, alerts, receivers, metrics or Fabric, which the dashboard may be at as well. */
  readonly peersOnly?: boolean;
  /** Directory of the socket over which commands reach the running program; null for none. */
  readonly control?: string | null;
  readonly takeOver?: TakeOver;
  /** Control sockets of collectors to attach to, beside those of the configuration; absolute paths. */
  readonly collectors?: readonly string[];
}

/** Sources that have a peer. */
const peerKinds = ['trust', 'ems', 'fsso', 'polling', 'admin', 'fortigate'] as const;

export interface Planner {
  /** @throws ConfigError for a secret, certificate or key that cannot be had */
  plan(loaded: LoadedConfig): Promise<Plan>;
}

/**
 * Turns configurations into plans. What does not change from one to the next, such as the trust store, stays the same.
 * `onSynced` is told when the root of the Fabric has other settings for us: a new plan has them.
 */
export function createPlanner(
  env: NodeJS.ProcessEnv,
  clock: Clock,
  guard: WriteGuard,
  onSynced: () => void,
  outlets: () => readonly OutletStatus[],
  { watch = null, peersOnly = false, collectors = [] }: TargetOptions = {},
): Planner {
  const expiry = new ExpiryWatch();
  let synced: Plan['synced'] = new Map();
  let opened: { settings: string; trust: TrustStore } | null = null;
  let recorder: { settings: string; history: HistoryRecorder } | null = null;

  async function trustOf(loaded: LoadedConfig): Promise<TrustStore> {
    const settings = JSON.stringify(loaded.config.trust);
    if (opened?.settings !== settings) opened = { settings, trust: await openTrust(loaded, env, clock) };
    return opened.trust;
  }

  /** Loaded late: who polls nothing needs no SMB. */
  async function pollingSources(loaded: LoadedConfig) {
    const [{ prepareFssoPolling }, { createFssoPollingSource }] = await Promise.all([
      import('../src/backends/fsso-polling-setup.ts'),
      import('../src/backends/fsso-polling.ts'),
    ]);
    return (await prepareFssoPolling(loaded, env)).map((setup) => ({
      name: setup.name,
      settings: [setup.config, setup.credentials.password],
      create: () => createFssoPollingSource(setup, clock),
    }));
  }

  /** The same recorder while its settings are the same; it starts with its source. */
  function historyOf({ config, directory }: LoadedConfig): HistoryRecorder | null {
    const { history } = config;
    if (history?.enabled !== true || config.fsso.length === 0) recorder = null;
    else {
      const settings = JSON.stringify(history);
      if (recorder?.settings !== settings)
        recorder = {
          settings,
          history: new HistoryRecorder(
            {
              path: historyPath(history, directory, env),
              keepDays: history['keep-days'],
              keepMegabytes: history['keep-megabytes'],
            },
            clock,
          ),
        };
    }
    return recorder?.history ?? null;
  }

  return {
    async plan(own) {
      const loaded = withFabric(own, env);
      synced = loaded.synced ?? new Map();
      // Policies concern no source: a change of them starts none anew.
      const {
        collector: _,
        forward: _forward,
        alerts,
        metrics,
        policies: _policies,
        'user-groups': _groups,
        addresses: _addresses,
        'collector-control': _attached,
        ...config
      } = loaded.config;
      const { ems, fsso, 'fsso-polling': polling, fortigate, history: historyConfig, ...shared } = config;
      const needed = ems.length + fortigate.length > 0 || shared.fabric !== undefined;
      const trust = needed ? await trustOf(loaded) : null;
      const fabric = trust ? await prepareFabric(own, env, clock, { trust }) : null;
      const emsSetup =
        trust && ems.length > 0 ? await prepareEms(loaded, env, clock, undefined, trust) : null;
      const fssoSetups = fsso.length > 0 ? await prepareFsso(loaded, env) : [];
      const polled = polling.length > 0 ? await pollingSources(loaded) : [];
      const admins = emsSetup ? await prepareAdmins(loaded, env, emsSetup.targets, guard) : [];
      const fortigates =
        trust && fortigate.length > 0 ? await prepareFortigates(loaded, env, trust, clock, guard) : [];
      const receivers = await prepareForward(loaded, env);
      const wanted = (kind: string, name: string, own: unknown, create: Wanted['create']): Wanted => ({
        key: `${kind}:${name}`,
        settings: JSON.stringify([own, shared]),
        create,
      });
      // A new revision that leaves an entry as it is starts nothing anew.
      const entry = (name: string) => [ems.find((each) => each.name === name), synced.get(name)?.root];
      const history = peersOnly ? null : historyOf(loaded);
      const isWanted = ({ key }: Wanted) =>
        !peersOnly || peerKinds.some((kind) => key.startsWith(`${kind}:`));
      return {
        trust,
        synced,
        history,
        fortigates,
        wanted: [
          ...(history ? [wanted('history', 'history', historyConfig, () => history)] : []),
          ...(alerts ? [wanted(alertsKind, 'alerts', alerts, () => createAlertsSource(alerts, clock))] : []),
          ...(metrics
            ? [wanted(metricsKind, 'metrics', metrics, () => createMetricsSource(metrics, clock, outlets))]
            : []),
          ...receivers.map((each) =>
            wanted(forwardKind, each.name, each.settings, () => createForwardSource(each, clock)),
          ),
          ...(fabric
            ? [wanted(fabricKind, fabric.role, own.path, () => createFabricSource(fabric, clock, onSynced))]
            : []),
          ...(trust
            ? [wanted('trust', 'installed CAs', loaded.config.trust, () => createCaSource(trust))]
            : []),
          ...(emsSetup?.targets ?? []).map((target) =>
            wanted('ems', target.name, entry(target.name), () =>
              createEmsSource(target, emsSetup?.release ?? '', expiry, () => synced.get(target.name) ?? null),
            ),
          ),
          ...fssoSetups.map((setup) =>
            wanted('fsso', setup.config.name, [setup.config, setup.passwords, setup.ca, historyConfig], () =>
              createFssoSource(setup, clock, { history, watch }),
            ),
          ),
          ...polled.map(({ name, settings, create }) => wanted('polling', name, settings, create)),
          ...admins.map((each) =>
            wanted('admin', each.target.name, entry(each.target.name), () => createEmsAdminSource(each)),
          ),
          ...attachedTargets(loaded, collectors).map((target) => ({
            key: `${attachedKind}:${target.name}`,
            settings: target.socket,
            create: () => createAttachedSource(target, clock),
          })),
          ...fortigates.map((each) =>
            wanted(
              'fortigate',
              each.name,
              fortigate.find(({ name }) => name === each.name),
              () => createFortigateSource(each),
            ),
          ),
        ].filter(isWanted),
      };
    },
  };
}
