import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Inspector } from '../../src/backends/inspector.ts';
import type { LiveRecording } from '../../src/backends/recording/live-recording.ts';
import type { Source } from '../../src/backends/source.ts';
import type { Clock } from '../../src/clock.ts';
import type { Replay } from '../../src/replay.ts';
import type { ScreenId } from '../../src/screens/input/controls.ts';
import { terminalTraits, whyNoDashboard } from '../../src/screens/terminal/environment.ts';
import { type AddCommand, CommandFailure, exitStatus } from '../cli.ts';
import type { LiveLook } from '../look.ts';
import { addRecordOptions, openRecording, type RecordOptions } from '../recording.ts';
import type { Targets } from '../targets.ts';

/** What the command line says about the dashboard. */
export interface DashboardOptions {
  readonly fps: string;
  readonly ascii?: boolean;
}

/** What a dashboard shows: the configured targets, or the lab's. */
export interface Dashboard extends Targets {
  readonly clock: Clock;
  /** Beside the product's name in the first line, such as `demo`; empty for none. */
  readonly banner: string;
  readonly look: LiveLook;
  /** A recording that is played in place of live peers. */
  readonly replay?: Replay;
  /** Shows what passes over the links. */
  readonly inspection: Inspector;
  /** The screen that is shown first, where it is not that of the EMS connectors. */
  readonly opensWith?: ScreenId;
  /** What may be recorded; absent where a recording is played. */
  readonly recording?: LiveRecording;
}

const defaultFps = '2';
const mostFps = 12;
// What a source may take to close its sockets before the program leaves without it.
const longestStopMs = 2_000;

/** Adds the options of the dashboard to a command that opens it. */
export function addDashboardOptions(command: Command): Command {
  return command
    .option('--fps <n>', `paint data so often a second, 1 to ${mostFps}; keys paint at once`, defaultFps)
    .option('--ascii', 'draw with ASCII only (default: where the locale is not UTF-8)');
}

/**
 * Refuses where no dashboard can be drawn. Called before anything is started.
 * @throws CommandFailure
 */
export function requireTerminal(): void {
  const reason = whyNoDashboard(process.env, process.stdin.isTTY === true, process.stdout.isTTY === true);
  if (reason !== null) throw new CommandFailure(reason, exitStatus.usage);
}

function readFps(text: string): number {
  const fps = /^\d+$/.test(text) ? Number(text) : 0;
  if (fps < 1 || fps > mostFps) {
    throw new CommandFailure(`--fps: found ${text}, expected a whole number from 1 to ${mostFps}`);
  }
  return fps;
}

/**
 * Shows the dashboard until it is left, with its sources running, and stops them.
 * @returns the exit status: 0 by q and Ctrl+C, 143 by TERM, 129 by HUP
 */
export async function runDashboard(dashboard: Dashboard, options: DashboardOptions): Promise<number> {
  requireTerminal();
  const fps = readFps(options.fps);
  // A terminal is there, whatever the environment was copied from: with CI set, Ink would show no colour.
  delete process.env['CI'];
  const [{ showApp }, { createStores }, { toldRows }] = await Promise.all([
    import('../../src/screens/terminal/show-app.tsx'),
    import('../../src/state/stores.ts'),
    import('../../src/state/told-rows.ts'),
  ]);
  const { clock, inspection, recording } = dashboard;
  const sources = [inspection, ...(recording ? [recording] : []), ...dashboard.sources];
  const stores = createStores(clock);
  if (dashboard.opensWith) stores.ui.go(dashboard.opensWith);
  recording?.attach(() => toldRows(stores));
  const started: Source[] = [];
  try {
    return await showApp({
      ...dashboard,
      // Loading what they need would hold up the first frame, which has nothing of them yet.
      painted() {
        for (const source of sources) source.start(stores.apply);
        started.push(...sources);
      },
      look: dashboard.look.state,
      chooseSkin: dashboard.look.chooseSkin,
      stores,
      fps,
    });
  } finally {
    const late = new Promise<void>((resolve) => clock.after(longestStopMs, resolve));
    await Promise.race([Promise.allSettled(started.map((source) => source.stop())), late]);
  }
}

/** What the terminal can do, and `--ascii`. */
export function drawnWith({ ascii }: DashboardOptions): { colour: boolean; ascii: boolean } {
  const traits = terminalTraits(process.env);
  return { colour: traits.colour, ascii: ascii ?? traits.ascii };
}

type ConfiguredOptions = DashboardOptions &
  RecordOptions & { config?: string; write?: boolean; attach?: readonly string[] };

async function showConfigured(options: ConfiguredOptions): Promise<void> {
  requireTerminal();
  readFps(options.fps);
  const [{ loadConfig, loadConfigIfThere }, { systemClock }, { WriteGuard }] = await Promise.all([
    import('../../src/config/load.ts'),
    import('../../src/clock.ts'),
    import('../../src/verbs.ts'),
  ]);
  const collectors = (options.attach ?? []).map((path) => resolve(path));
  const loaded =
    collectors.length > 0 && options.config === undefined
      ? await loadConfigIfThere(process.env)
      : await loadConfig(options.config, process.env);
  const [{ Inspector }, { openTargets }, { createLook, readLook }, { controlDirectory }] = await Promise.all([
    import('../../src/backends/inspector.ts'),
    import('../targets.ts'),
    import('../look.ts'),
    import('../../src/config/paths.ts'),
  ]);
  const look = createLook(await readLook(loaded), drawnWith(options));
  const { watch, recording } = await openRecording(options.record, options, systemClock);
  const inspection = new Inspector(watch.traffic, systemClock);
  const guard = new WriteGuard(options.write === true);
  const targets = await openTargets(loaded, process.env, systemClock, guard, {
    watch,
    control: controlDirectory(process.env),
    collectors,
    async takeOver(changed) {
      const chosen = await readLook(changed);
      return () => look.take(chosen);
    },
  });
  const status = await runDashboard(
    {
      ...targets,
      clock: systemClock,
      banner: '',
      look,
      inspection,
      ...(loaded.isAbsent ? { opensWith: 'attached' as const } : {}),
      recording,
    },
    options,
  );
  await recording.close('the dashboard was left');
  process.exit(status);
}

/** `fabrictop` without a command: the dashboard on the configured connectors (docs/cli.md). */
export const addDashboard: AddCommand = (program) => {
  addDashboardOptions(program);
  program.option(
    '--attach <socket>',
    'attach to a running collector by its control socket; repeatable',
    (socket: string, before: readonly string[] = []) => [...before, socket],
  );
  program.option('--record <file>', 'record what the dashboard receives, as "fabrictop record" does');
  addRecordOptions(program);
  program.action((_: unknown, command: Command) =>
    showConfigured(command.optsWithGlobals<ConfiguredOptions>()),
  );
};
