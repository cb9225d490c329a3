import { resolve } from 'node:path';
import { type AlertsSource, alertActions, alertsKind } from '../src/backends/alerts/source.ts';
import { attachedActions, attachedKind } from '../src/backends/attached/actions.ts';
import type { AttachedCollector } from '../src/backends/attached/source.ts';
import { attachedTargets } from '../src/backends/attached/targets.ts';
import { connectorActions } from '../src/backends/connector-forms.ts';
import { type ControlOptions, createControlSource } from '../src/backends/control/source.ts';
import type { EmsAdminSource } from '../src/backends/ems-admin.ts';
import { caActions } from '../src/backends/ems-ca.ts';
import { type EmsSource, emsActions } from '../src/backends/ems-connector.ts';
import { guardSynced } from '../src/backends/fabric-forms.ts';
import type { FortigateSource } from '../src/backends/fortigate/source.ts';
import type { OutletStatus } from '../src/backends/forward/outlet.ts';
import { type ForwardSource, forwardKind } from '../src/backends/forward/source.ts';
import { type FssoSource, fssoActions } from '../src/backends/fsso-connector.ts';
import { historyActions } from '../src/backends/history/actions.ts';
import { metricsKind } from '../src/backends/metrics/source.ts';
import { peerActions } from '../src/backends/peer-actions.ts';
import { type Reconciled, Reconciler } from '../src/backends/reconciler.ts';
import type { Observer, Sink, Source } from '../src/backends/source.ts';
import { whyActions } from '../src/backends/why/actions.ts';
import { askDirectory } from '../src/backends/why/directory.ts';
import type { Clock } from '../src/clock.ts';
import { ConfigError } from '../src/config/error.ts';
import { type LoadedConfig, loadConfig } from '../src/config/load.ts';
import { whyNotRewritten } from '../src/config/rewrite.ts';
import { type FileWatch, watchFile } from '../src/config/watch.ts';
import type { Actions } from '../src/state/actions.ts';
import type { WriteGuard } from '../src/verbs.ts';
import { createPlanner, type Plan, type Planner, type TakeOver, type TargetOptions } from './planner.ts';

/** What a configuration gives a dashboard to show. */
export interface Targets {
  readonly sources: readonly Source[];
  readonly actions: Actions;
  /** Connectors that are configured, so that an empty screen can say whether more is to come. */
  readonly configured: Configured;
  /** Whether peers may be changed. */
  readonly write: boolean;
}

/** How many of each kind are configured now; `admins` are EMS that somebody signs in to. */
export interface Configured {
  readonly ems: number;
  readonly fsso: number;
  readonly admins: number;
  readonly fortigates: number;
  /** Attached collectors. */
  readonly attached: number;
  readonly alertRules: number;
  /** Why the configuration cannot be changed from here; null when it can. */
  readonly whyFixed: string | null;
}

/**
 * The sources of everything that is configured, not yet started, and the actions that reach them. While they run, the file
 * is watched, and what changes in it is taken over: only what it concerns starts anew. `control` is the directory for the socket
 * by which commands reach them; null for none.
 * @throws ConfigError for a secret, certificate or key that cannot be had
 */
export async function openTargets(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  guard: WriteGuard,
  options: TargetOptions = {},
): Promise<Targets> {
  const live: LiveTargets = new LiveTargets(
    env,
    clock,
    createPlanner(
      env,
      clock,
      guard,
      () => live.synchronise(),
      () => live.outlets,
      options,
    ),
    guard,
    options,
  );
  await live.open(loaded);
  const reached = !options.control ? [] : [createControlSource(live.controlOptions(options.control), clock)];
  return {
    sources: [live, ...reached],
    actions: live.actions,
    configured: live.configured,
    write: guard.write,
  };
}

/** Kinds of sources that look at what all report. */
const observerKinds = [forwardKind, alertsKind, metricsKind] as const;

