import type { Source } from '../src/backends/source.ts';
import type { Clock } from '../src/clock.ts';
import { type Scenario, type ScenarioName, scenarios } from '../src/lab/scenario.ts';
import type { Actions } from '../src/state/actions.ts';
import type { WriteGuard } from '../src/verbs.ts';
import type { RunningLab } from './demo-lab.ts';
import { demoRules } from './demo-rules.ts';
import type { TargetOptions } from './planner.ts';
import type { Configured, Targets } from './targets.ts';

/** A lab that begins with the dashboard. */
export interface Demo {
  readonly targets: Targets;
  /** Ends the lab and removes its directory, once the sources have stopped. */
  close(): Promise<void>;
}

/** Connectors that a scenario has, known before the first of them is up. */
function expectedOf(scenario: ScenarioName): Configured {
  const { failing, polled }: Scenario = scenarios[scenario];
  const company = {
    ems: 3,
    fsso: 1,
    admins: 1,
    fortigates: 1,
    attached: polled ? 1 : 2,
    alertRules: demoRules.length,
    whyFixed: null,
  };
  return failing ? { ...company, ems: failing.length, admins: 0, fortigates: 0 } : company;
}

/**
 * The lab as targets of an ordinary dashboard. It starts with its source, so that the first frame does not wait for keys and
 * servers; `control` is as in `openTargets`; actions wait for it. When it cannot start, the rejection that nobody takes ends the dashboard with its message.
 */
export function createDemo(
  scenario: ScenarioName,
  clock: Clock,
  guard: WriteGuard,
  options: TargetOptions = {},
): Demo {
  const { promise: running, resolve, reject } = Promise.withResolvers<RunningLab>();
  let started = false;
  let stopped = false;
  let configured = expectedOf(scenario);
  const shown: Configured = {
    get ems() {
      return configured.ems;
    },
    get fsso() {
      return configured.fsso;
    },
    get admins() {
      return configured.admins;
    },
    get fortigates() {
      return configured.fortigates;
    },
    get attached() {
      return configured.attached;
    },
    get alertRules() {
      return configured.alertRules;
    },
    get whyFixed() {
      return configured.whyFixed;
    },
  };

  const lab: Source = {
    name: 'lab',
    start(sink) {
      started = true;
      import('./demo-lab.ts')
        .then(({ openLab }) => openLab(scenario, clock, guard, options))
        .then(resolve, reject);
      void running.then(({ targets }) => {
        configured = targets.configured;
        // Whoever left while the lab was starting wants no source that writes into what is being removed.
        if (stopped) return;
        for (const source of targets.sources) source.start(sink);
      });
    },
    async stop() {
      stopped = true;
      const opened = await running.catch(() => null);
      await Promise.all(opened?.targets.sources.map((source) => source.stop()) ?? []);
    },
  };

  const whenRunning = async <T>(act: (actions: Actions) => Promise<T>): Promise<T> =>
    act((await running).targets.actions);

  return {
    targets: {
      sources: [lab],
      actions: {
        acceptCertificate: (...which) => whenRunning((actions) => actions.acceptCertificate(...which)),
        rejectCertificate: (...which) => whenRunning((actions) => actions.rejectCertificate(...which)),
        readCaFile: (...which) => whenRunning((actions) => actions.readCaFile(...which)),
        importCa: (...which) => whenRunning((actions) => actions.importCa(...which)),
        removeCa: (...which) => whenRunning((actions) => actions.removeCa(...which)),
        openConnectorForm: (...which) => whenRunning((actions) => actions.openConnectorForm(...which)),
        saveConnector: (...which) => whenRunning((actions) => actions.saveConnector(...which)),
        switchConnector: (...which) => whenRunning((actions) => actions.switchConnector(...which)),
        removeConnector: (...which) => whenRunning((actions) => actions.removeConnector(...which)),
        refreshConnector: (...which) => whenRunning((actions) => actions.refreshConnector(...which)),
        refreshLogons: (...which) => whenRunning((actions) => actions.refreshLogons(...which)),
        countLogons: (...which) => whenRunning((actions) => actions.countLogons(...which)),
        clearLogons: (...which) => whenRunning((actions) => actions.clearLogons(...which)),
        askHistory: (...which) => whenRunning((actions) => actions.askHistory(...which)),
        askWhy: (...which) => whenRunning((actions) => actions.askWhy(...which)),
        acknowledgeAlert: (...which) => whenRunning((actions) => actions.acknowledgeAlert(...which)),
        refreshAttached: (...which) => whenRunning((actions) => actions.refreshAttached(...which)),
        endEntry: (...which) => whenRunning((actions) => actions.endEntry(...which)),
        clearGroups: (...which) => whenRunning((actions) => actions.clearGroups(...which)),
        renewGroups: (...which) => whenRunning((actions) => actions.renewGroups(...which)),
        setPollPeriod: (...which) => whenRunning((actions) => actions.setPollPeriod(...which)),
        disconnectFortigate: (...which) => whenRunning((actions) => actions.disconnectFortigate(...which)),
        failBack: (...which) => whenRunning((actions) => actions.failBack(...which)),
        authorizeDevice: (...which) => whenRunning((actions) => actions.authorizeDevice(...which)),
        verifyOnFortigate: (...which) => whenRunning((actions) => actions.verifyOnFortigate(...which)),
        unverifyOnFortigate: (...which) => whenRunning((actions) => actions.unverifyOnFortigate(...which)),
        logOffOnFortigate: (...which) => whenRunning((actions) => actions.logOffOnFortigate(...which)),
        refreshAdmin: (...which) => whenRunning((actions) => actions.refreshAdmin(...which)),
        readPolicies: (...which) => whenRunning((actions) => actions.readPolicies(...which)),
        refreshFortigate: (...which) => whenRunning((actions) => actions.refreshFortigate(...which)),
      },
      configured: shown,
      write: guard.write,
    },
    async close() {
      if (!started) return;
      const opened = await running.catch(() => null);
      await opened?.close();
    },
  };
}