/** The running sources of a configuration file, and what keeps them up to date with it. */
class LiveTargets implements Source {
  readonly name = 'configuration';
  readonly #env: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  readonly #planner: Planner;
  readonly #guard: WriteGuard;
  readonly #attached: readonly string[];
  readonly #takeOver: TakeOver;
  readonly #reconciler: Reconciler;
  #path = '';
  #isAbsent = false;
  /** Text of the file that runs. */
  #text = '';
  #current: Actions | null = null;
  #synced: Plan['synced'] = new Map();
  #whyFixed: string | null = null;
  #alertRules = 0;
  #sink: Sink = () => {};
  /** Kept, because thousands of changes a second pass by them. */
  #observers: readonly Observer[] = [];
  #watch: FileWatch | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    env: NodeJS.ProcessEnv,
    clock: Clock,
    planner: Planner,
    guard: WriteGuard,
    { watch, takeOver = async () => () => {}, collectors = [] }: TargetOptions,
  ) {
    this.#guard = guard;
    this.#attached = collectors;
    this.#takeOver = takeOver;
    const recorder = watch?.recorder ?? null;
    this.#env = env;
    this.#clock = clock;
    this.#planner = planner;
    // What FSSO connectors tell is made again from the bytes of their links; a collector has a log of its own.
    this.#reconciler = new Reconciler((key, change) => {
      if (!key.startsWith('fsso:') && !key.startsWith(`${attachedKind}:`)) recorder?.changed(key, change);
    });
  }

  async open(loaded: LoadedConfig): Promise<void> {
    this.#path = loaded.path;
    this.#isAbsent = loaded.isAbsent === true;
    await this.#take(loaded);
  }

  /** How each receiver of what happens is served now. */
  get outlets(): OutletStatus[] {
    return [...this.#reconciler.of<ForwardSource>(forwardKind).values()].map(({ status }) => status);
  }

  controlOptions(directory: string): ControlOptions {
    const sources = () => [...this.#reconciler.of<FssoSource>('fsso').values()];
    return { directory, configuration: resolve(this.#path), sources };
  }

  /** The same functions for as long as the program runs; each reaches the sources of the moment. */
  get actions(): Actions {
    const current = () => this.#current as Actions;
    return Object.fromEntries(
      Object.keys(current()).map((name) => [
        name,
        (...given: unknown[]) =>
          (current()[name as keyof Actions] as (...all: unknown[]) => unknown)(...given),
      ]),
    ) as unknown as Actions;
  }

  get configured(): Configured {
    const count = (kind: string) => this.#reconciler.of(kind).size;
    const whyFixed = () => this.#whyFixed;
    const rules = () => this.#alertRules;
    return {
      get ems() {
        return count('ems');
      },
      get fsso() {
        return count('fsso');
      },
      get admins() {
        return count('admin');
      },
      get fortigates() {
        return count('fortigate');
      },
      get attached() {
        return count(attachedKind);
      },
      get alertRules() {
        return rules();
      },
      get whyFixed() {
        return whyFixed();
      },
    };
  }

  /** The same file once more, with other settings of the Fabric's root. */
  synchronise(): void {
    void this.#fileChanged(true);
  }

  start(sink: Sink): void {
    this.#sink = (change) => {
      sink(change);
      for (const observer of this.#observers) observer.observe(change);
    };
    this.#reconciler.start((change) => this.#sink(change));
    // There may be none where everything stands on the command line.
    if (!this.#isAbsent)
      this.#watch = watchFile(this.#path, this.#text, this.#clock, () => void this.#fileChanged());
  }

  async stop(): Promise<void> {
    this.#watch?.stop();
    this.#sink = () => {};
    await this.#queue;
    await this.#reconciler.stop();
  }

  /** One line, whatever went wrong: the configuration that runs stays. */
  async #fileChanged(evenIfSame = false): Promise<void> {
    try {
      const done = await this.#reload(evenIfSame);
      const text = done === null ? '' : summary(done);
      if (text !== '') this.#sink({ table: 'toasts', op: 'push', level: 'info', text });
    } catch (error) {
      const reason = error instanceof ConfigError ? (error.lines[0] ?? '') : String(error);
      const more =
        error instanceof ConfigError && error.lines.length > 1 ? ` (and ${error.lines.length - 1} more)` : '';
      this.#sink({
        table: 'toasts',
        op: 'push',
        level: 'error',
        text: `Configuration not taken over: ${reason}${more}`,
      });
    }
  }

  /** Takes the file over, one after the other; null when what it says runs already. */
  #reload(evenIfSame = false): Promise<Reconciled | null> {
    const done = this.#queue.then(async () => {
      const loaded = await loadConfig(this.#path, this.#env);
      return loaded.text === this.#text && !evenIfSame ? null : this.#take(loaded);
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  /** @throws ConfigError, and everything runs on as before */
  async #take(loaded: LoadedConfig): Promise<Reconciled> {
    const taken = await this.#takeOver(loaded);
    const { wanted, trust, synced, history, fortigates } = await this.#planner.plan(loaded);
    // Before the rows of these entries show that they are the root's.
    this.#synced = synced;
    const done = await this.#reconciler.apply(wanted);
    taken();
    this.#text = loaded.text;
    this.#alertRules = loaded.config.alerts?.rules.length ?? 0;
    this.#whyFixed = await whyNotRewritten(this.#path);
    const of = this.#reconciler;
    this.#observers = observerKinds.flatMap((kind) => [...of.of<Observer>(kind).values()]);
    this.#current = {
      ...emsActions([...of.of<EmsSource>('ems').values()]),
      ...caActions(trust),
      ...historyActions(history),
      ...whyActions({
        sources: [...of.of<FssoSource>('fsso').values()],
        config: loaded.config,
        fortigates,
        history,
        collectors: attachedTargets(loaded, this.#attached),
        clock: this.#clock,
        directory: (who) => askDirectory(loaded, this.#env, this.#clock, who),
      }),
      ...fssoActions([...of.of<FssoSource>('fsso').values()]),
      ...alertActions(of.of<AlertsSource>(alertsKind).get('alerts')),
      ...attachedActions(of.of<AttachedCollector>(attachedKind), this.#guard),
      ...peerActions(of.of<EmsAdminSource>('admin'), [...of.of<FortigateSource>('fortigate').values()]),
      ...guardSynced(
        connectorActions(this.#path, async () => void (await this.#reload())),
        (connector) => this.#synced.get(connector) ?? null,
      ),
    };
    return done;
  }
}

/** A connector's other sides come and go with it: it is named once. */
function summary({ added, changed, removed }: Reconciled): string {
  const named = new Set<string>();
  const parts: string[] = [];
  for (const [what, names] of [
    ['changed', changed],
    ['added', added],
    ['removed', removed],
  ] as const) {
    const fresh = [...new Set(names)].filter((name) => !named.has(name));
    for (const name of fresh) named.add(name);
    if (fresh.length > 0) parts.push(`${what} ${fresh.join(', ')}`);
  }
  return parts.length === 0 ? '' : `The configuration was changed: ${parts.join('; ')}`;
}
